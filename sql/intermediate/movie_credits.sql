-- movie_credits: what the credits say of a film, field by field, and by which rule we know.
--
-- grain   one row a film that at least one credit record matches
-- key     movie_key
-- inputs  movies, stg_genre_cast_director, raw_file
--
-- The cascade, strongest rule first: the same imdb_id; the same title key and year (a runtime within a minute
-- breaks ties); the same title key and runtime where the years don't contradict. A credit that names another
-- imdb_id than the film's never matches by title. One credit may serve several films. Candidates of one rule
-- that agree on the director or the year are ranked by votes, then key; if they agree on neither, the rule
-- says nothing and the ambiguity is recorded. A weaker rule fills only the fields that no stronger one filled,
-- and what the film's own metadata says is never asked for. Actors in billing order, of whatever rule, come before
-- actors in no order, who make up a cast without a lead.
-- Most films have one candidate, which then is the answer: to choose among the fields of one would fill memory with lists.
with credits as (
  -- The same record in several files: the file of highest precedence speaks.
  select c.*, f.path
  from stg_genre_cast_director c
  join raw_file f on f.file_id = c.file_id
  qualify row_number() over (
    partition by c.record_key order by f.file_rank desc nulls last, f.path_order desc nulls last
  ) = 1
),

hits as (
  select m.movie_key, 1 as rule, true as is_near, c.record_key
  from movies m
  join credits c on c.imdb_id = m.imdb_id
  union all
  select m.movie_key, 2 as rule, coalesce(abs(c.runtime_min - m.runtime_min) <= 1, false) as is_near, c.record_key
  from movies m
  join credits c on c.title_key = m.title_key and c.release_year = m.release_year
  where c.imdb_id is null or m.imdb_id is null
  union all
  select m.movie_key, 3 as rule, true as is_near, c.record_key
  from movies m
  join credits c on c.title_key = m.title_key and c.runtime_min = m.runtime_min
  where (c.imdb_id is null or m.imdb_id is null) and (c.release_year is null or m.release_year is null)
),

nearest as (
  select movie_key, rule, record_key
  from hits
  qualify is_near or not bool_or(is_near) over (partition by movie_key, rule)
),

candidates as (
  select
    n.movie_key, n.rule, c.record_key, c.path, c.release_year, c.imdb_votes as votes,
    title_key(element_at(c.directors, 1)) as director_key,
    case when m.genres is null then c.genres end as genres,
    case when m.directors is null then c.directors end as directors,
    case when m.cast_members is null then c.cast_members end as cast_members,
    case when m.cast_members is null then c.featured_actors end as featured_actors,
    case when m.certificate is null then c.certificate end as certificate,
    case when m.imdb_rating is null then c.imdb_rating end as imdb_rating,
    case when m.imdb_votes is null then c.imdb_votes end as imdb_votes
  from nearest n
  join credits c on c.record_key = n.record_key
  join movies m on m.movie_key = n.movie_key
),

agreements as (
  select
    movie_key, rule,
    count(*) = 1
      or coalesce(min(director_key) = max(director_key), false)
      or (coalesce(min(release_year) = max(release_year), false) and count(release_year) = count(*)) as is_agreed
  from candidates
  group by movie_key, rule
),

ranked as (
  select
    c.*,
    case c.rule when 1 then 'imdb_id' when 2 then 'title_year' else 'title_runtime' end as method,
    row_number() over (
      partition by c.movie_key order by c.rule asc nulls last, c.votes desc nulls last, c.record_key asc nulls last
    ) as precedence,
    count(*) over (partition by c.movie_key) as candidates
  from candidates c
  join agreements a on a.movie_key = c.movie_key and a.rule = c.rule
  where a.is_agreed
),

chosen as (
  select
    movie_key,
    min_by(method, precedence) as match_method,
    min_by(genres, precedence) filter (where genres is not null) as genres,
    min_by(directors, precedence) filter (where directors is not null) as directors,
    min_by(method, precedence) filter (where directors is not null) as director_method,
    min_by(cast_members, precedence) filter (where cast_members is not null) as cast_members,
    min_by(method, precedence) filter (where cast_members is not null) as lead_actor_method,
    min_by(featured_actors, precedence) filter (where featured_actors is not null) as featured_actors,
    min_by(certificate, precedence) filter (where certificate is not null) as certificate,
    min_by(imdb_rating, precedence) filter (where imdb_rating is not null) as imdb_rating,
    min_by(imdb_votes, precedence) filter (where imdb_votes is not null) as imdb_votes,
    min(precedence) filter (where genres is not null) as genres_from,
    min(precedence) filter (where directors is not null) as directors_from,
    coalesce(
      min(precedence) filter (where cast_members is not null),
      min(precedence) filter (where featured_actors is not null)
    ) as cast_from,
    min(precedence) filter (where certificate is not null) as certificate_from,
    min(precedence) filter (where imdb_rating is not null) as rating_from,
    min(precedence) filter (where imdb_votes is not null) as votes_from
  from ranked
  where candidates > 1
  group by movie_key
),

files as (
  select movie_key, array_sort(collect_list(path)) as credit_files
  from (
    select distinct r.movie_key, r.path
    from ranked r
    join chosen c on c.movie_key = r.movie_key
    where r.precedence in (
      c.genres_from, c.directors_from, c.cast_from, c.certificate_from, c.rating_from, c.votes_from
    )
  ) used
  group by movie_key
),

ambiguities as (
  select movie_key, not bool_and(is_agreed) as is_match_ambiguous
  from agreements
  group by movie_key
),

answers as (
  select
    movie_key, method as match_method, genres, directors,
    case when directors is not null then method end as director_method,
    coalesce(cast_members, featured_actors) as cast_members,
    element_at(cast_members, 1) as lead_actor,
    case when cast_members is not null then method end as lead_actor_method,
    certificate, imdb_rating, imdb_votes,
    case
      when coalesce(genres, directors, cast_members, featured_actors) is not null
        or certificate is not null or imdb_rating is not null or imdb_votes is not null
        then array_repeat(path, 1)
    end as credit_files
  from ranked
  where candidates = 1
  union all
  select
    c.movie_key, c.match_method, c.genres, c.directors, c.director_method,
    coalesce(c.cast_members, c.featured_actors) as cast_members,
    element_at(c.cast_members, 1) as lead_actor, c.lead_actor_method,
    c.certificate, c.imdb_rating, c.imdb_votes, f.credit_files
  from chosen c
  left join files f on f.movie_key = c.movie_key
)

select
  a.movie_key,
  coalesce(s.match_method, 'none') as match_method,
  s.genres, s.directors, s.director_method, s.cast_members, s.lead_actor, s.lead_actor_method,
  s.certificate, s.imdb_rating, s.imdb_votes, s.credit_files, a.is_match_ambiguous
from ambiguities a
left join answers s on s.movie_key = a.movie_key
