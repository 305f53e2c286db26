-- reidentified: the changed metadata records that say other of which film they are than before.
--
-- grain   one row a record and what it says or said of itself, the deleted ones among them
-- key     file_id, record_key, tmdb_id, imdb_id, title_key, release_year
-- inputs  changed_movie_metadata (old and new versions of the changed records)
--
-- These columns are all that movie_identity looks at, so a record whose old and new version agree in them decides nothing.
-- A changed key's record of another file, which did not change, is told of once: it is taken for changed.
select file_id, record_key, tmdb_id, imdb_id, title_key, release_year
from changed_movie_metadata
group by file_id, record_key, tmdb_id, imdb_id, title_key, release_year
having count(*) = 1
