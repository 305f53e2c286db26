-- records_movie_metadata: film records that can't be used at all.
--
-- grain   one row a fault; such a record is quarantined whole
-- key     file_id, record_key, column_name
-- inputs  raw_movie_metadata, stg_movie_metadata
--
-- A TMDB id that is no id must not turn into a film without one: the record would stand beside its own film.
select
  r.file_id, r.record_key, 'tmdb_id' as column_name, 'bad-key' as code, excerpt(r.tmdb_id) as value,
  'got "' || excerpt(r.tmdb_id) || '", expected a positive whole number; record set aside' as reason
from raw_movie_metadata r
join stg_movie_metadata s on s.file_id = r.file_id and s.record_key = r.record_key
where s.tmdb_id is null and known(r.tmdb_id) is not null
union all
select
  r.file_id, r.record_key, 'title' as column_name, 'missing-title' as code, excerpt(r.title) as value,
  'got no title, expected one; record set aside' as reason
from raw_movie_metadata r
join stg_movie_metadata s on s.file_id = r.file_id and s.record_key = r.record_key
where s.title is null
