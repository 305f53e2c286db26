-- affected_films: every film whose row of movies_enriched may change, some of which may be gone.
--
-- grain   one row a film
-- key     movie_key
-- inputs  changed_films, matched_films, changed_periods, cpi_factors_before, cpi_factors, movies (after), settings
--
-- The base stands on every film, priced or not: when it moves, all films change.
select movie_key from changed_films
union
select movie_key from matched_films
union
select m.movie_key
from movies m
cross join settings s
join changed_periods p on p.period = cpi_period(s.cpi_basis, m.release_date, m.release_year)
union
select m.movie_key
from movies m
cross join (select max(cpi_base) as cpi_base from cpi_factors_before) b
cross join (select max(cpi_base) as cpi_base from cpi_factors) a
where a.cpi_base is distinct from b.cpi_base
