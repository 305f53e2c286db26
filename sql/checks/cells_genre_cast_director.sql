-- cells_genre_cast_director: optional cells of credit records that were made null because they couldn't be read.
--
-- grain   one row a cell
-- key     file_id, record_key, column_name
-- inputs  raw_genre_cast_director, suspects_genre_cast_director
--
-- What says "unknown" (-, N/A, nan, ...) is no fault, nor is 0 for money, minutes and marks, nor an empty list.
with cells as (
  select r.*, s.no_imdb_id, s.no_year, s.no_runtime, s.no_genres, s.no_directors,
    s.no_cast_members, s.no_imdb_rating, s.no_imdb_votes
  from raw_genre_cast_director r
  join suspects_genre_cast_director s on s.file_id = r.file_id and s.record_key = r.record_key
),

faults as (
  select file_id, record_key, 'imdb_id' as column_name, 'bad-imdb-id' as code, imdb_id as value,
    'an IMDb title id such as tt0499549' as expected
  from cells
  where no_imdb_id and known(imdb_id) is not null and not is_zero(imdb_id)
  union all
  select file_id, record_key, 'release_date', 'bad-date', release_date, 'a date or a year from 1870 to 2099'
  from cells
  where no_year and known(release_date) is not null and not is_zero(release_date)
  union all
  select file_id, record_key, 'release_year', 'bad-year', release_year, 'a year from 1870 to 2099'
  from cells
  where parse_year(release_year) is null and known(release_year) is not null and not is_zero(release_year)
  union all
  select file_id, record_key, 'runtime', 'bad-runtime', runtime, 'minutes, such as 115 or 1h 55m'
  from cells
  where no_runtime and known(runtime) is not null and not is_zero(runtime)
  union all
  select file_id, record_key, 'genres', 'bad-list', genres, 'a whole list of names'
  from cells
  where no_genres and (is_broken_list(genres) or is_oversized_genres(genres))
  union all
  select file_id, record_key, 'directors', 'bad-list', directors, 'a whole list of names'
  from cells
  where no_directors and is_broken_list(directors)
  union all
  select file_id, record_key, 'cast_members', 'bad-list', cast_members, 'a whole list of names'
  from cells
  where no_cast_members and is_broken_list(cast_members)
  union all
  select file_id, record_key, 'imdb_rating', 'bad-rating', imdb_rating, 'a mark above 0 and up to 10'
  from cells
  where no_imdb_rating and known(imdb_rating) is not null and not is_zero(imdb_rating)
  union all
  select file_id, record_key, 'imdb_votes', 'bad-number', imdb_votes, 'a whole number from 0'
  from cells
  where no_imdb_votes and known(imdb_votes) is not null
)

select
  file_id, record_key, column_name, code, excerpt(value) as value,
  'got "' || excerpt(value) || '", expected ' || expected || '; cell set to null' as reason
from faults
