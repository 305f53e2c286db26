-- base_outside_series: why the configured base year or month can't price anything, although the index is there.
--
-- grain   one row, or none where all is well
-- inputs  settings, raw_file, stg_cpi, cpi_factors
--
-- Without this check every real amount would silently be unknown. A base inside the series is fine even where its month
-- was never published: it is interpolated. A series of which no file says anything is no fault of the base.
with published as (
  select s.cpi_series as series, min(c.month) as first_month, max(c.month) as last_month
  from stg_cpi c
  join raw_file f on f.file_id = c.file_id
  join settings s on s.cpi_series = coalesce(c.series, s.cpi_series)
  where c.value_micro is not null and c.month is not null
  group by s.cpi_series
),

bases as (
  select max(cpi_base) as cpi_base from cpi_factors
)

select
  'base-outside-series' as code,
  'inflation.base: got "' || s.cpi_base || '", expected a year or month from '
    || substr(cast(p.first_month as string), 1, 7) || ' to ' || substr(cast(p.last_month as string), 1, 7)
    || ', which is what the files in raw/cpi say of ' || p.series as message,
  'correct inflation.base in marquee.yaml (latest always works), or drop price index figures that reach it' as hint
from settings s
cross join published p
cross join bases b
where s.cpi_base <> 'latest' and b.cpi_base is null
