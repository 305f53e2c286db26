-- suspects_genre_cast_director: credit records that may have a cell that couldn't be read, by cheap tests over narrow columns.
--
-- grain   one row a record
-- key     file_id, record_key
-- inputs  raw_genre_cast_director, stg_genre_cast_director
--
-- Where there is none, as mostly, nobody looks at cells.
with written as (
  select
    file_id, record_key,
    imdb_id is not null as has_imdb_id,
    release_date is not null as has_release_date,
    regexp_like(runtime, '[^0.]') as has_runtime,
    genres is not null as has_genres,
    directors is not null as has_directors,
    cast_members is not null as has_cast_members,
    regexp_like(imdb_rating, '[^0.]') as has_imdb_rating,
    imdb_votes is not null as has_imdb_votes,
    coalesce((parse_year(release_year) is null and regexp_like(release_year, '[^0.]')), false) as is_odd
  from raw_genre_cast_director
),

typed as (
  select
    file_id, record_key,
    imdb_id is null as no_imdb_id,
    release_year is null as no_year,
    runtime_min is null as no_runtime,
    genres is null as no_genres,
    directors is null as no_directors,
    cast_members is null as no_cast_members,
    imdb_rating is null as no_imdb_rating,
    imdb_votes is null as no_imdb_votes
  from stg_genre_cast_director
)

select s.*
from written r
join typed s on s.file_id = r.file_id and s.record_key = r.record_key
where r.is_odd
  or (r.has_imdb_id and s.no_imdb_id)
  or (r.has_release_date and s.no_year)
  or (r.has_runtime and s.no_runtime)
  or (r.has_genres and s.no_genres)
  or (r.has_directors and s.no_directors)
  or (r.has_cast_members and s.no_cast_members)
  or (r.has_imdb_rating and s.no_imdb_rating)
  or (r.has_imdb_votes and s.no_imdb_votes)
