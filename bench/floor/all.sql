-- From nothing: all of them are kept.
create table {keep}.kept as from records;
create table store.pairs as select record_key, row_hash from {keep}.kept order by record_key;
create view new_rows as from typed('{keep}.kept');
