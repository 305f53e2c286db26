-- budget_vs_revenue: does a film's budget go with its revenue?
--
-- grain   one row a film that has both a budget and a revenue
-- key     movie_key
-- inputs  movies_enriched
-- units   whole dollars of cpi_base
select
  movie_key, title, release_year, primary_genre, vote_average, vote_count, budget_real, revenue_real, roi
from movies_enriched
where budget_real is not null and revenue_real is not null
