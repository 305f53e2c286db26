-- movie_companies: each film's production companies, with a part of its money each.
--
-- grain   film x company; films without a company have no row
-- key     movie_key, company
-- inputs  movies_enriched
-- units   shares in whole dollars by largest remainder: they add up to the film's amount exactly
with positions as (
  select
    movie_key, production_companies, revenue, revenue_real, budget, budget_real,
    size(production_companies) as parts,
    explode(sequence(1, size(production_companies))) as position
  from movies_enriched
  where production_companies is not null
)

select
  movie_key,
  element_at(production_companies, position) as company,
  cast(position as int) as position,
  cast(1 as double) / parts as weight,
  whole_share(revenue, parts, position) as revenue_share,
  whole_share(revenue_real, parts, position) as revenue_real_share,
  whole_share(budget, parts, position) as budget_share,
  whole_share(budget_real, parts, position) as budget_real_share
from positions
