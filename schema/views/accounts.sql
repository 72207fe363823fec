-- One row per event and document: what each document says of the event, by whom, with which figures.
-- Every list is ordered by something that the tables hold, so that the same rows always give the same lists.
with told as (
  select distinct v.event_id, c.document_id, c.claim_id
  from claims c, unnest(c.event_ids) as v(event_id)
), said as (
  select t.event_id, t.document_id,
    list(distinct s.name order by s.name) filter (where s.name is not null) as speakers,
    list({
      'claim_id': c.claim_id, 'voice': c.voice, 'speaker': s.name, 'act': c.act, 'stance': c.stance,
      'statement': c.statement
    } order by c."at"[1]."start", c.claim_id) as claims
  from told t
  join claims c on c.claim_id = t.claim_id
  left join entities s on s.entity_id = c.speaker_id
  group by t.event_id, t.document_id
), counted as (
  select t.event_id, t.document_id,
    list({
      'figure_id': f.figure_id, 'measures': f.measures, 'low': f.low, 'high': f.high, 'unit': f.unit,
      'unit_code': f.unit_code, 'bound': f.bound, 'kind': f.kind, 'as_of': f.as_of,
      'claim_id': f.claim_id, 'speaker': s.name
    } order by f."at"."start", f.figure_id) as figures
  from told t
  join figures f on f.claim_id = t.claim_id
  join claims c on c.claim_id = f.claim_id
  left join entities s on s.entity_id = c.speaker_id
  where f.kind not in ('calendar', 'ordinal', 'anaphoric')
  group by t.event_id, t.document_id
), placed as (
  select e.event_id, list(p.name order by v.position) as places
  from events e, unnest(e.place_ids) with ordinality as v(entity_id, position)
  join entities p on p.entity_id = v.entity_id
  group by e.event_id
), dated as (
  select d.document_id,
    min(x.date."value") filter (where x.date.what = 'original_publication') as published
  from documents d, unnest(d.dates) as x(date)
  group by d.document_id
)
select
  e.event_id, e.label as event, e.date as event_date,
  coalesce(placed.places, []) as places,
  said.document_id, carrier.name as carrier, origin.name as origin, d.derivation, dated.published,
  coalesce(said.speakers, []) as speakers,
  said.claims,
  coalesce(counted.figures, []) as figures
from said
join events e on e.event_id = said.event_id
join documents d on d.document_id = said.document_id
left join dated on dated.document_id = said.document_id
left join entities carrier on carrier.entity_id = d.carrier_id
left join entities origin on origin.entity_id = d.origin_id
left join placed on placed.event_id = said.event_id
left join counted on counted.event_id = said.event_id and counted.document_id = said.document_id
order by e.event_id, said.document_id
