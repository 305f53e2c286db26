-- cells_movie_metadata: optional cells of film records that were made null because they couldn't be read.
--
-- grain   one row a cell
-- key     file_id, record_key, column_name
-- inputs  raw_movie_metadata, suspects_movie_metadata
--
-- What says "unknown" (-, N/A, nan, ...) is no fault, nor is 0 for money, minutes and marks, nor an empty list.
with cells as (
  select r.*, s.no_imdb_id, s.no_release_date, s.no_runtime, s.no_genres, s.no_directors,
    s.no_cast_members, s.no_production_companies, s.no_production_countries, s.no_vote_average, s.no_vote_count,
    s.no_imdb_rating, s.no_imdb_votes
  from raw_movie_metadata r
  join suspects_movie_metadata s on s.file_id = r.file_id and s.record_key = r.record_key
),

faults as (
  select file_id, record_key, 'imdb_id' as column_name, 'bad-imdb-id' as code, imdb_id as value,
    'an IMDb title id such as tt0499549' as expected
  from cells
  where no_imdb_id and known(imdb_id) is not null and not is_zero(imdb_id)
  union all
  select file_id, record_key, 'release_date', 'bad-date', release_date,
    'a date from 1870 to 2099, its day and month in the order declared for the file'
  from cells
  where no_release_date and known(release_date) is not null and not is_zero(release_date)
    and not is_date_without_day(release_date)
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
  select file_id, record_key, 'production_companies', 'bad-list', production_companies, 'a whole list of names'
  from cells
  where no_production_companies
    and (is_broken_list(production_companies) or is_oversized_companies(production_companies))
  union all
  select file_id, record_key, 'production_countries', 'bad-list', production_countries, 'a whole list of names'
  from cells
  where no_production_countries and is_broken_list(production_countries)
  union all
  select file_id, record_key, 'vote_average', 'bad-rating', vote_average, 'a mark above 0 and up to 10'
  from cells
  where no_vote_average and known(vote_average) is not null and not is_zero(vote_average)
  union all
  select file_id, record_key, 'vote_count', 'bad-number', vote_count, 'a whole number from 0'
  from cells
  where no_vote_count and known(vote_count) is not null
  union all
  select file_id, record_key, 'imdb_rating', 'bad-rating', imdb_rating, 'a mark above 0 and up to 10'
  from cells
  where no_imdb_rating and known(imdb_rating) is not null and not is_zero(imdb_rating)
  union all
  select file_id, record_key, 'imdb_votes', 'bad-number', imdb_votes, 'a whole number from 0'
  from cells
  where no_imdb_votes and known(imdb_votes) is not null
  union all
  select file_id, record_key, 'budget', 'bad-money', budget, 'whole US dollars'
  from cells
  where parse_money(budget) is null and known(budget) is not null and not is_zero(budget)
  union all
  select file_id, record_key, 'revenue', 'bad-money', revenue, 'whole US dollars'
  from cells
  where parse_money(revenue) is null and known(revenue) is not null and not is_zero(revenue)
  union all
  select file_id, record_key, 'domestic_revenue', 'bad-money', domestic_revenue, 'whole US dollars'
  from cells
  where parse_money(domestic_revenue) is null and known(domestic_revenue) is not null and not is_zero(domestic_revenue)
  union all
  select file_id, record_key, 'foreign_revenue', 'bad-money', foreign_revenue, 'whole US dollars'
  from cells
  where parse_money(foreign_revenue) is null and known(foreign_revenue) is not null and not is_zero(foreign_revenue)
)

select
  file_id, record_key, column_name, code, excerpt(value) as value,
  'got "' || excerpt(value) || '", expected ' || expected || '; cell set to null' as reason
from faults
