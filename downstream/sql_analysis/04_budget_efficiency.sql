-- How many dollars does a budget dollar bring, for films of each size, and how does that move over time?
--
--   marquee query -f downstream/sql_analysis/04_budget_efficiency.sql
--
-- reads   budget_efficiency_by_year: films with both budget and revenue
-- grain   release year x budget tier; newest year first, smallest budgets first
-- units   *_m in millions of constant dollars (pipeline_info.cpi_base says whose); multiples: revenue / budget, 1 is
--         break-even; tiers by budget in constant dollars: micro under 1 million, low under 10, mid under 50, high
--         under 100, blockbuster from there
--
-- A year of one tier is few films, so the trend is read from the five years that end with it (*_5y), which need 10
-- films. trend says where these went since the five years before: up or down by more than a tenth. A runaway hit on
-- a tiny budget moves all sums: read median_multiple, what the film in the middle did, beside them.
with cells as (
  select
    *,
    sum(count_films_roi) over five as count_films_5y,
    sum(revenue_real) over five / nullif(sum(budget_real) over five, 0) as multiple_5y,
    sum(count_films_roi) over earlier as count_films_earlier,
    sum(revenue_real) over earlier / nullif(sum(budget_real) over earlier, 0) as multiple_earlier
  from budget_efficiency_by_year
  window
    five as (partition by budget_tier order by release_year range between 4 preceding and current row),
    earlier as (partition by budget_tier order by release_year range between 9 preceding and 5 preceding)
)

select
  release_year,
  budget_tier,
  count_films_roi as count_films,
  round(budget_real / 1e6, 1) as budget_m,
  round(revenue_real / 1e6, 1) as revenue_m,
  round(multiple, 2) as multiple,
  round(median_multiple, 2) as median_multiple,
  cast(count_films_5y as int) as count_films_5y,
  round(multiple_5y, 2) as multiple_5y,
  case
    when coalesce(count_films_earlier, 0) < 10 then null
    when multiple_5y > 1.1 * multiple_earlier then 'up'
    when multiple_5y < 0.9 * multiple_earlier then 'down'
    else 'steady'
  end as trend
from cells
where count_films_5y >= 10
order by release_year desc, array_position(['micro', 'low', 'mid', 'high', 'blockbuster'], budget_tier)
