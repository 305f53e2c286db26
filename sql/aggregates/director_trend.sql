-- director_trend: a director's films, revenue and audience vote, year by year.
--
-- grain   director x release_year
-- key     director, release_year
-- inputs  movies_enriched
-- units   whole dollars of cpi_base; votes from 0 to 10
with films as (
  select explode(directors) as director, release_year, revenue_real, vote_average
  from movies_enriched
  where directors is not null and release_year is not null
)

select
  director, release_year,
  cast(count(*) as bigint) as count_films,
  cast(sum(revenue_real) as bigint) as revenue_real,
  median(vote_average) as median_vote_average
from films
group by director, release_year
