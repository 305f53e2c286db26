-- films_by_trend: which director and year a film counts in, to find the groups that changed films touch.
--
-- grain   film x director
-- key     movie_key, director
-- inputs  movies_enriched
select movie_key, explode(directors) as director, release_year
from movies_enriched
where directors is not null and release_year is not null
