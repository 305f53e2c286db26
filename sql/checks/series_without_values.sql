-- series_without_values: why nothing can be priced: no file says anything of the configured price index.
--
-- grain   one row, or none where all is well
-- inputs  settings, raw_file, stg_cpi
--
-- A remark and no failure: films come out all the same, with cpi_method unavailable and no real amounts.
with named as (
  select coalesce(c.series, s.cpi_series) as series, c.month
  from stg_cpi c
  join raw_file f on f.file_id = c.file_id
  cross join settings s
  where c.value_micro is not null and c.month is not null
),

published as (
  select series, min(month) as first_month, max(month) as last_month, count(*) as count_months
  from named
  group by series
),

-- A file may name a series a row: the longest ones will do.
longest as (
  select
    row_number() over (order by count_months desc nulls last, series asc nulls last) as place,
    excerpt(series) || ' (' || substr(cast(first_month as string), 1, 7) || ' to '
      || substr(cast(last_month as string), 1, 7) || ')' as name
  from published
),

held as (
  select
    count(*) as count_series,
    concat_ws(', ',
      max(case when place = 1 then name end), max(case when place = 2 then name end),
      max(case when place = 3 then name end), max(case when place = 4 then name end),
      max(case when place = 5 then name end), max(case when place = 6 then '...' end)) as names
  from longest
),

wanted as (
  select count(*) as count_wanted
  from published p
  join settings s on s.cpi_series = p.series
)

select
  'no real dollars: raw/cpi says nothing of ' || s.cpi_series || '; ' || case
    when h.count_series = 0 then 'drop that price index there, from FRED or the BLS'
    else 'it holds ' || h.names || ': drop ' || s.cpi_series || ', or name what is there as inflation.series in marquee.yaml'
  end as message
from settings s
cross join held h
cross join wanted w
where w.count_wanted = 0
