-- executive_cells: the addable parts of executive_summary, so that one year's change recomputes one year.
--
-- grain   release_year x genre, and release_year (genre null) with each film once
-- key     release_year, genre
-- inputs  movies_enriched, movie_genres
-- units   revenue in whole nominal dollars, *_real in whole dollars of cpi_base; roi_* of films that have both
with films as (
  select
    movie_key, release_year, revenue, revenue_real, budget_real, genres,
    roi is not null and budget_real is not null and revenue_real is not null as has_roi
  from movies_enriched
  where release_year is not null
),

shares as (
  select
    f.release_year, g.genre, f.has_roi,
    g.revenue_share as revenue, g.revenue_real_share as revenue_real, g.budget_real_share as budget_real
  from films f
  join movie_genres g on g.movie_key = f.movie_key
  union all
  select release_year, 'Unknown' as genre, has_roi, revenue, revenue_real, budget_real
  from films
  where genres is null
  union all
  select release_year, cast(null as string) as genre, has_roi, revenue, revenue_real, budget_real
  from films
)

select
  release_year, genre,
  cast(count(*) as bigint) as count_films,
  cast(sum(revenue) as bigint) as revenue,
  cast(sum(revenue_real) as bigint) as revenue_real,
  cast(sum(budget_real) as bigint) as budget_real,
  cast(sum(revenue_real) filter (where has_roi) as bigint) as roi_revenue,
  cast(sum(budget_real) filter (where has_roi) as bigint) as roi_budget
from shares
group by release_year, genre
