-- roi_by_director: the return on a director's films in constant dollars.
--
-- grain   one row a person
-- key     person
-- inputs  movies_enriched, movie_people
-- units   whole dollars of cpi_base
--
-- A film with two directors counts in full for each: read the rows one by one, don't add them up.
with films as (
  select
    p.person, f.release_year, f.revenue_real, f.budget_real,
    case when f.budget_real is not null and f.revenue_real is not null then f.roi end as roi
  from movie_people p
  join movies_enriched f on f.movie_key = p.movie_key
  where p.role = 'director'
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
