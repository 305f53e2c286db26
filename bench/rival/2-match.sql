-- What the credits say of a film: by imdb_id; by title and year (a runtime within a minute is better); by title and
-- runtime where one side has no year. A credit with another imdb_id never matches by title. Where the candidates of a
-- rule agree neither on director nor on year, the rule says nothing.
create table matches as
with hits as (
  select m.id, 1 as rule, true as is_near, c.credit
  from films m
  join credits c on c.imdb_id = m.imdb_id
  union all
  select
    m.id,
    case when c.release_year = m.release_year then 2 else 3 end,
    c.release_year is distinct from m.release_year or coalesce(abs(c.runtime_min - m.runtime_min) <= 1, false),
    c.credit
  from films m
  join credits c on c.title_key = m.title_key
  where (c.imdb_id is null or m.imdb_id is null)
    and (c.release_year = m.release_year
      or (c.runtime_min = m.runtime_min and (c.release_year is null or m.release_year is null)))
),
nearest as (
  select id, rule, credit
  from hits
  qualify is_near or not bool_or(is_near) over (partition by id, rule)
),
candidates as (
  select n.id, n.rule, c.*
  from nearest n
  join credits c on c.credit = n.credit
),
agreements as (
  select
    id, rule,
    count(*) = 1
      or count(distinct lower(directors[1])) = 1
      or (count(distinct release_year) = 1 and count(release_year) = count(*)) as is_agreed
  from candidates
  group by id, rule
),
ambiguities as (
  select id, not bool_and(is_agreed) as is_ambiguous
  from agreements
  group by id
),
ranked as (
  select
    c.*,
    row_number() over (partition by c.id order by c.rule, c.imdb_votes desc) as precedence
  from candidates c
  join agreements a using (id, rule)
  where a.is_agreed
),
chosen as (
  select
    id,
    min(rule) as rule,
    arg_min(genres, precedence) filter (where genres is not null) as genres,
    arg_min(directors, precedence) filter (where directors is not null) as directors,
    arg_min(rule, precedence) filter (where directors is not null) as director_rule,
    arg_min(cast_members, precedence) filter (where cast_members is not null) as cast_members,
    arg_min(rule, precedence) filter (where cast_members is not null) as cast_rule,
    arg_min(certificate, precedence) filter (where certificate is not null) as certificate,
    arg_min(imdb_rating, precedence) filter (where imdb_rating is not null) as imdb_rating,
    arg_min(imdb_votes, precedence) filter (where imdb_votes is not null) as imdb_votes
  from ranked
  group by id
)
select a.is_ambiguous, a.id, c.* exclude (id)
from ambiguities a
left join chosen c using (id);
