-- Run in the folder of a release: what provenance.intoto.json says of each shard, beside what the shard holds.
-- It fails where they differ, and else says how much was compared.
create temporary table compared as
with told as (
  select unnest(predicate.buildDefinition.internalParameters."tables", recursive := false) as part
  from read_json('provenance.intoto.json', maximum_object_size = 268435456)
), shards as (
  select part."name" as config, unnest(part.shards) as shard from told
), held as (
  select file_name as path, num_rows::bigint as "rows" from parquet_file_metadata('data/*/*.parquet')
), footers as (
  select file_name as path, decode("value")::json as footer
  from parquet_kv_metadata('data/*/*.parquet') where decode("key") = 'provenance'
)
select coalesce(shard."path", held.path) as shard, held."rows",
  held."rows" is distinct from shard."rows"
    or (footer->>'rows')::bigint is distinct from held."rows"
    or footer->>'table' is distinct from config
    or footer->>'content_digest' is distinct from shard.content_digest as wrong
from shards
full join held on held.path = shard."path"
left join footers on footers.path = held.path;
select if(
  count(*) filter (wrong) > 0,
  error('not what the provenance says: ' || string_agg(coalesce(shard, '?'), ', ') filter (wrong)),
  count(*) || ' shards with ' || sum("rows") || ' rows are what the provenance says'
) as shards
from compared
