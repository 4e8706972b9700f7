{# Each value of a column is found in a column of another table; NULL passes. columns: {column: [ref('table'), field]}. #}
{% test refers_to(model, columns) %}
{%- for column, (to, field) in columns.items() %}
select
    '{{ column }}' as column_name,
    {{ column }}::string as unknown_value
from {{ model }}
where {{ column }} is not null
    and {{ column }} not in (select {{ field }} from {{ to }} where {{ field }} is not null)
{% if not loop.last %}union all{% endif %}
{%- endfor %}
{% endtest %}
