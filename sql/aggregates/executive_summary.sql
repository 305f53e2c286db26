-- executive_summary: films, money and return by year and genre, with subtotals where a key is null.
--
-- grain   release_year x genre; a year over all genres (genre null), a genre over all years (release_year
--         null), and everything (both null). Films without a year are left out.
-- key     release_year, genre (null-safe)
-- inputs  executive_cells
-- units   revenue in whole nominal dollars, *_real in whole dollars of cpi_base
with cells as (
  select release_year, genre, count_films, revenue, revenue_real, budget_real, roi_revenue, roi_budget
  from executive_cells
  union all
  select
    cast(null as int) as release_year, genre,
    cast(sum(count_films) as bigint), cast(sum(revenue) as bigint), cast(sum(revenue_real) as bigint),
    cast(sum(budget_real) as bigint), cast(sum(roi_revenue) as bigint), cast(sum(roi_budget) as bigint)
  from executive_cells
  group by genre
)

select
  release_year, genre, count_films, revenue, revenue_real, budget_real,
  cast(roi_revenue - roi_budget as double) / nullif(roi_budget, 0) as roi
from cells
