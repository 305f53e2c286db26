-- portfolio_allocation: where each production company puts its money, by genre, and what comes back.
--
-- grain   company x genre, Unknown where a film has no company or no genre
-- key     company, genre
-- inputs  movies_enriched, portfolio_tally
-- units   whole dollars of cpi_base
--
-- A film's money is split over the pairs of its companies and genres in whole dollars by largest remainder:
-- all rows add up to all films. share_of_budget is a genre's part of its company's budget. All films are counted in
-- portfolio_tally; only the few with money are taken apart.
with films as (
  select
    revenue_real, budget_real,
    case when budget_real is not null and revenue_real is not null then roi end as roi,
    genres, production_companies,
    greatest(coalesce(size(genres), 0), 1) as genre_parts,
    greatest(coalesce(size(production_companies), 0), 1) as company_parts
  from movies_enriched
  where budget_real is not null or revenue_real is not null
),

places as (
  select f.*, explode(sequence(1, genre_parts * company_parts)) as position from films f
),

shares as (
  select
    coalesce(
      element_at(production_companies, cast((position - 1 - (position - 1) % genre_parts) / genre_parts as int) + 1),
      'Unknown'
    ) as company,
    coalesce(element_at(genres, cast((position - 1) % genre_parts as int) + 1), 'Unknown') as genre,
    roi,
    whole_share(revenue_real, genre_parts * company_parts, position) as revenue_real,
    whole_share(budget_real, genre_parts * company_parts, position) as budget_real
  from places
),

sums as (
  select
    company, genre,
    cast(sum(budget_real) as bigint) as budget_real,
    cast(sum(revenue_real) as bigint) as revenue_real,
    cast(sum(revenue_real - budget_real) as bigint) as profit_real
  from shares
  group by company, genre
),

-- Percentiles are dear, so they are taken where there are any.
returns as (
  select
    company, genre,
    cast(count(*) as bigint) as count_films_roi,
    cast(sum(revenue_real) as bigint) as roi_revenue,
    cast(sum(budget_real) as bigint) as roi_budget,
    percentile_cont(0.25) within group (order by roi) as roi_p25,
    median(roi) as median_roi,
    percentile_cont(0.75) within group (order by roi) as roi_p75
  from shares
  where roi is not null
  group by company, genre
),

companies as (
  select company, cast(sum(budget_real) as bigint) as company_budget
  from sums
  group by company
)

select
  n.company, n.genre, n.count_films, s.budget_real,
  cast(s.budget_real as double) / nullif(c.company_budget, 0) as share_of_budget,
  s.revenue_real, s.profit_real,
  coalesce(r.count_films_roi, 0) as count_films_roi,
  cast(r.roi_revenue - r.roi_budget as double) / nullif(r.roi_budget, 0) as roi,
  r.roi_p25, r.median_roi, r.roi_p75
from portfolio_tally n
left join sums s on s.company = n.company and s.genre = n.genre
left join returns r on r.company = n.company and r.genre = n.genre
left join companies c on c.company = n.company
