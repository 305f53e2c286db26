-- films_by_lead_actor: which lead_actor a film counts in, to find the groups that changed films touch and all films of these.
--
-- grain   film x lead_actor
-- key     movie_key, lead_actor
-- inputs  movies_enriched
select movie_key, lead_actor as person
from movies_enriched
where lead_actor is not null
