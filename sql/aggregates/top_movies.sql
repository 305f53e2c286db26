-- top_movies: the hundred films with the highest revenue in constant dollars.
--
-- grain   one row a rank, 1 to 100
-- key     rank
-- inputs  movies_enriched
-- units   whole dollars of cpi_base
with top as (
  select movie_key, title, release_year, director, lead_actor, revenue_real, budget_real, roi
  from movies_enriched
  where revenue_real is not null
  order by revenue_real desc nulls last, movie_key asc nulls last
  limit 100
)

select
  cast(row_number() over (order by revenue_real desc nulls last, movie_key asc nulls last) as int) as rank,
  movie_key, title, release_year, director, lead_actor, revenue_real, budget_real, roi
from top
