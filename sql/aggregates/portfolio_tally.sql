-- portfolio_tally: how many films each production company has of each genre.
--
-- grain   company x genre, Unknown where a film has no company or no genre
-- key     company, genre
-- inputs  movies_enriched
--
-- Films without a company, who are many, are counted by their lists of genres, which most share with others.
with company_lists as (
  select explode(production_companies) as company, genres, cast(1 as bigint) as films
  from movies_enriched
  where production_companies is not null
  union all
  select 'Unknown' as company, genres, count(*) as films
  from movies_enriched
  where production_companies is null
  group by genres
),

pairs as (
  select company, explode(genres) as genre, films from company_lists where genres is not null
  union all
  select company, 'Unknown' as genre, films from company_lists where genres is null
)

select company, genre, cast(sum(films) as bigint) as count_films
from pairs
group by company, genre
