-- films_by_release_period: which release_period a film counts in, to find the groups that changed films touch and all films of these.
--
-- grain   film x release_period
-- key     movie_key, release_period
-- inputs  movies_enriched
select movie_key, coalesce(release_period, 'Unknown') as release_period
from movies_enriched
