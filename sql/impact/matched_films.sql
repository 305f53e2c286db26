-- matched_films: the films whose credits may have changed: those of which the cascade is told something other than
-- before, and those that a changed credit met before or meets now by any rule of it.
--
-- grain   one row a film
-- key     movie_key
-- inputs  movies_before, movies_after (the films that were written), changed_genre_cast_director (old and new
--         versions), movies (after)
--
-- What a film is asked for stands in movie_credits: what it is matched by, and which fields it has itself.
with told as (
  select
    movie_key, imdb_id, title_key, release_year, runtime_min,
    genres, directors, cast_members, certificate, imdb_rating, imdb_votes
  from movies_before
  union all
  select
    movie_key, imdb_id, title_key, release_year, runtime_min,
    genres, directors, cast_members, certificate, imdb_rating, imdb_votes
  from movies_after
)

select movie_key
from told
group by
  movie_key, imdb_id, title_key, release_year, runtime_min,
  genres is null, directors is null, cast_members is null, certificate is null, imdb_rating is null, imdb_votes is null
having count(*) = 1
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
