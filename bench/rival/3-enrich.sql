-- Films with their credits and prices. What is only another name for a stored value waits for the view below, so that it
-- is computed while Parquet is written and not held twelve hundred thousand times.
create table enriched as
select
  m.* exclude (genres, production_companies),
  coalesce(string_split(m.genres, ', '), c.genres) as genres,
  string_split(m.production_companies, ', ') as production_companies,
  c.* exclude (id, genres),
  p.cpi_factor,
  p.cpi_method,
  cast(round(m.budget * p.base_value / p.cpi_value) as bigint) as budget_real,
  cast(round(m.revenue * p.base_value / p.cpi_value) as bigint) as revenue_real,
  case when m.budget >= 1000 then (m.revenue - m.budget)::double / m.budget end as roi,
  case when m.budget >= 1000 then m.revenue::double / m.budget end as multiple,
  case
    when m.budget is null then 'unknown'
    when coalesce(budget_real, m.budget) < 1000000 then 'micro'
    when coalesce(budget_real, m.budget) < 10000000 then 'low'
    when coalesce(budget_real, m.budget) < 50000000 then 'mid'
    when coalesce(budget_real, m.budget) < 100000000 then 'high'
    else 'blockbuster'
  end as budget_tier,
  m.release_year - m.release_year % 5 as period_begin
from films m
left join matches c on c.id = m.id
left join prices p on p.position = year(m.release_date) * 12 + month(m.release_date) - 1;

create view movies_enriched as
select
  'tmdb:' || id as movie_key, id as tmdb_id, imdb_id, title, original_title, title_key, status,
  release_date, release_year,
  quarter(release_date) as release_quarter,
  month(release_date) as release_month,
  case month(release_date) // 3 when 1 then 'spring' when 2 then 'summer' when 3 then 'autumn'
    when 0 then 'winter' when 4 then 'winter' end as release_season,
  (release_year - release_year % 10) || 's' as release_decade,
  period_begin || '-' || (period_begin + 4) as release_period,
  runtime_min, original_language,
  genres, genres[1] as primary_genre,
  directors, directors[1] as director,
  cast_members, cast_members[1] as lead_actor,
  production_companies, string_split(production_countries, ', ') as production_countries,
  certificate, vote_average, vote_count, imdb_rating, imdb_votes,
  budget, revenue,
  cpi_base,
  cpi_factor, coalesce(cpi_method, 'unavailable') as cpi_method,
  budget_real, revenue_real,
  revenue_real - budget_real as profit_real,
  roi, multiple, budget_tier,
  case rule when 1 then 'imdb_id' when 2 then 'title_year' when 3 then 'title_runtime' else 'none' end as match_method,
  case director_rule when 1 then 'imdb_id' when 2 then 'title_year' when 3 then 'title_runtime' else 'none' end
    as director_method,
  case cast_rule when 1 then 'imdb_id' when 2 then 'title_year' when 3 then 'title_runtime' else 'none' end
    as lead_actor_method,
  case when rule is null then ['movie_metadata/TMDB_movie_dataset_v11.csv']
    else ['genre_cast_director/credits.csv', 'movie_metadata/TMDB_movie_dataset_v11.csv'] end as sources,
  coalesce(is_ambiguous, false) as is_ambiguous
from enriched
cross join (select max(cpi_base) as cpi_base from prices);
