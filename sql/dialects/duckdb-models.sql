-- DuckDB 1.5: marquee's own functions for the models (those that read values out of text stand in duckdb.sql).

-- The key of the film that a TMDB id names, whatever else its records say.
create or replace macro tmdb_key(tmdb_id) as 'tmdb:' || cast(tmdb_id as varchar);

-- The row of cpi_factors that prices a release: its month, or (month 0) its year where that is the basis or all we know.
create or replace macro cpi_period(basis, release_date, release_year) as
  case when basis = 'month' and release_date is not null then year(release_date) * 100 + month(release_date)
  else release_year * 100 end;

-- The part of a whole amount that falls to a place of so many equal parts: largest remainder, first come first.
create or replace macro whole_share(amount, parts, place) as
  cast(amount // parts + case when place <= amount % parts then 1 else 0 end as bigint);
