-- movie_genres: each film's genres, with a part of its money each, so that sums over genres are sums over films.
--
-- grain   film x genre; films without a genre have no row
-- key     movie_key, genre
-- inputs  movies_enriched
-- units   shares in whole dollars by largest remainder: they add up to the film's amount exactly
with positions as (
  select
    movie_key, genres, revenue, revenue_real, budget, budget_real,
    size(genres) as parts,
    explode(sequence(1, size(genres))) as position
  from movies_enriched
  where genres is not null
)

select
  movie_key,
  element_at(genres, position) as genre,
  cast(position as int) as position,
  cast(1 as double) / parts as weight,
  whole_share(revenue, parts, position) as revenue_share,
  whole_share(revenue_real, parts, position) as revenue_real_share,
  whole_share(budget, parts, position) as budget_share,
  whole_share(budget_real, parts, position) as budget_real_share
from positions
