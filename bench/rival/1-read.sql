-- The three files, typed. Only what is used is read; the data needs no more care than this. Films are sorted by year at
-- once, since they will be written so: sorting them later, with all their columns, costs twice as much.
create table films as
select
  id, imdb_id, title, original_title,
  case
    when regexp_full_match(title, '[A-Za-z0-9]+(?: [A-Za-z0-9]+)*') then lower(title)
    else nullif(trim(regexp_replace(lower(strip_accents(title)), '[^\p{L}\p{N}]+', ' ', 'g')), '')
  end as title_key,
  status, release_date,
  cast(year(release_date) as int) as release_year,
  nullif(runtime, 0) as runtime_min,
  original_language, genres, production_companies, production_countries,
  nullif(vote_average, 0) as vote_average,
  vote_count,
  nullif(budget, 0) as budget,
  nullif(revenue, 0) as revenue
from read_csv('{raw}/movie_metadata/TMDB_movie_dataset_v11.csv',
  auto_detect = false, header = true, delim = ',', quote = '"', escape = '"',
  columns = {
    id: 'bigint', title: 'varchar', vote_average: 'double', vote_count: 'bigint', status: 'varchar',
    release_date: 'date', revenue: 'bigint', runtime: 'int', adult: 'varchar', backdrop_path: 'varchar',
    budget: 'bigint', homepage: 'varchar', imdb_id: 'varchar', original_language: 'varchar',
    original_title: 'varchar', overview: 'varchar', popularity: 'double', poster_path: 'varchar',
    tagline: 'varchar', genres: 'varchar', production_companies: 'varchar', production_countries: 'varchar',
    spoken_languages: 'varchar', keywords: 'varchar'
  })
order by release_year;

create table credits as
select
  row_number() over () as credit,
  imdb_id,
  nullif(trim(regexp_replace(lower(strip_accents(title)), '[^\p{L}\p{N}]+', ' ', 'g')), '') as title_key,
  year as release_year,
  nullif(runtime, 0) as runtime_min,
  string_split(genre, ', ') as genres,
  string_split(director, ', ') as directors,
  string_split(stars, ', ') as cast_members,
  certificate,
  nullif(imdb_rating, 0) as imdb_rating,
  imdb_votes
from read_csv('{raw}/genre_cast_director/credits.csv',
  auto_detect = false, header = true, delim = ',', quote = '"', escape = '"',
  columns = {
    imdb_id: 'varchar', title: 'varchar', year: 'int', runtime: 'int', director: 'varchar', stars: 'varchar',
    genre: 'varchar', imdb_rating: 'double', imdb_votes: 'bigint', certificate: 'varchar'
  });

-- What a dollar of each month is worth in dollars of the newest one; a hole is filled on a straight line.
create table prices as
with published as (
  select year(observation_date) * 12 + month(observation_date) - 1 as position, round(CPIAUCSL * 1000000) as value
  from read_csv('{raw}/cpi/CPIAUCSL.csv',
    auto_detect = false, header = true, delim = ',', columns = { observation_date: 'date', CPIAUCSL: 'double' })
  where CPIAUCSL is not null
),
newest as (
  select max(position) as position, arg_max(value, position) as value from published
),
valued as (
  select
    c.position,
    case when a.position is null then b.value
      else b.value + (a.value - b.value) * (c.position - b.position) / greatest(a.position - b.position, 1)
    end as value,
    case
      when b.position = c.position then 'exact'
      when a.position is null then 'carried_forward'
      else 'interpolated'
    end as cpi_method
  from range(1870 * 12, 2101 * 12) as c(position)
  asof join published b on b.position <= c.position
  asof left join published a on a.position >= c.position
)
select
  v.position,
  v.value / 1000000 as cpi_value,
  n.value / 1000000 as base_value,
  n.value / v.value as cpi_factor,
  (n.position // 12)::varchar || '-' || lpad((n.position % 12 + 1)::varchar, 2, '0') as cpi_base,
  v.cpi_method
from valued v
cross join newest n;
