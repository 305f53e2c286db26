-- stg_genre_cast_director: one film's credits as one file tells them, typed and standardised.
-- Grain:  one row a raw record (file_id, record_key).      Key: file_id, record_key.
-- Inputs: raw_genre_cast_director (canonical text columns), raw_file (date_order of the file's shape).
-- Units:  runtime_min minutes; imdb_rating 0..10 exclusive of 0. Money of these files is not read: IMDB-5000 mixes
--         local currencies without saying so.
with raw as (
  select r.*, f.date_order
  from raw_genre_cast_director as r
  join raw_file as f on f.file_id = r.file_id
),
years as (
  select raw.*, clean_text(mended(title)) as clean_title, parse_year(release_year) as stated_year
  from raw
),
released as (
  -- The year that is stated is the film's; the date is the day of one country's release, a year later for what
  -- came out elsewhere in December. One that says less than a day ("November 1980 (Japan)") still says the year.
  select
    years.*,
    cast(
      coalesce(stated_year, year(parse_date(release_date, date_order, stated_year)), parse_year(release_date)) as int
    ) as known_year
  from years
)
select
  file_id,
  record_key,

  parse_imdb_id(imdb_id) as imdb_id,
  clean_title as title,
  title_key(without_year(clean_title, known_year)) as title_key,

  known_year as release_year,
  parse_minutes(runtime) as runtime_min,

  parse_genres(genres) as genres,
  parse_people(directors) as directors,
  -- In billing order; featured_actors are not.
  coalesce(
    parse_people(cast_members), known_names(known(mended(actor_1)), known(mended(actor_2)), known(mended(actor_3)))
  ) as cast_members,
  known_names(known(mended(featured_1)), known(mended(featured_2)), known(mended(featured_3))) as featured_actors,
  known(certificate) as certificate,

  parse_rating(imdb_rating) as imdb_rating,
  parse_integer(imdb_votes) as imdb_votes
from released
