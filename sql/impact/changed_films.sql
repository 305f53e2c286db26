-- changed_films: the films whose own records changed, by their old and by their new identity.
--
-- grain   one row a film, some of which may be gone
-- key     movie_key
-- inputs  movie_identity_before (what identity_write and the deleted records were), movie_identity_after
select movie_key from movie_identity_before
union
select movie_key from movie_identity_after
