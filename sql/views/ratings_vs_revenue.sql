-- ratings_vs_revenue: does a film's audience vote go with its revenue?
--
-- grain   one row a film that has both a vote and a revenue
-- key     movie_key
-- inputs  movies_enriched
-- units   whole dollars of cpi_base; votes from 0 to 10
select
  movie_key, title, release_year, primary_genre, vote_average, vote_count, budget_real, revenue_real, roi
from movies_enriched
where vote_average is not null and revenue_real is not null
