-- One row per claim: who says what, where it stands, with which figures, and how it stands to other claims.
-- Every list is ordered by something that the tables hold, so that the same rows always give the same lists.
with speaking as (
  select c.claim_id, list(e.name order by v.position) as names, list(e.kind order by v.position) as kinds
  from claims c, unnest(c.speaker_ids) with ordinality as v(entity_id, position)
  join entities e on e.entity_id = v.entity_id
  group by c.claim_id
), concerned as (
  select c.claim_id, list(e.name order by v.position) as names
  from claims c, unnest(c.about_ids) with ordinality as v(entity_id, position)
  join entities e on e.entity_id = v.entity_id
  group by c.claim_id
), via as (
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
      'figure_id': f.figure_id, 'role': f.role, 'measures': f.measures, 'low': f.low, 'high': f.high,
      'unit': f.unit, 'unit_code': f.unit_code, 'per': f.per, 'si_low': f.si_low, 'si_high': f.si_high,
      'si_unit': f.si_unit, 'bound': f.bound, 'kind': f.kind, 'theme': f.theme, 'as_of': f.as_of
    } order by f."at"."start", f.figure_id) as figures
  from figures f
  where f.claim_id is not null
  group by f.claim_id
), ends as (
  select from_claim_id as claim_id, to_claim_id as other_id, 'outgoing' as direction, link_id, relation, doubt
  from links
  union all
  select to_claim_id, from_claim_id, 'incoming', link_id, relation, doubt
  from links
), linked as (
  select e.claim_id,
    list({
      'link_id': e.link_id, 'relation': e.relation, 'direction': e.direction, 'claim_id': o.claim_id,
      'document_id': o.document_id, 'statement': o.statement, 'doubt': e.doubt
    } order by e.link_id, e.direction) as links
  from ends e
  join claims o on o.claim_id = e.other_id
  group by e.claim_id
), dated as (
  select d.document_id,
    min(x.date."value") filter (where x.date.what = 'original_publication') as published,
    min(x.date."value") filter (where x.date.what = 'carrier_publication') as carried
  from documents d, unnest(d.dates) as x(date)
  group by d.document_id
)
select
  c.claim_id, c.statement, c.voice,
  coalesce(speaking.names, []) as speakers,
  coalesce(speaking.kinds, []) as speaker_kinds,
  c.speaker_as, c.mode, c.act, c.stance, c.kind,
  coalesce(concerned.names, []) as about,
  c.said_on, c.said_on_basis,
  coalesce(via.names, []) as via,
  c.parent_id, c.garbled, c.doubt, c.doubt is not null as doubtful,
  coalesce(told.labels, []) as events,
  coalesce(counted.figures, []) as figures,
  coalesce(linked.links, []) as links,
  c.document_id, d.topic, carrier.name as carrier, origin.name as origin, d.derivation,
  dated.published, dated.carried,
  c."at"
from claims c
join documents d on d.document_id = c.document_id
left join dated on dated.document_id = c.document_id
left join speaking on speaking.claim_id = c.claim_id
left join concerned on concerned.claim_id = c.claim_id
left join entities carrier on carrier.entity_id = d.carrier_id
left join entities origin on origin.entity_id = d.origin_id
left join via on via.claim_id = c.claim_id
left join told on told.claim_id = c.claim_id
left join counted on counted.claim_id = c.claim_id
left join linked on linked.claim_id = c.claim_id
order by c.claim_id
