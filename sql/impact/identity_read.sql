-- identity_read: the records that movie_identity must see to identify those of identity_write rightly.
--
-- grain   one row a record
-- key     file_id, record_key
-- inputs  identity_write, stg_movie_metadata (after)
--
-- More is read than written: a record by title alone counts all films of its title and year, and each of these
-- that hangs on an imdb_id needs all records of that imdb_id, and whatever these may be joined to.
with titles as (
  select distinct title_key, release_year from identity_write where imdb_id is null
),

candidates as (
  select file_id, record_key, null as tmdb_id, imdb_id from identity_write
  union
  select r.file_id, r.record_key, r.tmdb_id, r.imdb_id
  from stg_movie_metadata r
  join titles t on t.title_key = r.title_key and t.release_year = r.release_year
),

imdb_ids as (
  select distinct imdb_id from candidates where tmdb_id is null and imdb_id is not null
),

imdb_records as (
  select r.file_id, r.record_key, r.tmdb_id, r.title_key, r.release_year
  from stg_movie_metadata r
  join imdb_ids i on i.imdb_id = r.imdb_id
),

imdb_titles as (
  select distinct title_key, release_year from imdb_records where tmdb_id is null
)

select file_id, record_key
from candidates
union
select file_id, record_key
from imdb_records
union
select r.file_id, r.record_key
from stg_movie_metadata r
join imdb_titles t on t.title_key = r.title_key and t.release_year = r.release_year
where r.tmdb_id is not null
