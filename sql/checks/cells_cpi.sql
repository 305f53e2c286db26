-- cells_cpi: optional cells of a price index that were made null.
--
-- grain   one row a cell
-- key     file_id, record_key, column_name
-- inputs  raw_cpi, stg_cpi
--
-- There are none: month and value make the record (records_cpi), and any text names a series.
select
  r.file_id, r.record_key, 'series' as column_name, 'bad-text' as code, excerpt(r.series) as value,
  'got "' || excerpt(r.series) || '", expected the name of a series; cell set to null' as reason
from raw_cpi r
join stg_cpi s on s.file_id = r.file_id and s.record_key = r.record_key
where s.series is null and known(r.series) is not null
