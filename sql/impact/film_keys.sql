-- film_keys: every film there is.
--
-- grain   one row a film
-- key     movie_key
-- inputs  stg_movie_metadata, movie_identity
--
-- No change asks for it: a sample of the films is drawn from it.
select tmdb_key(tmdb_id) as movie_key from stg_movie_metadata where tmdb_id is not null
union
select movie_key from movie_identity
