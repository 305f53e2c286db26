-- films_by_release_year: which release_year a film counts in, to find the groups that changed films touch and all films of these.
--
-- grain   film x release_year
-- key     movie_key, release_year
-- inputs  movies_enriched
select movie_key, release_year
from movies_enriched
where release_year is not null
