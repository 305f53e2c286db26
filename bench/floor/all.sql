-- From nothing: all of them are kept.
create table store.records as from records;
create table store.pairs as select record_key, row_hash from store.records order by record_key;
create view new_rows as from typed('store.records');
