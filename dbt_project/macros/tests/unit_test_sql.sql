{#
dbt's unit tests compare values as text, but the last digit of a double differs between machines. This override rounds both
sides to nine decimals and turns -0.0 into 0.0; everything else is dbt's own macro.
#}
{% macro default__get_unit_test_sql(main_sql, expected_fixture_sql, expected_column_names) -%}
{%- set types = {} -%}
{%- for column in adapter.get_column_schema_from_query(main_sql) -%}
    {%- do types.update({column.name | lower: column.data_type | lower}) -%}
{%- endfor -%}
{%- for side, sql in [("actual", main_sql), ("expected", expected_fixture_sql)] %}
select
    {%- for column in expected_column_names %}
    {%- if types[column | replace('"', "") | lower] in ("double", "float") %}
    round({{ column }}, 9) + 0e0 as {{ column }},
    {%- else %}
    {{ column }},
    {%- endif %}
    {%- endfor %}
    {{ dbt.string_literal(side) }} as {{ adapter.quote("actual_or_expected") }}
from (
    {{ sql }}
) as {{ side }}
{%- if not loop.last %}
union all
{%- endif %}
{%- endfor %}
{%- endmacro %}
