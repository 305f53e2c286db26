-- What came takes the place of what it says anew.
begin;
delete from store.kept r using news n where n.record_key = r.record_key;
insert into store.kept from news;
delete from store.pairs p using news n where n.record_key = p.record_key;
insert into store.pairs select record_key, row_hash from news;
delete from store.enriched e using came c where c.id = e.id;
insert into store.enriched from came order by release_year;
commit;
