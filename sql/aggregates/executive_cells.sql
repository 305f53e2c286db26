-- executive_cells: the addable parts of executive_summary, so that one year's change recomputes one year.
--
-- grain   release_year x genre, and release_year (genre null) with each film once
-- key     release_year, genre
-- inputs  movies_enriched, genre_tally
-- units   revenue in whole nominal dollars, *_real in whole dollars of cpi_base; roi_* of films that have both
--
-- All films are counted in genre_tally; only the few with money are taken apart.
with counts as (
  select release_year, genre, cast(sum(count_films) as bigint) as count_films
  from genre_tally
  where release_year is not null
  group by release_year, genre
),

films as (
  select
    release_year, revenue, revenue_real, budget_real, genres, greatest(coalesce(size(genres), 0), 1) as parts,
    roi is not null and budget_real is not null and revenue_real is not null as has_roi
  from movies_enriched
  where release_year is not null and (revenue is not null or budget_real is not null)
),

places as (
  select f.*, explode(sequence(1, parts)) as position from films f
),

shares as (
  select
    release_year, coalesce(element_at(genres, position), 'Unknown') as genre, has_roi,
    whole_share(revenue, parts, position) as revenue,
    whole_share(revenue_real, parts, position) as revenue_real,
    whole_share(budget_real, parts, position) as budget_real
  from places
  union all
  select release_year, cast(null as string) as genre, has_roi, revenue, revenue_real, budget_real
  from films
),

sums as (
  select
    release_year, genre,
    cast(sum(revenue) as bigint) as revenue,
    cast(sum(revenue_real) as bigint) as revenue_real,
    cast(sum(budget_real) as bigint) as budget_real,
    cast(sum(revenue_real) filter (where has_roi) as bigint) as roi_revenue,
    cast(sum(budget_real) filter (where has_roi) as bigint) as roi_budget
  from shares
  group by release_year, genre
)

select
  n.release_year, n.genre, n.count_films,
  s.revenue, s.revenue_real, s.budget_real, s.roi_revenue, s.roi_budget
from counts n
left join sums s on s.release_year = n.release_year and s.genre is not distinct from n.genre
