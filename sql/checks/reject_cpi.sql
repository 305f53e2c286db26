-- reject_cpi: files whose numbers are no price index; taken as one, they would turn every real amount into nonsense.
--
-- grain   one row a file to reject
-- key     file_id
-- inputs  raw_cpi, stg_cpi
--
-- Headers such as CPIAUCSL_PC1 are refused before their values are read; this is for files that don't say.
-- What tells a level from a monthly or yearly change of it, in the figures of 1913 to 2025:
--   * a level is positive and carries no percent sign;
--   * from month to month it never rose by more than 6 % nor fell by more than 4 %: +25 % and -10 % leave room;
--   * on any base year from 1860 on it is below 10,000;
--   * on any base year up to 2015 it is above 5 (in 1952 above 10, in 1970 above 15), while yearly changes lie mostly
--     below 5, never reached 10 between 1952 and 1970, nor 15 since.
with published as (
  select s.file_id, s.record_key, s.series, s.month, s.value_micro, r.value as value_text
  from stg_cpi s
  join raw_cpi r on r.file_id = s.file_id and r.record_key = s.record_key
  where s.month is not null and s.value_micro is not null
),

steps as (
  select
    p.*,
    lag(value_micro) over by_month as value_before,
    lag(month) over by_month as month_before
  from published p
  window by_month as (partition by file_id, series order by month asc nulls last, record_key asc nulls last)
),

faults as (
  select
    s.file_id,
    0 as severity,
    min(s.month) as month,
    'got percentages such as "' || excerpt(min(r.value)) || '"' as fault
  from raw_cpi r
  join stg_cpi s on s.file_id = r.file_id and s.record_key = r.record_key
  group by s.file_id
  having 2 * count_if(regexp_like(r.value, '[0-9] ?%')) > count(*)
  union all
  select
    file_id,
    1 as severity,
    month,
    'got "' || excerpt(value_text) || '" for ' || cast(month as string) || ', but a price index is always above 0' as fault
  from published
  where value_micro <= 0
  union all
  select
    file_id,
    1 as severity,
    month,
    'got "' || excerpt(value_text) || '" for ' || cast(month as string) || ', but a price index is below 10000' as fault
  from published
  where value_micro >= 10000000000
  union all
  select
    file_id,
    2 as severity,
    month,
    'got "' || excerpt(value_text) || '" for ' || cast(month as string)
      || ', over 25 % more or 10 % less than the month before' as fault
  from steps
  where datediff(month, month_before) between 1 and 31
    and value_before > 0
    and (value_micro * 4 > value_before * 5 or value_micro * 10 < value_before * 9)
  union all
  select
    file_id,
    3 as severity,
    min(month) as month,
    'half of the values are lower than any price index of their time' as fault
  from published
  group by file_id
  having 2 * count_if(value_micro < 1000000 * case
    when month >= make_date(1970, 1, 1) then 15 when month >= make_date(1952, 1, 1) then 10 else 5 end) >= count(*)
),

worst as (
  select file_id, fault
  from faults
  qualify row_number() over (
    partition by file_id order by severity asc nulls last, month asc nulls last, fault asc nulls last
  ) = 1
)

select
  file_id,
  'no price index: ' || fault || '. Drop the index itself, such as CPIAUCSL from FRED, not changes of it'
    as reason
from worst
