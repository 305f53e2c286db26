-- films_by_month: which month a film counts in, to find the groups that changed films touch and all films of these.
--
-- grain   film x month
-- key     movie_key, month
-- inputs  movies_enriched
select movie_key, cast(date_trunc('month', release_date) as date) as month
from movies_enriched
where release_date is not null
