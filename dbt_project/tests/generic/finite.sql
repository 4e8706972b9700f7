{# Every double column of the model is finite or NULL: no inf and no NaN ever leaves a model. #}
{% test finite(model) %}
{%- set columns = adapter.get_columns_in_relation(model) | selectattr("dtype", "in", ["DOUBLE", "FLOAT"]) | map(attribute="name") | list %}
{%- if columns %}
select *
from {{ model }}
where {% for column in columns %}not isfinite({{ column }}){% if not loop.last %} or {% endif %}{% endfor %}
{%- else %}
select 1 as nothing where false
{%- endif %}
{% endtest %}
