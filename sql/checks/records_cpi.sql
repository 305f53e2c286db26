-- records_cpi: rows of a price index that can't be used at all.
--
-- grain   one row a fault; such a record is quarantined whole
-- key     file_id, record_key, column_name
-- inputs  raw_cpi, stg_cpi
--
-- A blank value, or the "." that FRED used to write, was never published: that is no fault.
select
  r.file_id, r.record_key, 'month' as column_name, 'bad-key' as code, excerpt(r.month) as value,
  'got "' || excerpt(coalesce(r.month, '')) || '", expected a month such as 2024-07; record set aside' as reason
from raw_cpi r
join stg_cpi s on s.file_id = r.file_id and s.record_key = r.record_key
where s.month is null
union all
select
  r.file_id, r.record_key, 'value' as column_name, 'bad-number' as code, excerpt(r.value) as value,
  'got "' || excerpt(r.value) || '", expected an index level such as 313.5; record set aside' as reason
from raw_cpi r
join stg_cpi s on s.file_id = r.file_id and s.record_key = r.record_key
where s.value_micro is null and known(r.value) is not null
