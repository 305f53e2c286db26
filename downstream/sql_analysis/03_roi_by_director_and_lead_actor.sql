-- Whose films return most on their budget, in constant dollars: the 25 best directors and the 25 best lead actors.
--
--   marquee query -f downstream/sql_analysis/03_roi_by_director_and_lead_actor.sql
--
-- reads   roi_by_director, roi_by_lead_actor
-- grain   role x person; directors first, in each role the highest median first
-- units   *_m in millions of constant dollars (pipeline_info.cpi_base says whose); roi as a ratio, 0 is break-even
--
-- A person needs 5 films with both budget and revenue. The median film ranks, since a single hit lifts the sum of a
-- short career: read roi (all of a person's films as one investment) beside it. A film counts in full for each of its
-- directors, so the rows are not to be added up. Without cast in the sources there are no lead actors.
with people as (
  select 'director' as role, * from roi_by_director
  union all
  select 'lead actor' as role, * from roi_by_lead_actor
),

ranked as (
  select *, row_number() over (partition by role order by median_roi desc, roi desc, person) as place
  from people
  where count_films_roi >= 5
)

select
  role,
  place,
  person,
  round(median_roi, 2) as median_roi,
  round(roi, 2) as roi,
  count_films_roi,
  count_films,
  first_year,
  last_year,
  round(profit_real / 1e6) as profit_m,
  round(budget_real / 1e6) as budget_m,
  round(revenue_real / 1e6) as revenue_m
from ranked
where place <= 25
order by role, place
