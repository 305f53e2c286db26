-- stg_cpi: a price index by month as one file tells it.
-- Grain:  one row a raw record (file_id, record_key).      Key: file_id, record_key.
-- Inputs: raw_cpi (month, series, value as text), raw_file (date_order).
-- Units:  month is the first day of the month; value_micro is the index times 1,000,000 as an integer, so that means and
--         ratios don't depend on the order of summation. Null = not published (such as 2025-10), which is no value, not 0.
--         series is null where the file doesn't name it: then it is of the one that is configured, whichever that is.
with raw as (
  select r.*, f.date_order
  from raw_cpi as r
  join raw_file as f on f.file_id = r.file_id
)
select
  raw.file_id,
  raw.record_key,
  parse_month(raw.month, raw.date_order) as month,
  clean_text(raw.series) as series,
  parse_micro(raw.value) as value_micro
from raw
