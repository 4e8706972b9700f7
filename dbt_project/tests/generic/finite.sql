{# Every double column of the model is finite or NULL. `rows` restricts a large table to the rows that are read. #}
{% test finite(model, rows=none) %}
{%- set columns = adapter.get_columns_in_relation(model) | selectattr("dtype", "in", ["DOUBLE", "FLOAT"]) | map(attribute="name") | list %}
{%- if columns %}
select *
from {{ model }}
where
    {% if rows %}{{ rows }} and {% endif -%}
    ({% for column in columns %}not isfinite({{ column }}){% if not loop.last %} or {% endif %}{% endfor %})
{%- else %}
select 1 as nothing where false
{%- endif %}
{% endtest %}
