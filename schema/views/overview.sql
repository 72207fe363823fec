-- One row per claim: who says what, where it stands, and with which figures.
-- Every list is ordered by something that the tables hold, so that the same rows always give the same lists.
with via as (
  select c.claim_id, list(e.name order by v.position) as names
  from claims c, unnest(c.via_ids) with ordinality as v(entity_id, position)
  join entities e on e.entity_id = v.entity_id
  group by c.claim_id
), told as (
  select c.claim_id, list(e.label order by e.date, e.event_id) as labels
  from claims c, unnest(c.event_ids) as v(event_id)
  join events e on e.event_id = v.event_id
  group by c.claim_id
), counted as (
  select f.claim_id,
    list({
      'figure_id': f.figure_id, 'measures': f.measures, 'low': f.low, 'high': f.high, 'unit': f.unit,
      'unit_code': f.unit_code, 'bound': f.bound, 'kind': f.kind, 'as_of': f.as_of
    } order by f."at"."start", f.figure_id) as figures
  from figures f
  where f.claim_id is not null
  group by f.claim_id
), dated as (
  select d.document_id,
    min(x.date."value") filter (where x.date.what = 'original_publication') as published,
    min(x.date."value") filter (where x.date.what = 'carrier_publication') as carried
  from documents d, unnest(d.dates) as x(date)
  group by d.document_id
)
select
  c.claim_id, c.statement, c.voice, speaker.name as speaker, speaker.kind as speaker_kind,
  c.mode, c.act, c.stance, c.kind, c.said_on,
  coalesce(via.names, []) as via,
  c.parent_id, c.garbled,
  coalesce(told.labels, []) as events,
  coalesce(counted.figures, []) as figures,
  c.document_id, d.topic, carrier.name as carrier, origin.name as origin, d.derivation,
  dated.published, dated.carried,
  c."at"
from claims c
join documents d on d.document_id = c.document_id
left join dated on dated.document_id = c.document_id
left join entities speaker on speaker.entity_id = c.speaker_id
left join entities carrier on carrier.entity_id = d.carrier_id
left join entities origin on origin.entity_id = d.origin_id
left join via on via.claim_id = c.claim_id
left join told on told.claim_id = c.claim_id
left join counted on counted.claim_id = c.claim_id
order by c.claim_id
