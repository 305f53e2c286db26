-- movie_people: who directed and who played in a film, in billing order.
--
-- grain   film x person x role
-- key     movie_key, person, role
-- inputs  movies_enriched
-- units   weight sums to 1 for each film and role
with people as (
  select movie_key, 'director' as role, directors as names, explode(sequence(1, size(directors))) as position
  from movies_enriched
  where directors is not null
  union all
  select movie_key, 'cast' as role, cast_members as names, explode(sequence(1, size(cast_members))) as position
  from movies_enriched
  where cast_members is not null
)

select
  movie_key,
  element_at(names, position) as person,
  role,
  cast(position as int) as position,
  cast(1 as double) / size(names) as weight
from people
