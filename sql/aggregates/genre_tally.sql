-- genre_tally: how many films each release year has of each genre.
--
-- grain   release_year (null for films without one) x genre, Unknown where a film has none; and release_year (genre
--         null) with each film once
-- key     release_year, release_period (which follows from the year), genre
-- inputs  movies_enriched
--
-- Films are counted by their lists of genres, which most share with others.
with lists as (
  select release_year, coalesce(release_period, 'Unknown') as release_period, genres, count(*) as films
  from movies_enriched
  group by release_year, coalesce(release_period, 'Unknown'), genres
),

listed as (
  select release_year, release_period, explode(genres) as genre, films from lists where genres is not null
  union all
  select release_year, release_period, 'Unknown' as genre, films from lists where genres is null
  union all
  select release_year, release_period, cast(null as string) as genre, films from lists
)

select release_year, release_period, genre, cast(sum(films) as bigint) as count_films
from listed
group by release_year, release_period, genre
