-- monthly_revenue: what the films released in each month earned over their lives.
--
-- grain   one row a release month; films without a release date are left out
-- key     month
-- inputs  movies_enriched
-- units   revenue in whole nominal dollars, revenue_real in whole dollars of cpi_base
select
  cast(date_trunc('month', release_date) as date) as month,
  cast(count(*) as bigint) as count_films,
  cast(sum(revenue) as bigint) as revenue,
  cast(sum(revenue_real) as bigint) as revenue_real
from movies_enriched
where release_date is not null
group by cast(date_trunc('month', release_date) as date)
