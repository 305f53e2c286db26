-- movies: the films, each attribute filled from the best record that has it.
--
-- grain   one row a film
-- key     movie_key
-- inputs  stg_movie_metadata, movie_identity, raw_file
-- units   budget and revenue in whole nominal US dollars, runtime in minutes
--
-- Precedence of a film's records: with a TMDB id, then with an imdb_id, then by title alone; within these the
-- file's rank, then its path (later wins). An absent cell never overrides a present one. The year decides
-- which release dates may speak: a film never gets the year of one record and the date of another year.
-- Nearly every film has one record, which then is the film: ranking and filling a million of them would take longer than
-- all the rest of the model.
with several_ids as (
  select tmdb_id
  from (
    select tmdb_id from stg_movie_metadata where tmdb_id is not null
    union all
    select tmdb_id_of(movie_key) as tmdb_id from movie_identity where tmdb_id_of(movie_key) is not null
  ) r
  group by tmdb_id
  having count(*) > 1
),

several_keys as (
  select movie_key
  from movie_identity
  where tmdb_id_of(movie_key) is null
  group by movie_key
  having count(*) > 1
),

lone as (
  select r.*, tmdb_key(r.tmdb_id) as movie_key, false as is_ambiguous
  from stg_movie_metadata r
  anti join several_ids s on s.tmdb_id = r.tmdb_id
  where r.tmdb_id is not null
  union all
  select r.*, i.movie_key, i.is_ambiguous
  from stg_movie_metadata r
  join movie_identity i on i.file_id = r.file_id and i.record_key = r.record_key
  anti join several_keys s on s.movie_key = i.movie_key
  where tmdb_id_of(i.movie_key) is null
),

paths as (
  select file_id, array_sort(collect_list(path)) as metadata_files
  from raw_file
  group by file_id
),

shared as (
  select r.file_id, r.record_key, tmdb_key(r.tmdb_id) as movie_key, false as is_ambiguous
  from stg_movie_metadata r
  join several_ids s on s.tmdb_id = r.tmdb_id
  union all
  select i.file_id, i.record_key, i.movie_key, i.is_ambiguous
  from movie_identity i
  join several_ids s on s.tmdb_id = tmdb_id_of(i.movie_key)
  union all
  select i.file_id, i.record_key, i.movie_key, i.is_ambiguous
  from movie_identity i
  join several_keys s on s.movie_key = i.movie_key
),

contributions as (
  select
    i.movie_key, i.is_ambiguous, r.*, f.path,
    row_number() over (
      partition by i.movie_key
      order by
        case when r.tmdb_id is not null then 0 when r.imdb_id is not null then 1 else 2 end asc nulls last,
        f.file_rank desc nulls last, f.path_order desc nulls last, r.record_key asc nulls last
    ) as precedence
  from stg_movie_metadata r
  join shared i on i.file_id = r.file_id and i.record_key = r.record_key
  join raw_file f on f.file_id = r.file_id
),

years as (
  select movie_key, min_by(release_year, precedence) as release_year
  from contributions
  where release_year is not null
  group by movie_key
),

files as (
  select movie_key, array_sort(collect_list(path)) as metadata_files
  from (select distinct movie_key, path from contributions) p
  group by movie_key
),

filled as (
  select
    c.movie_key,
    max(c.tmdb_id) as tmdb_id,
    min_by(c.imdb_id, c.precedence) filter (where c.imdb_id is not null) as imdb_id,
    min_by(c.title, c.precedence) filter (where c.title is not null) as title,
    min_by(c.original_title, c.precedence) filter (where c.original_title is not null) as original_title,
    min_by(coalesce(c.title_key, ''), c.precedence) filter (where c.title is not null) as title_key,
    min_by(c.status, c.precedence) filter (where c.status is not null) as status,
    min_by(c.release_date, c.precedence)
      filter (where c.release_date is not null and c.release_year = y.release_year) as release_date,
    max(y.release_year) as release_year,
    min_by(c.runtime_min, c.precedence) filter (where c.runtime_min is not null) as runtime_min,
    min_by(c.original_language, c.precedence) filter (where c.original_language is not null) as original_language,
    min_by(c.genres, c.precedence) filter (where c.genres is not null) as genres,
    min_by(c.directors, c.precedence) filter (where c.directors is not null) as directors,
    min_by(c.cast_members, c.precedence) filter (where c.cast_members is not null) as cast_members,
    min_by(c.production_companies, c.precedence)
      filter (where c.production_companies is not null) as production_companies,
    min_by(c.production_countries, c.precedence)
      filter (where c.production_countries is not null) as production_countries,
    min_by(c.certificate, c.precedence) filter (where c.certificate is not null) as certificate,
    min_by(c.vote_average, c.precedence) filter (where c.vote_average is not null) as vote_average,
    min_by(c.vote_count, c.precedence) filter (where c.vote_count is not null) as vote_count,
    min_by(c.imdb_rating, c.precedence) filter (where c.imdb_rating is not null) as imdb_rating,
    min_by(c.imdb_votes, c.precedence) filter (where c.imdb_votes is not null) as imdb_votes,
    min_by(c.budget, c.precedence) filter (where c.budget is not null) as budget,
    min_by(c.revenue, c.precedence) filter (where c.revenue is not null) as revenue,
    bool_or(c.is_ambiguous) as is_identity_ambiguous
  from contributions c
  left join years y on y.movie_key = c.movie_key
  group by c.movie_key
)

select
  r.movie_key, r.tmdb_id, r.imdb_id, r.title, r.original_title,
  case when r.title is not null then r.title_key end as title_key, r.status, r.release_date,
  r.release_year, r.runtime_min, r.original_language, r.genres, r.directors, r.cast_members,
  r.production_companies, r.production_countries, r.certificate, r.vote_average, r.vote_count,
  r.imdb_rating, r.imdb_votes, r.budget, r.revenue, r.is_ambiguous as is_identity_ambiguous,
  f.metadata_files
from lone r
join paths f on f.file_id = r.file_id
union all
select
  m.movie_key, m.tmdb_id, m.imdb_id, m.title, m.original_title,
  nullif(m.title_key, '') as title_key, m.status, m.release_date,
  m.release_year, m.runtime_min, m.original_language, m.genres, m.directors, m.cast_members,
  m.production_companies, m.production_countries, m.certificate, m.vote_average, m.vote_count,
  m.imdb_rating, m.imdb_votes, m.budget, m.revenue, m.is_identity_ambiguous, f.metadata_files
from filled m
join files f on f.movie_key = m.movie_key
