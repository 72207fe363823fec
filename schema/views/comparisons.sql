-- One row per link between claims of different documents: both statements, both speakers, both figures in one unit.
with spoken as (
  select c.claim_id, list(e.name order by v.position) as names
  from claims c, unnest(c.speaker_ids) with ordinality as v(entity_id, position)
  join entities e on e.entity_id = v.entity_id
  group by c.claim_id
), dated as (
  select d.document_id, o.name as origin,
    min(x.date."value") filter (where x.date.what = 'original_publication') as published
  from documents d
  left join entities o on o.entity_id = d.origin_id, unnest(d.dates) as x(date)
  group by d.document_id, o.name
), measured as (
  select l.link_id,
    case
      when f.si_unit = t.si_unit then f.si_unit
      when f.kind = 'money' and t.kind = 'money' and f.unit_code = t.unit_code then f.unit_code
    end as common_unit,
    f.si_unit = t.si_unit as in_si
  from links l
  join figures f on f.figure_id = l.from_figure_id
  join figures t on t.figure_id = l.to_figure_id
)
select
  l.link_id, l.relation, l.basis, l.doubt,
  l.from_claim_id, a.document_id as from_document_id, a.statement as from_statement, a.voice as from_voice,
  coalesce(sa.names, []) as from_speakers, a.speaker_as as from_speaker_as,
  da.origin as from_origin, da.published as from_published,
  l.from_figure_id, f.measures as from_measures, f.low as from_low, f.high as from_high, f.unit as from_unit,
  f.unit_code as from_unit_code, f.bound as from_bound, f.kind as from_kind, f.as_of as from_as_of,
  l.to_claim_id, b.document_id as to_document_id, b.statement as to_statement, b.voice as to_voice,
  coalesce(sb.names, []) as to_speakers, b.speaker_as as to_speaker_as,
  db.origin as to_origin, db.published as to_published,
  l.to_figure_id, t.measures as to_measures, t.low as to_low, t.high as to_high, t.unit as to_unit,
  t.unit_code as to_unit_code, t.bound as to_bound, t.kind as to_kind, t.as_of as to_as_of,
  m.common_unit,
  case when m.in_si then f.si_low when m.common_unit is not null then f.low end as common_from_low,
  case when m.in_si then f.si_high when m.common_unit is not null then f.high end as common_from_high,
  case when m.in_si then t.si_low when m.common_unit is not null then t.low end as common_to_low,
  case when m.in_si then t.si_high when m.common_unit is not null then t.high end as common_to_high
from links l
join claims a on a.claim_id = l.from_claim_id
join claims b on b.claim_id = l.to_claim_id
join dated da on da.document_id = a.document_id
join dated db on db.document_id = b.document_id
left join spoken sa on sa.claim_id = a.claim_id
left join spoken sb on sb.claim_id = b.claim_id
left join figures f on f.figure_id = l.from_figure_id
left join figures t on t.figure_id = l.to_figure_id
left join measured m on m.link_id = l.link_id
where a.document_id <> b.document_id
order by l.link_id
