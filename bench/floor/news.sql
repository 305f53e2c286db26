-- On top of what is there: only records that were not there as they are.
create table news as from records anti join store.pairs using (record_key, row_hash);
create view new_rows as from typed('news');
