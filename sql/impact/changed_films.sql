-- changed_films: the films whose own records changed, by their old and by their new identity.
--
-- grain   one row a film, some of which may be gone
-- key     movie_key
-- inputs  movie_identity_before (what identity_write and the deleted records were), movie_identity_after,
--         changed_movie_metadata (old and new versions), movie_identity (after)
--
-- Most changed records are identified as they were. Those with a TMDB id say themselves of which film they are.
select movie_key from movie_identity_before
union
select movie_key from movie_identity_after
union
select tmdb_key(tmdb_id) as movie_key from changed_movie_metadata where tmdb_id is not null
union
select i.movie_key
from movie_identity i
join (select distinct file_id, record_key from changed_movie_metadata where tmdb_id is null) c
  on c.file_id = i.file_id and c.record_key = i.record_key
