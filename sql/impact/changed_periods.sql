-- changed_periods: the months and years whose price level, or its standing, is another than before.
--
-- grain   one row a period
-- key     period
-- inputs  cpi_factors_before, cpi_factors (after)
select a.period
from cpi_factors a
join cpi_factors_before b on b.period = a.period
where a.cpi_value is distinct from b.cpi_value
  or a.cpi_base_value is distinct from b.cpi_base_value
  or a.cpi_base is distinct from b.cpi_base
  or a.cpi_method is distinct from b.cpi_method
