-- month_tally: how many films came out in each month.
--
-- grain   one row a release month; films without a release date are left out
-- key     month
-- inputs  movies_enriched
select cast(date_trunc('month', release_date) as date) as month, cast(count(*) as bigint) as count_films
from movies_enriched
where release_date is not null
group by cast(date_trunc('month', release_date) as date)
