-- DuckDB 1.5: the names that models and views are written with (those that read values out of text stand in duckdb.sql). The
-- serving file takes them along, for its views.

-- 1. Spark's names ------------------------------------------------------------------------------------------------
-- A macro hides the built-in of its name; `system.main.` reaches the built-in, so that none of these calls itself.
-- Aggregates as macros take neither `order by` nor `filter` nor `distinct`.
create or replace macro explode(l) as unnest(l);
create or replace macro element_at(l, i) as l[i];                        -- from 1; negative from the end; null outside
create or replace macro size(l) as len(l);
create or replace macro sequence(a, b) as generate_series(a, b);
create or replace macro array_repeat(x, n) as list_transform(range(n), lambda i: x);
create or replace macro collect_list(x) as list(x) filter (where x is not null);
create or replace macro regexp_like(s, p) as regexp_matches(s, p);
create or replace macro regexp_replace(s, p, r) as system.main.regexp_replace(s, p, r, 'g');
create or replace macro datediff(later, earlier) as date_diff('day', cast(earlier as date), cast(later as date));

-- 2. marquee's own --------------------------------------------------------------------------------------------------
-- The key of the film that a TMDB id names, whatever else its records say.
create or replace macro tmdb_key(tmdb_id) as 'tmdb:' || cast(tmdb_id as varchar);
create or replace macro tmdb_id_of(movie_key) as case
  when starts_with(movie_key, 'tmdb:') then try_cast(substr(movie_key, 6) as bigint) end;

-- The row of cpi_factors that prices a release: its month, or (month 0) its year where that is the basis or all we know.
create or replace macro cpi_period(basis, release_date, release_year) as
  case when basis = 'month' and release_date is not null then year(release_date) * 100 + month(release_date)
  else release_year * 100 end;

-- The part of a whole amount that falls to a place of so many equal parts: largest remainder, first come first.
create or replace macro whole_share(amount, parts, place) as
  cast(amount // parts + case when place <= amount % parts then 1 else 0 end as bigint);
