-- film_records: all records of the changed films, which is what movies must see of them.
--
-- grain   one row a record
-- key     file_id, record_key
-- inputs  changed_films, movie_identity (after), stg_movie_metadata (after)
select r.file_id, r.record_key
from stg_movie_metadata r
join changed_films f on tmdb_id_of(f.movie_key) = r.tmdb_id
union all
select i.file_id, i.record_key
from movie_identity i
join changed_films f on f.movie_key = i.movie_key
