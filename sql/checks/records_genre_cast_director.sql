-- records_genre_cast_director: credit records that can't be used at all.
--
-- grain   one row a fault; such a record is quarantined whole
-- key     file_id, record_key, column_name
-- inputs  raw_genre_cast_director, stg_genre_cast_director
select
  r.file_id, r.record_key, 'title' as column_name, 'missing-title' as code, excerpt(r.title) as value,
  'got neither a title nor an IMDb id, expected one of them to know the film by; record set aside' as reason
from raw_genre_cast_director r
join stg_genre_cast_director s on s.file_id = r.file_id and s.record_key = r.record_key
where s.title is null and s.imdb_id is null
