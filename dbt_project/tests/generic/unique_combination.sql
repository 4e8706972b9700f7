{# The columns together are a key: never repeated, none of them NULL. #}
{% test unique_combination(model, columns) %}
select {{ columns | join(", ") }}, count(*) as occurrences
from {{ model }}
group by {{ columns | join(", ") }}
having count(*) > 1 or {% for column in columns %}count({{ column }}) < count(*){% if not loop.last %} or {% endif %}{% endfor %}
{% endtest %}
