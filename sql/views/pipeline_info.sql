-- pipeline_info: what this warehouse was made from, and when.
--
-- grain   one row
-- inputs  pipeline_epochs, settings, movies_enriched, raw_file, warehouse_info
with newest as (
  select epoch, committed_at
  from pipeline_epochs
  qualify row_number() over (order by epoch desc nulls last) = 1
),

films as (
  select cast(count(*) as bigint) as films, max(cpi_base) as cpi_base from movies_enriched
),

files as (
  select cast(count(*) as bigint) as sources from raw_file
)

select
  n.epoch, n.committed_at,
  s.cpi_series, s.cpi_basis, f.cpi_base,
  f.films, r.sources,
  w.plan_hash as config_hash, w.version
from newest n
cross join settings s
cross join films f
cross join files r
cross join warehouse_info w
