-- matched_films: the films whose credits may have changed: the changed ones, and those that a changed credit
-- met before or meets now by any rule of the cascade.
--
-- grain   one row a film
-- key     movie_key
-- inputs  changed_films, changed_genre_cast_director (old and new versions), movies (after)
select movie_key from changed_films
union
select m.movie_key
from movies m
join (select distinct imdb_id from changed_genre_cast_director) c on c.imdb_id = m.imdb_id
union
select m.movie_key
from movies m
join (select distinct title_key, release_year from changed_genre_cast_director) c
  on c.title_key = m.title_key and c.release_year = m.release_year
union
select m.movie_key
from movies m
join (select distinct title_key, runtime_min from changed_genre_cast_director) c
  on c.title_key = m.title_key and c.runtime_min = m.runtime_min
