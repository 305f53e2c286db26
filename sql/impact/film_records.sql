-- film_records: all records of the changed films, which is what movies must see of them.
--
-- grain   one row a record
-- key     file_id, record_key
-- inputs  changed_films, movie_identity (after)
select i.file_id, i.record_key
from movie_identity i
join changed_films f on f.movie_key = i.movie_key
