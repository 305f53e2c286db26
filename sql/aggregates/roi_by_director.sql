-- roi_by_director: the return on a director's films in constant dollars.
--
-- grain   one row a person
-- key     person
-- inputs  movies_enriched
-- units   whole dollars of cpi_base
--
-- A film with two directors counts in full for each: read the rows one by one, don't add them up.
with films as (
  select
    explode(directors) as person, release_year, revenue_real, budget_real,
    case when budget_real is not null and revenue_real is not null then roi end as roi
  from movies_enriched
  where directors is not null
)

select
  person,
  cast(count(*) as bigint) as count_films,
  cast(count(roi) as bigint) as count_films_roi,
  cast(sum(budget_real) as bigint) as budget_real,
  cast(sum(revenue_real) as bigint) as revenue_real,
  cast(sum(revenue_real - budget_real) as bigint) as profit_real,
  cast(sum(revenue_real - budget_real) filter (where roi is not null) as double)
    / nullif(cast(sum(budget_real) filter (where roi is not null) as bigint), 0) as roi,
  median(roi) as median_roi,
  min(release_year) as first_year,
  max(release_year) as last_year
from films
group by person
