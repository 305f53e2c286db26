-- Every record of the film file: which one it is, whether it is as it was, and the cells that are used.
create view records as
select
  md5_number(id) as record_key,
  md5_number(concat_ws(chr(31), id, coalesce(imdb_id, chr(30)), coalesce(title, chr(30)), coalesce(original_title, chr(30)),
    coalesce(status, chr(30)), coalesce(release_date, chr(30)), coalesce(runtime, chr(30)),
    coalesce(original_language, chr(30)), coalesce(genres, chr(30)), coalesce(production_companies, chr(30)),
    coalesce(production_countries, chr(30)), coalesce(vote_average, chr(30)), coalesce(vote_count, chr(30)),
    coalesce(budget, chr(30)), coalesce(revenue, chr(30)))) as row_hash,
  id, imdb_id, title, original_title, status, release_date, runtime, original_language, genres, production_companies,
  production_countries, vote_average, vote_count, budget, revenue
from {read_csv};

-- As the rival's read_csv gives them.
create macro typed(rows_of) as table
select * replace (
  cast(id as bigint) as id, cast(release_date as date) as release_date, cast(runtime as int) as runtime,
  cast(vote_average as double) as vote_average, cast(vote_count as bigint) as vote_count,
  cast(budget as bigint) as budget, cast(revenue as bigint) as revenue)
from query_table(rows_of);
