-- director_trend: a director's films, revenue and audience vote, year by year.
--
-- grain   director x release_year
-- key     director, release_year
-- inputs  movies_enriched, movie_people
-- units   whole dollars of cpi_base; votes from 0 to 10
select
  p.person as director,
  f.release_year,
  cast(count(*) as bigint) as count_films,
  cast(sum(f.revenue_real) as bigint) as revenue_real,
  median(f.vote_average) as median_vote_average
from movie_people p
join movies_enriched f on f.movie_key = p.movie_key
where p.role = 'director' and f.release_year is not null
group by p.person, f.release_year
