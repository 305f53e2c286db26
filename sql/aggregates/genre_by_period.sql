-- genre_by_period: revenue and return of each genre in each five-year release period.
--
-- grain   genre x release_period, Unknown where a film has no genre or no year
-- key     genre, release_period
-- inputs  movies_enriched, movie_genres
-- units   whole dollars of cpi_base; revenue_share in whole nominal dollars
--
-- A film's money is split over its genres, so a period's genres add up to the period's films. A film with n
-- genres is counted in each of them (count_films), never its dollars. hit_rate: of the films with both budget
-- and revenue, the share that took at least twice its budget, the usual rule of thumb for breaking even.
with films as (
  select
    movie_key, coalesce(release_period, 'Unknown') as release_period, revenue, revenue_real, budget_real,
    case when budget_real is not null and revenue_real is not null then roi end as roi,
    genres
  from movies_enriched
),

shares as (
  select
    g.genre, f.release_period, f.revenue_real, f.roi,
    g.revenue_share, g.revenue_real_share, g.budget_real_share
  from films f
  join movie_genres g on g.movie_key = f.movie_key
  union all
  select
    'Unknown' as genre, release_period, revenue_real, roi,
    revenue as revenue_share, revenue_real as revenue_real_share, budget_real as budget_real_share
  from films
  where genres is null
),

grouped as (
  select
    genre, release_period,
    cast(count(*) as bigint) as count_films,
    cast(sum(revenue_share) as bigint) as revenue_share,
    cast(sum(revenue_real_share) as bigint) as revenue_real_share,
    cast(sum(budget_real_share) as bigint) as budget_real_share,
    median(revenue_real) as median_revenue_real,
    cast(count(roi) as bigint) as count_films_roi,
    cast(sum(revenue_real_share) filter (where roi is not null) as bigint) as roi_revenue,
    cast(sum(budget_real_share) filter (where roi is not null) as bigint) as roi_budget,
    median(roi) as median_roi,
    cast(count_if(roi >= 1) as double) / nullif(count(roi), 0) as hit_rate
  from shares
  group by genre, release_period
),

periods as (
  select release_period, cast(sum(revenue_real_share) as bigint) as period_revenue
  from grouped
  group by release_period
)

select
  g.genre, g.release_period, g.count_films, g.revenue_share, g.revenue_real_share,
  cast(g.revenue_real_share as double) / nullif(p.period_revenue, 0) as share_of_period,
  g.budget_real_share, g.median_revenue_real, g.count_films_roi,
  cast(g.roi_revenue - g.roi_budget as double) / nullif(g.roi_budget, 0) as roi,
  g.median_roi, g.hit_rate
from grouped g
join periods p on p.release_period = g.release_period
