-- genre_by_period: revenue and return of each genre in each five-year release period.
--
-- grain   genre x release_period, Unknown where a film has no genre or no year
-- key     genre, release_period
-- inputs  movies_enriched, genre_tally
-- units   whole dollars of cpi_base; revenue_share in whole nominal dollars
--
-- A film's money is split over its genres as in movie_genres, so a period's genres add up to the period's films. A film
-- with n genres is counted in each of them (count_films), never its dollars. hit_rate: of the films with both budget
-- and revenue, the share that took at least twice its budget, the usual rule of thumb for breaking even. All films are
-- counted in genre_tally; only the few with money are taken apart.
with counts as (
  select genre, release_period, cast(sum(count_films) as bigint) as count_films
  from genre_tally
  where genre is not null
  group by genre, release_period
),

films as (
  select
    coalesce(release_period, 'Unknown') as release_period, revenue, revenue_real, budget_real,
    case when budget_real is not null and revenue_real is not null then roi end as roi,
    genres, greatest(coalesce(size(genres), 0), 1) as parts
  from movies_enriched
  where revenue is not null or budget_real is not null
),

places as (
  select f.*, explode(sequence(1, parts)) as position from films f
),

shares as (
  select
    coalesce(element_at(genres, position), 'Unknown') as genre, release_period, revenue_real, roi,
    whole_share(revenue, parts, position) as revenue_share,
    whole_share(revenue_real, parts, position) as revenue_real_share,
    whole_share(budget_real, parts, position) as budget_real_share
  from places
),

sums as (
  select
    genre, release_period,
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
  from sums
  group by release_period
)

select
  n.genre, n.release_period, n.count_films, s.revenue_share, s.revenue_real_share,
  cast(s.revenue_real_share as double) / nullif(p.period_revenue, 0) as share_of_period,
  s.budget_real_share, s.median_revenue_real,
  coalesce(s.count_films_roi, 0) as count_films_roi,
  cast(s.roi_revenue - s.roi_budget as double) / nullif(s.roi_budget, 0) as roi,
  s.median_roi, s.hit_rate
from counts n
left join sums s on s.genre = n.genre and s.release_period = n.release_period
left join periods p on p.release_period = n.release_period
