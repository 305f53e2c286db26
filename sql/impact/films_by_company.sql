-- films_by_company: which company a film counts in, to find the groups that changed films touch and all films of these.
--
-- grain   film x company
-- key     movie_key, company
-- inputs  movies_enriched
select movie_key, explode(production_companies) as company
from movies_enriched
where production_companies is not null
union all
select movie_key, 'Unknown' as company
from movies_enriched
where production_companies is null
