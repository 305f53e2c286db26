-- Which genres earned the money of each release period, and which earned it well?
--
--   marquee query -f downstream/sql_analysis/01_genre_by_release_period.sql
--
-- reads   genre_by_period: a film's money is split over its genres, so a period's genres add up to the period
-- grain   release period x genre; newest period first, in each the genre with the highest revenue first
-- units   *_m in millions of constant dollars (pipeline_info.cpi_base says whose); *_pct in percent; roi as a ratio,
--         0 is break-even
--
-- A cell needs 5 films with both budget and revenue: below that, one film is the figure. Films whose genre or year is
-- unknown have no row here, but they stay in what share_pct is a share of.
with cells as (
  select *, cast(left(release_period, 4) as int) as first_year
  from genre_by_period
  where release_period <> 'Unknown'
)

select
  c.release_period,
  c.genre,
  row_number() over (partition by c.release_period order by c.revenue_real_share desc, c.genre) as place,
  round(c.revenue_real_share / 1e6) as revenue_m,
  round(100 * c.share_of_period, 1) as share_pct,
  -- Points won or lost since the five years before; null where the genre had no revenue then.
  round(100 * (c.share_of_period - before.share_of_period), 1) as share_change,
  round(c.roi, 2) as roi,
  round(c.median_roi, 2) as median_roi,
  round(100 * c.hit_rate) as hit_pct,
  c.count_films,
  c.count_films_roi,
  round(c.median_revenue_real / 1e6, 1) as median_revenue_m
from cells c
left join cells before on before.genre = c.genre and before.first_year = c.first_year - 5
where c.genre <> 'Unknown' and c.count_films_roi >= 5
order by c.release_period desc, place
