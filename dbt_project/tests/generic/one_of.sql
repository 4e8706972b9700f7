{# Each column has one of the listed values or is NULL. values: {column: [value, …]}. #}
{% test one_of(model, values) %}
select {{ values.keys() | join(", ") }}
from {{ model }}
where
    {%- for column, accepted in values.items() %}
    {{ column }} not in (
        {%- for value in accepted -%}
            {% if value is string %}'{{ value | replace("'", "''") }}'{% else %}{{ value }}{% endif %}{% if not loop.last %}, {% endif %}
        {%- endfor -%}
    )
    {%- if not loop.last %} or {% endif %}
    {%- endfor %}
{% endtest %}
