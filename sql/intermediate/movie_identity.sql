-- movie_identity: which film a metadata record without a TMDB id belongs to. Of one with a TMDB id nobody need ask.
--
-- grain   one row a record of stg_movie_metadata that has no TMDB id
-- key     file_id, record_key
-- inputs  stg_movie_metadata
--
-- A record with a TMDB id is that film; different ids never merge. A record without one is anchored by its
-- imdb_id: to the one film whose records carry it, else to the one film of its title and year that names no
-- imdb_id of its own, else it stands alone. All records of one imdb_id go the same way. A record with neither
-- id joins the one film that has its title key and release year. Two or more candidates are an ambiguity:
-- the record stands alone and says so. An empty title key or an unknown year matches nothing.
-- Of a million films with a TMDB id only those are looked at that some other record may belong to.
with records as (
  select
    file_id, record_key, tmdb_id, imdb_id, title_key, release_year,
    title_key || ':' || cast(release_year as string) as title_year
  from stg_movie_metadata
),

id_records as (
  select * from records where tmdb_id is not null
),

imdb_records as (
  select * from records where tmdb_id is null and imdb_id is not null
),

imdb_ids as (
  select distinct imdb_id from imdb_records
),

carriers as (
  select f.imdb_id, count(distinct f.tmdb_id) as count_films, min(f.tmdb_id) as tmdb_id
  from id_records f
  join imdb_ids i on i.imdb_id = f.imdb_id
  group by f.imdb_id
),

-- A film whose record of this title and year names an imdb_id is another film: carriers would have found it.
namesakes as (
  select r.imdb_id, f.tmdb_id
  from imdb_records r
  join id_records f on f.title_year = r.title_year
  group by r.imdb_id, f.tmdb_id
  having not bool_or(f.imdb_id is not null)
),

namesake_counts as (
  select imdb_id, count(*) as count_films, min(tmdb_id) as tmdb_id
  from namesakes
  group by imdb_id
),

imdb_anchors as (
  select
    r.imdb_id,
    case
      when c.count_films = 1 then tmdb_key(c.tmdb_id)
      when c.count_films is null and n.count_films = 1 then tmdb_key(n.tmdb_id)
      else 'imdb:' || r.imdb_id
    end as movie_key,
    case
      when c.count_films = 1 then 'imdb_id'
      when c.count_films is null and n.count_films = 1 then 'title_year'
      else 'alone'
    end as identity_method,
    coalesce(c.count_films, n.count_films, 1) > 1 as is_ambiguous
  from imdb_ids r
  left join carriers c on c.imdb_id = r.imdb_id
  left join namesake_counts n on n.imdb_id = r.imdb_id
),

anchored as (
  select r.file_id, r.record_key, r.title_year, a.movie_key, a.identity_method, a.is_ambiguous
  from imdb_records r
  join imdb_anchors a on a.imdb_id = r.imdb_id
),

title_records as (
  select * from records where tmdb_id is null and imdb_id is null
),

titles as (
  select distinct title_year from title_records
),

title_candidates as (
  select f.title_year, count(distinct f.movie_key) as count_films, min(f.movie_key) as movie_key
  from (
    select r.title_year, tmdb_key(r.tmdb_id) as movie_key
    from id_records r
    join titles t on t.title_year = r.title_year
    union all
    select a.title_year, a.movie_key
    from anchored a
    join titles t on t.title_year = a.title_year
  ) f
  group by f.title_year
)

select file_id, record_key, movie_key, identity_method, is_ambiguous
from anchored
union all
select
  r.file_id, r.record_key,
  case
    when c.count_films = 1 then c.movie_key
    when r.title_key is null
      then 'title::' || coalesce(cast(r.release_year as string), '') || ':' || cast(r.record_key as string)
    else 'title:' || r.title_key || ':' || coalesce(cast(r.release_year as string), '')
  end as movie_key,
  case when c.count_films = 1 then 'title_year' else 'alone' end as identity_method,
  coalesce(c.count_films, 1) > 1 as is_ambiguous
from title_records r
left join title_candidates c on c.title_year = r.title_year
