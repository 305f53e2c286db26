-- stg_movie_metadata: a film record as one file tells it, typed and standardised.
-- Grain:  one row a raw record (file_id, record_key).      Key: file_id, record_key.
-- Inputs: raw_movie_metadata (canonical text columns), raw_file (date_order of the file's shape).
-- Units:  budget and revenue whole US dollars, null = unknown (0 and unreadable are unknown, never 0);
--         runtime_min minutes; ratings 0..10 exclusive of 0 (TMDB writes 0.0 where nobody voted).
with raw as (
  select r.*, f.date_order
  from raw_movie_metadata as r
  join raw_file as f on f.file_id = r.file_id
),
-- A million films have some thousands of combinations of genres, and fewer of countries: each is read once.
genre_lists as (
  select genres as written, parse_genres(genres) as genres
  from (select distinct genres from raw_movie_metadata where genres is not null) w
),
country_lists as (
  select production_countries as written, parse_list(production_countries) as production_countries
  from (select distinct production_countries from raw_movie_metadata where production_countries is not null) w
),
-- The year column decides the century of a date such as 6/9/66, so it is read first.
years as (
  select raw.*, parse_year(release_year) as stated_year
  from raw
),
dates as (
  select
    years.*,
    parse_date(release_date, date_order, stated_year) as parsed_date,
    coalesce(clean_text(mended(title)), clean_text(mended(original_title))) as clean_title
  from years
),
released as (
  -- A date that says less than a day ("November 1980 (Japan)") still says the year.
  select dates.*, cast(coalesce(year(parsed_date), stated_year, parse_year(release_date)) as int) as known_year
  from dates
),
money as (
  select
    released.*,
    parse_money(budget) as budget_usd,
    parse_money(revenue) as revenue_usd,
    parse_money(domestic_revenue) as domestic_usd,
    parse_money(foreign_revenue) as foreign_usd
  from released
)
select
  file_id,
  record_key,

  case when parse_integer(tmdb_id) > 0 then parse_integer(tmdb_id) end as tmdb_id,
  parse_imdb_id(imdb_id) as imdb_id,
  clean_title as title,
  clean_text(mended(original_title)) as original_title,
  title_key(without_year(clean_title, known_year)) as title_key,

  parsed_date as release_date,
  known_year as release_year,
  parse_minutes(runtime) as runtime_min,
  known(status) as status,
  lower(known(original_language)) as original_language,

  g.genres,
  parse_people(directors) as directors,
  parse_people(cast_members) as cast_members,
  case when not is_oversized_companies(production_companies) then parse_list(mended(production_companies)) end
    as production_companies,
  c.production_countries,
  known(certificate) as certificate,

  parse_rating(vote_average) as vote_average,
  parse_integer(vote_count) as vote_count,
  parse_rating(imdb_rating) as imdb_rating,
  parse_integer(imdb_votes) as imdb_votes,

  budget_usd as budget,
  -- Box Office Mojo publishes the two halves. Half a sum is not the sum: a blank or unreadable half
  -- (the "1,131.6" that means millions) leaves revenue unknown.
  coalesce(revenue_usd, domestic_usd + foreign_usd) as revenue
from money
left join genre_lists g on g.written = money.genres
left join country_lists c on c.written = money.production_countries
