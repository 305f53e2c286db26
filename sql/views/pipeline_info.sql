-- pipeline_info: what this warehouse was made from, and when.
--
-- grain   one row
-- inputs  pipeline_epochs, settings, movies_enriched, cpi_factors, raw_file, warehouse_info
--
-- The base stands on every film, and is asked of the few price factors.
with newest as (
  select epoch, committed_at
  from pipeline_epochs
  qualify row_number() over (order by epoch desc nulls last) = 1
),

films as (
  select cast(count(*) as bigint) as films from movies_enriched
),

bases as (
  select max(cpi_base) as cpi_base from cpi_factors
),

files as (
  select cast(count(*) as bigint) as sources from raw_file
)

select
  n.epoch, n.committed_at,
  s.cpi_series, s.cpi_basis,
  case when f.films > 0 then b.cpi_base end as cpi_base,
  f.films, r.sources,
  w.plan_hash as config_hash, w.version
from newest n
cross join settings s
cross join films f
cross join bases b
cross join files r
cross join warehouse_info w
