-- How do production companies spread their budgets over genres, and does the money lie where it earns most?
--
--   marquee query -f downstream/sql_analysis/02_portfolio_allocation.sql
--
-- reads   portfolio_allocation, movie_companies, movies_enriched: a film's money is split over its companies and genres
-- grain   company x genre; the company with the largest budget first, in each the genre with the largest budget first
-- units   *_m in millions of constant dollars (pipeline_info.cpi_base says whose); *_pct in percent; roi as a ratio,
--         0 is break-even
--
-- Companies need 20 films with both budget and revenue, pairs of company and genre 5. The films that name no company
-- stand last, as Unknown: together they are no portfolio, but something to compare one with.
with companies as (
  select
    coalesce(c.company, 'Unknown') as company,
    count(*) as count_films_roi,
    sum(coalesce(c.budget_real_share, f.budget_real)) as budget_real,
    sum(coalesce(c.revenue_real_share, f.revenue_real)) as revenue_real
  from movies_enriched f
  left join movie_companies c on c.movie_key = f.movie_key
  where f.roi is not null and f.budget_real is not null and f.revenue_real is not null
  group by coalesce(c.company, 'Unknown')
  having count(*) >= 20
),

returns as (
  select *, (revenue_real - budget_real) / nullif(budget_real, 0) as roi from companies
),

industry as (
  select genre, sum(budget_real) / nullif(sum(sum(budget_real)) over (), 0) as share_of_budget
  from portfolio_allocation
  group by genre
)

select
  p.company,
  p.genre,
  round(100 * p.share_of_budget, 1) as budget_pct,
  -- What all companies together spend on the genre.
  round(100 * i.share_of_budget, 1) as industry_pct,
  round(p.roi, 2) as roi,
  -- Above 0: the genre returns more than the company's films as a whole do.
  round(p.roi - r.roi, 2) as roi_vs_company,
  round(p.roi_p25, 2) as roi_p25,
  round(p.median_roi, 2) as median_roi,
  round(p.roi_p75, 2) as roi_p75,
  round(p.budget_real / 1e6) as budget_m,
  round(p.profit_real / 1e6) as profit_m,
  p.count_films,
  p.count_films_roi
from portfolio_allocation p
join returns r on r.company = p.company
join industry i on i.genre = p.genre
where p.count_films_roi >= 5
order by p.company = 'Unknown', r.budget_real desc, p.company, p.budget_real desc, p.genre
