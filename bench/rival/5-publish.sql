-- The partitions of movies_enriched are written before this, a year a statement: see run.mjs.
copy genre_by_period to '{out}/aggregates/genre_by_period/part-0.parquet' (format parquet);
copy portfolio_allocation to '{out}/aggregates/portfolio_allocation/part-0.parquet' (format parquet);
copy roi_by_director to '{out}/aggregates/roi_by_director/part-0.parquet' (format parquet);
copy roi_by_lead_actor to '{out}/aggregates/roi_by_lead_actor/part-0.parquet' (format parquet);
copy budget_efficiency_by_year to '{out}/aggregates/budget_efficiency_by_year/part-0.parquet' (format parquet);
copy monthly_revenue to '{out}/aggregates/monthly_revenue/part-0.parquet' (format parquet);
copy top_movies to '{out}/aggregates/top_movies/part-0.parquet' (format parquet);
copy executive_summary to '{out}/aggregates/executive_summary/part-0.parquet' (format parquet);
copy director_trend to '{out}/aggregates/director_trend/part-0.parquet' (format parquet);

attach '{out}/marquee.duckdb' as serving;
create table serving.genre_by_period as from genre_by_period;
create table serving.portfolio_allocation as from portfolio_allocation;
create table serving.roi_by_director as from roi_by_director;
create table serving.roi_by_lead_actor as from roi_by_lead_actor;
create table serving.budget_efficiency_by_year as from budget_efficiency_by_year;
create table serving.monthly_revenue as from monthly_revenue;
create table serving.top_movies as from top_movies;
create table serving.executive_summary as from executive_summary;
create table serving.director_trend as from director_trend;
create table serving.pipeline_info as
select
  now() as committed_at, 'CPIAUCSL' as cpi_series, 'month' as cpi_basis, (select max(cpi_base) from prices) as cpi_base,
  (select count(*) from enriched) as films, 3::bigint as sources;

use serving;
create macro share(amount, parts, place) as
  (amount // parts + case when place <= amount % parts then 1 else 0 end)::bigint;
create view movies_enriched as
from read_parquet('{out}/movies_enriched/*/*.parquet', hive_partitioning = true, hive_types = { 'release_year': int });
create view movie_genres as
select
  movie_key, genre, place::int as position, 1.0::double / parts as weight,
  share(revenue, parts, place) as revenue_share, share(revenue_real, parts, place) as revenue_real_share,
  share(budget, parts, place) as budget_share, share(budget_real, parts, place) as budget_real_share
from (
  select *, len(genres) as parts, unnest(genres) as genre, generate_subscripts(genres, 1) as place from movies_enriched
);
create view movie_companies as
select
  movie_key, company, place::int as position, 1.0::double / parts as weight,
  share(revenue, parts, place) as revenue_share, share(revenue_real, parts, place) as revenue_real_share,
  share(budget, parts, place) as budget_share, share(budget_real, parts, place) as budget_real_share
from (
  select
    *, len(production_companies) as parts, unnest(production_companies) as company,
    generate_subscripts(production_companies, 1) as place
  from movies_enriched
);
create view movie_people as
select movie_key, unnest(directors) as person, 'director' as role, generate_subscripts(directors, 1)::int as position,
  1.0::double / len(directors) as weight
from movies_enriched
union all
select movie_key, unnest(cast_members), 'cast', generate_subscripts(cast_members, 1)::int, 1.0::double / len(cast_members)
from movies_enriched;
create view ratings_vs_revenue as
select movie_key, title, release_year, primary_genre, vote_average, vote_count, budget_real, revenue_real, roi
from movies_enriched
where vote_average is not null and revenue_real is not null;
create view budget_vs_revenue as
select movie_key, title, release_year, primary_genre, vote_average, vote_count, budget_real, revenue_real, roi
from movies_enriched
where budget_real is not null and revenue_real is not null;
