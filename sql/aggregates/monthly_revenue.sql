-- monthly_revenue: what the films released in each month earned over their lives.
--
-- grain   one row a release month; films without a release date are left out
-- key     month
-- inputs  movies_enriched, month_tally
-- units   revenue in whole nominal dollars, revenue_real in whole dollars of cpi_base
with sums as (
  select
    cast(date_trunc('month', release_date) as date) as month,
    cast(sum(revenue) as bigint) as revenue,
    cast(sum(revenue_real) as bigint) as revenue_real
  from movies_enriched
  where release_date is not null and revenue is not null
  group by cast(date_trunc('month', release_date) as date)
)

select n.month, n.count_films, s.revenue, s.revenue_real
from month_tally n
left join sums s on s.month = n.month
