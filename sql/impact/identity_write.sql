-- identity_write: the metadata records without a TMDB id whose film may have changed, and so must be identified again.
--
-- grain   one row a record and what it says or said of itself, those that are gone, or have a TMDB id by now, among them
-- key     file_id, record_key, imdb_id, title_key, release_year
-- inputs  reidentified (old and new versions of the changed records), stg_movie_metadata (after)
--
-- Hop 1: all records without a TMDB id of an imdb_id that a changed record names, or whose title and year a
-- changed record with a TMDB id has. Hop 2: the records by title alone that look among any of these.
with changed_ids as (
  select distinct imdb_id from reidentified where imdb_id is not null
),

changed_namesakes as (
  select distinct title_key, release_year
  from reidentified
  where tmdb_id is not null and title_key is not null and release_year is not null
),

imdb_ids as (
  select imdb_id from changed_ids
  union
  select r.imdb_id
  from stg_movie_metadata r
  join changed_namesakes c on c.title_key = r.title_key and c.release_year = r.release_year
  where r.tmdb_id is null and r.imdb_id is not null
),

first_hop as (
  select file_id, record_key, tmdb_id, imdb_id, title_key, release_year from reidentified
  union
  select r.file_id, r.record_key, r.tmdb_id, r.imdb_id, r.title_key, r.release_year
  from stg_movie_metadata r
  join imdb_ids i on i.imdb_id = r.imdb_id
  where r.tmdb_id is null
),

titles as (
  select distinct title_key, release_year from first_hop
)

select file_id, record_key, imdb_id, title_key, release_year
from first_hop
where tmdb_id is null
union
select r.file_id, r.record_key, r.imdb_id, r.title_key, r.release_year
from stg_movie_metadata r
join titles t on t.title_key = r.title_key and t.release_year = r.release_year
where r.tmdb_id is null and r.imdb_id is null
