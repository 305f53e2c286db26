-- matched_films: the films whose credits may have changed: those of which the cascade is told something other than
-- before, and those that a changed credit met before or meets now by any rule of it.
--
-- grain   one row a film
-- key     movie_key
-- inputs  movies_before, movies_after (the films that were written), changed_genre_cast_director (old and new
--         versions), movies (after)
--
-- What a film is asked for stands in movie_credits: what it is matched by, and which fields it has itself.
with asked as (
  select
    movie_key, imdb_id, title_key, release_year, runtime_min,
    genres is null as lacks_genres, directors is null as lacks_directors,
    cast_members is null as lacks_cast, certificate is null as lacks_certificate,
    imdb_rating is null as lacks_rating, imdb_votes is null as lacks_votes
  from movies_before
  union all
  select
    movie_key, imdb_id, title_key, release_year, runtime_min,
    genres is null as lacks_genres, directors is null as lacks_directors,
    cast_members is null as lacks_cast, certificate is null as lacks_certificate,
    imdb_rating is null as lacks_rating, imdb_votes is null as lacks_votes
  from movies_after
)

select movie_key
from asked
group by
  movie_key, imdb_id, title_key, release_year, runtime_min,
  lacks_genres, lacks_directors, lacks_cast, lacks_certificate, lacks_rating, lacks_votes
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
