-- One row per event and document: what each document says of the event, by whom, with which figures.
-- Every list is ordered by something that the tables hold, so that the same rows always give the same lists.
with spoken as (
  select c.claim_id, list(e.name order by v.position) as names
  from claims c, unnest(c.speaker_ids) with ordinality as v(entity_id, position)
  join entities e on e.entity_id = v.entity_id
  group by c.claim_id
), owned as (
  select f.figure_id, list(e.name order by v.position) as names
  from figures f, unnest(f.speaker_ids) with ordinality as v(entity_id, position)
  join entities e on e.entity_id = v.entity_id
  group by f.figure_id
), named as (
  select distinct v.event_id, c.document_id, c.claim_id
  from claims c, unnest(c.event_ids) as v(event_id)
), speaking as (
  select n.event_id, n.document_id, list(distinct e.name order by e.name) as speakers
  from named n
  join claims c on c.claim_id = n.claim_id, unnest(c.speaker_ids) as v(entity_id)
  join entities e on e.entity_id = v.entity_id
  group by n.event_id, n.document_id
), said as (
  select n.event_id, n.document_id,
    list({
      'claim_id': c.claim_id, 'voice': c.voice, 'speakers': coalesce(spoken.names, []), 'speaker_as': c.speaker_as,
      'act': c.act, 'stance': c.stance, 'statement': c.statement, 'garbled': c.garbled, 'doubt': c.doubt
    } order by c."at"[1]."start", c.claim_id) as claims
  from named n
  join claims c on c.claim_id = n.claim_id
  left join spoken on spoken.claim_id = c.claim_id
  group by n.event_id, n.document_id
), counted as (
  select n.event_id, n.document_id,
    list({
      'figure_id': f.figure_id, 'role': f.role, 'measures': f.measures, 'low': f.low, 'high': f.high,
      'unit': f.unit, 'unit_code': f.unit_code, 'per': f.per, 'si_low': f.si_low, 'si_high': f.si_high,
      'si_unit': f.si_unit, 'bound': f.bound, 'kind': f.kind, 'theme': f.theme, 'as_of': f.as_of,
      'claim_id': f.claim_id, 'speakers': coalesce(owned.names, [])
    } order by f."at"."start", f.figure_id) as figures
  from named n
  join figures f on f.claim_id = n.claim_id
  left join owned on owned.figure_id = f.figure_id
  where f.kind not in ('calendar', 'ordinal', 'anaphoric')
  group by n.event_id, n.document_id
), told as (
  select e.event_id, x.told.document_id as document_id,
    list(x.told.date order by x.told."at"."start") as dates
  from events e, unnest(e.told) as x(told)
  group by e.event_id, x.told.document_id
), located as (
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
  e.event_id, e.label as event, e.kind as event_kind, e.date as event_date,
  coalesce(told.dates, []) as told,
  coalesce(located.places, []) as places,
  said.document_id, carrier.name as carrier, origin.name as origin, d.derivation, dated.published,
  coalesce(speaking.speakers, []) as speakers,
  said.claims,
  coalesce(counted.figures, []) as figures
from said
join events e on e.event_id = said.event_id
join documents d on d.document_id = said.document_id
left join dated on dated.document_id = said.document_id
left join entities carrier on carrier.entity_id = d.carrier_id
left join entities origin on origin.entity_id = d.origin_id
left join told on told.event_id = said.event_id and told.document_id = said.document_id
left join located on located.event_id = said.event_id
left join speaking on speaking.event_id = said.event_id and speaking.document_id = said.document_id
left join counted on counted.event_id = said.event_id and counted.document_id = said.document_id
order by e.event_id, said.document_id
