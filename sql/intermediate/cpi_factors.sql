-- cpi_factors: what a dollar of each month and each year is worth in dollars of the base.
--
-- grain   one row a month and a year of a fixed calendar, 1870 to 2100
-- key     period (year * 100 + month; month 0 stands for the whole year)
-- inputs  stg_cpi, raw_file, settings
-- units   cpi_value in index points; cpi_factor = base value / value
--
-- The value of a year is the mean of its published months. cpi_method: exact (published), interpolated (a
-- hole inside the series, linear between its neighbours), carried_forward (after the newest), unavailable
-- (before the oldest, or no series). The calendar is fixed so that a carried-forward month is a row that
-- can be compared from one epoch to the next.
with published as (
  select year(c.month) as y, month(c.month) as m, c.value_micro
  from stg_cpi c
  join raw_file f on f.file_id = c.file_id
  join settings s on s.cpi_series = coalesce(c.series, s.cpi_series)
  where c.value_micro is not null and c.month is not null
  qualify row_number() over (
    partition by c.month
    order by f.file_rank desc nulls last, f.path_order desc nulls last, c.record_key asc nulls last
  ) = 1
),

-- position counts the grain's own steps, so that one interpolation serves months and years.
points as (
  select 'month' as grain, y * 12 + m - 1 as position, cast(value_micro as double) as value
  from published
  union all
  select 'year' as grain, y as position, cast(sum(value_micro) as double) / count(*) as value
  from published
  group by y
),

years as (
  select explode(sequence(1870, 2100)) as y
),

months as (
  select y, explode(sequence(1, 12)) as m from years
),

calendar as (
  select 'month' as grain, y * 12 + m - 1 as position, y * 100 + m as period from months
  union all
  select 'year' as grain, y as position, y * 100 as period from years
),

neighbours as (
  select
    c.grain, c.position, c.period, p.value,
    max(case when p.value is not null then c.position end) over (
      partition by c.grain order by c.position asc nulls last rows between unbounded preceding and current row
    ) as position_before,
    min(case when p.value is not null then c.position end) over (
      partition by c.grain order by c.position asc nulls last rows between current row and unbounded following
    ) as position_after
  from calendar c
  left join points p on p.grain = c.grain and p.position = c.position
),

valued as (
  select
    n.period,
    case
      when n.value is not null then n.value
      when b.value is null then null
      when a.value is null then b.value
      else b.value + (a.value - b.value) * (n.position - n.position_before) / (n.position_after - n.position_before)
    end as value,
    case
      when n.value is not null then 'exact'
      when b.value is null then 'unavailable'
      when a.value is null then 'carried_forward'
      else 'interpolated'
    end as cpi_method
  from neighbours n
  left join points b on b.grain = n.grain and b.position = n.position_before
  left join points a on a.grain = n.grain and a.position = n.position_after
),

newest as (
  select
    max(y * 100 + m) as newest_month,
    (select max(y) from (select y from published group by y having count(*) = 12) complete) as newest_full_year,
    max(y) as newest_year
  from published
),

base_periods as (
  select
    case
      when s.cpi_base <> 'latest' and length(s.cpi_base) = 4 then cast(s.cpi_base as int) * 100
      when s.cpi_base <> 'latest' then cast(replace(s.cpi_base, '-', '') as int)
      when s.cpi_basis = 'month' then n.newest_month
      else coalesce(n.newest_full_year, n.newest_year) * 100
    end as period
  from settings s
  cross join newest n
),

bases as (
  select
    v.value,
    case
      when v.period % 100 = 0 then substr(cast(v.period as string), 1, 4)
      else substr(cast(v.period as string), 1, 4) || '-' || substr(cast(v.period as string), 5, 2)
    end as cpi_base
  from base_periods p
  join valued v on v.period = p.period
  where v.cpi_method in ('exact', 'interpolated')
)

select
  v.period,
  v.value / 1000000 as cpi_value,
  b.cpi_base,
  b.value / 1000000 as cpi_base_value,
  b.value / v.value as cpi_factor,
  case when b.value is null then 'unavailable' else v.cpi_method end as cpi_method
from valued v
left join bases b on true
