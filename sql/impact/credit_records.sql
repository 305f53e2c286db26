-- credit_records: the credits that movie_credits must see to match the films of matched_films.
--
-- grain   one row a record key; every file's record of that key is read, since one of them is in force
-- key     record_key
-- inputs  matched_films, movies (after), stg_genre_cast_director (after)
with films as (
  select m.imdb_id, m.title_key
  from movies m
  join matched_films f on f.movie_key = m.movie_key
)

select c.record_key
from stg_genre_cast_director c
join (select distinct imdb_id from films) f on f.imdb_id = c.imdb_id
union
select c.record_key
from stg_genre_cast_director c
join (select distinct title_key from films) f on f.title_key = c.title_key
