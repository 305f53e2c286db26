-- stg_cpi: a price index by month as one file tells it.
-- Grain:  one row a raw record (file_id, record_key).      Key: file_id, record_key.
-- Inputs: raw_cpi (month, series, value as text), raw_file (date_order), settings (cpi_series: the name of a series
--         whose file doesn't name it).
-- Units:  month is the first day of the month; value_micro is the index times 1,000,000 as an integer, so that means and
--         ratios don't depend on the order of summation. Null = not published (such as 2025-10), which is no value, not 0.
with raw as (
  select r.*, f.date_order
  from raw_cpi as r
  join raw_file as f on f.file_id = r.file_id
)
select
  raw.file_id,
  raw.record_key,
  parse_month(raw.month, raw.date_order) as month,
  coalesce(clean_text(raw.series), settings.cpi_series) as series,
  parse_micro(raw.value) as value_micro
from raw
cross join settings
