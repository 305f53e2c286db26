-- budget_efficiency_by_year: what a budget dollar of each size of film earned, year by year.
--
-- grain   release_year x budget_tier, of the films that have both budget and revenue
-- key     release_year, budget_tier
-- inputs  movies_enriched
-- units   whole dollars of cpi_base; tiers by budget_real: micro under 1 million, low under 10, mid under 50,
--         high under 100, blockbuster from there
select
  release_year, budget_tier,
  cast(count(*) as bigint) as count_films_roi,
  cast(sum(budget_real) as bigint) as budget_real,
  cast(sum(revenue_real) as bigint) as revenue_real,
  cast(sum(revenue_real - budget_real) as double) / nullif(cast(sum(budget_real) as bigint), 0) as roi,
  cast(cast(sum(revenue_real) as bigint) as double) / nullif(cast(sum(budget_real) as bigint), 0) as multiple,
  median(multiple) as median_multiple
from movies_enriched
where roi is not null and budget_real is not null and revenue_real is not null and release_year is not null
group by release_year, budget_tier
