-- films_by_director: which director a film counts in, to find the groups that changed films touch and all films of these.
--
-- grain   film x director
-- key     movie_key, director
-- inputs  movies_enriched
select movie_key, explode(directors) as person
from movies_enriched
where directors is not null
