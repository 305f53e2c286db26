-- movies_enriched: every film with its credits, its features and its money in constant dollars.
--
-- grain   one row a film; no film of the metadata is missing
-- key     movie_key
-- inputs  movies, movie_credits, cpi_factors, settings
-- units   budget, revenue: whole nominal US dollars, null when unknown; *_real: whole dollars of cpi_base
with bases as (
  select max(cpi_base) as cpi_base from cpi_factors
),

films as (
  select
    m.*,
    b.cpi_base as base,
    s.min_budget,
    cpi_period(s.cpi_basis, m.release_date, m.release_year) as period
  from movies m
  cross join settings s
  cross join bases b
),

priced as (
  select
    f.*,
    p.cpi_factor,
    coalesce(p.cpi_method, 'unavailable') as cpi_method,
    cast(round(f.budget * p.cpi_base_value / p.cpi_value) as bigint) as budget_real,
    cast(round(f.revenue * p.cpi_base_value / p.cpi_value) as bigint) as revenue_real,
    f.budget is not null and f.revenue is not null and f.budget >= f.min_budget as has_roi
  from films f
  left join cpi_factors p on p.period = f.period
)

select
  m.movie_key, m.tmdb_id, m.imdb_id,
  m.title, m.original_title, m.title_key, m.status,
  m.release_date, m.release_year,
  quarter(m.release_date) as release_quarter,
  month(m.release_date) as release_month,
  case
    when month(m.release_date) in (12, 1, 2) then 'winter'
    when month(m.release_date) in (3, 4, 5) then 'spring'
    when month(m.release_date) in (6, 7, 8) then 'summer'
    when month(m.release_date) in (9, 10, 11) then 'autumn'
  end as release_season,
  cast(m.release_year - m.release_year % 10 as string) || 's' as release_decade,
  cast(m.release_year - m.release_year % 5 as string) || '-'
    || cast(m.release_year - m.release_year % 5 + 4 as string) as release_period,
  m.runtime_min, m.original_language,
  coalesce(m.genres, c.genres) as genres,
  element_at(coalesce(m.genres, c.genres), 1) as primary_genre,
  coalesce(m.directors, c.directors) as directors,
  element_at(coalesce(m.directors, c.directors), 1) as director,
  coalesce(m.cast_members, c.cast_members) as cast_members,
  coalesce(element_at(m.cast_members, 1), c.lead_actor) as lead_actor,
  m.production_companies, m.production_countries,
  coalesce(m.certificate, c.certificate) as certificate,
  m.vote_average, m.vote_count,
  coalesce(m.imdb_rating, c.imdb_rating) as imdb_rating,
  coalesce(m.imdb_votes, c.imdb_votes) as imdb_votes,
  m.budget, m.revenue,
  m.base as cpi_base, m.cpi_factor, m.cpi_method,
  m.budget_real, m.revenue_real,
  m.revenue_real - m.budget_real as profit_real,
  case when m.has_roi then cast(m.revenue - m.budget as double) / m.budget end as roi,
  case when m.has_roi then cast(m.revenue as double) / m.budget end as multiple,
  case
    when m.budget is null then 'unknown'
    when coalesce(m.budget_real, m.budget) < 1000000 then 'micro'
    when coalesce(m.budget_real, m.budget) < 10000000 then 'low'
    when coalesce(m.budget_real, m.budget) < 50000000 then 'mid'
    when coalesce(m.budget_real, m.budget) < 100000000 then 'high'
    else 'blockbuster'
  end as budget_tier,
  coalesce(c.match_method, 'none') as match_method,
  case when m.directors is not null then 'metadata' else coalesce(c.director_method, 'none') end as director_method,
  case when m.cast_members is not null then 'metadata' else coalesce(c.lead_actor_method, 'none') end
    as lead_actor_method,
  case when c.credit_files is null then m.metadata_files else c.credit_files || m.metadata_files end as sources,
  m.is_identity_ambiguous or coalesce(c.is_match_ambiguous, false) as is_ambiguous
from priced m
left join movie_credits c on c.movie_key = m.movie_key
