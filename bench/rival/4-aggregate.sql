-- The part of a whole amount that falls to one of so many equal places: largest remainder, first come first.
create macro share(amount, parts, place) as
  (amount // parts + case when place <= amount % parts then 1 else 0 end)::bigint;
-- What the groups of films need, each film once; its return counts where both amounts are known in real dollars.
create view facts as
select
  id, release_date, release_year, period_begin, budget_tier,
  coalesce(genres, ['Unknown']) as genres, coalesce(production_companies, ['Unknown']) as companies,
  directors, cast_members[1] as lead_actor, vote_average, revenue, revenue_real, budget_real, multiple,
  case when budget_real is not null and revenue_real is not null then roi end as roi
from enriched;

create table genre_parts as
select
  release_year, period_begin, genre, revenue_real as film_revenue_real, roi,
  share(revenue, parts, place) as revenue,
  share(revenue_real, parts, place) as revenue_real,
  share(budget_real, parts, place) as budget_real
from (
  select
    release_year, period_begin, revenue, revenue_real, budget_real, roi,
    len(genres) as parts, unnest(genres) as genre, generate_subscripts(genres, 1) as place
  from facts
);

create table genre_by_period as
select
  genre,
  coalesce(period_begin || '-' || (period_begin + 4), 'Unknown') as release_period,
  count(*) as count_films,
  sum(revenue)::bigint as revenue_share,
  sum(revenue_real)::bigint as revenue_real_share,
  sum(revenue_real)::double / nullif((sum(sum(revenue_real)) over (partition by period_begin))::bigint, 0)
    as share_of_period,
  sum(budget_real)::bigint as budget_real_share,
  median(film_revenue_real) as median_revenue_real,
  count(roi) as count_films_roi,
  (sum(revenue_real - budget_real) filter (where roi is not null))::double
    / nullif((sum(budget_real) filter (where roi is not null))::bigint, 0) as roi,
  median(roi) as median_roi,
  count_if(roi >= 1)::double / nullif(count(roi), 0) as hit_rate
from genre_parts
group by genre, period_begin;

-- Quantiles are taken of the few films that have a return, not as states of a hundred thousand groups.
create table portfolio_parts as
select
  roi, companies[(place - 1) // count_genres + 1] as company, genres[(place - 1) % count_genres + 1] as genre,
  share(revenue_real, parts, place) as revenue_real,
  share(budget_real, parts, place) as budget_real
from (
  select
    roi, revenue_real, budget_real, companies, genres, len(genres) as count_genres,
    len(genres) * len(companies) as parts, unnest(range(1, parts + 1)) as place
  from facts
  where revenue_real is not null or budget_real is not null
);

create table portfolio_allocation as
with counts as (
  select company, genre, sum(count_films)::bigint as count_films
  from (
    select unnest(companies) as company, genres, count_films
    from (select companies, genres, count(*) as count_films from facts group by all)
  ), unnest(genres) as g(genre)
  group by company, genre
),
sums as (
  select
    company, genre,
    sum(budget_real)::bigint as budget_real,
    sum(revenue_real)::bigint as revenue_real,
    sum(revenue_real - budget_real)::bigint as profit_real
  from portfolio_parts
  group by company, genre
),
returns as (
  select
    company, genre,
    count(*) as count_films_roi,
    sum(revenue_real - budget_real)::double / nullif(sum(budget_real)::bigint, 0) as roi,
    quantile_cont(roi, [0.25, 0.5, 0.75]) as quartiles
  from portfolio_parts
  where roi is not null
  group by company, genre
)
select
  company, genre, count_films, budget_real,
  budget_real::double / nullif((sum(budget_real) over (partition by company))::bigint, 0) as share_of_budget,
  revenue_real, profit_real,
  coalesce(count_films_roi, 0) as count_films_roi,
  roi,
  quartiles[1] as roi_p25, quartiles[2] as median_roi, quartiles[3] as roi_p75
from counts
left join sums using (company, genre)
left join returns using (company, genre);

create table roi_by_director as
select
  person,
  count(*) as count_films,
  count(roi) as count_films_roi,
  sum(budget_real)::bigint as budget_real,
  sum(revenue_real)::bigint as revenue_real,
  sum(revenue_real - budget_real)::bigint as profit_real,
  (sum(revenue_real - budget_real) filter (where roi is not null))::double
    / nullif((sum(budget_real) filter (where roi is not null))::bigint, 0) as roi,
  median(roi) as median_roi,
  min(release_year) as first_year,
  max(release_year) as last_year
from (select unnest(directors) as person, * from facts where directors is not null)
group by person;

create table roi_by_lead_actor as
select
  lead_actor as person,
  count(*) as count_films,
  count(roi) as count_films_roi,
  sum(budget_real)::bigint as budget_real,
  sum(revenue_real)::bigint as revenue_real,
  sum(revenue_real - budget_real)::bigint as profit_real,
  (sum(revenue_real - budget_real) filter (where roi is not null))::double
    / nullif((sum(budget_real) filter (where roi is not null))::bigint, 0) as roi,
  median(roi) as median_roi,
  min(release_year) as first_year,
  max(release_year) as last_year
from facts
where lead_actor is not null
group by lead_actor;

create table director_trend as
select
  director, release_year,
  count(*) as count_films,
  sum(revenue_real)::bigint as revenue_real,
  median(vote_average) as median_vote_average
from (select unnest(directors) as director, * from facts where directors is not null and release_year is not null)
group by director, release_year;

create table budget_efficiency_by_year as
select
  release_year, budget_tier,
  count(*) as count_films_roi,
  sum(budget_real)::bigint as budget_real,
  sum(revenue_real)::bigint as revenue_real,
  sum(revenue_real - budget_real)::double / nullif(sum(budget_real)::bigint, 0) as roi,
  sum(revenue_real)::double / nullif(sum(budget_real)::bigint, 0) as multiple,
  median(multiple) as median_multiple
from facts
where roi is not null and release_year is not null
group by release_year, budget_tier;

create table monthly_revenue as
select
  date_trunc('month', release_date)::date as month,
  count(*) as count_films,
  sum(revenue)::bigint as revenue,
  sum(revenue_real)::bigint as revenue_real
from facts
where release_date is not null
group by month;

-- A film stands in each of its genres with a part of its money, and once in its year's subtotal.
create table executive_summary as
with cells as (
  select release_year, genre, revenue, revenue_real, budget_real, roi from genre_parts where release_year is not null
  union all
  select release_year, null, revenue, revenue_real, budget_real, roi from facts where release_year is not null
)
select
  release_year, genre,
  count(*) as count_films,
  sum(revenue)::bigint as revenue,
  sum(revenue_real)::bigint as revenue_real,
  sum(budget_real)::bigint as budget_real,
  (sum(revenue_real - budget_real) filter (where roi is not null))::double
    / nullif((sum(budget_real) filter (where roi is not null))::bigint, 0) as roi
from cells
group by grouping sets ((release_year, genre), (genre));

create table top_movies as
select
  (row_number() over (order by revenue_real desc, movie_key))::int as rank,
  movie_key, title, release_year, director, lead_actor, revenue_real, budget_real, roi
from (
  from movies_enriched
  where revenue_real is not null
  order by revenue_real desc, movie_key
  limit 100
);
