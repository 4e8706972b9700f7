{# Each column lies between its bounds, ends included; NULL passes. bounds: {column: [low, high]}, either may be null. #}
{% test within(model, bounds) %}
select {{ bounds.keys() | join(", ") }}
from {{ model }}
where
    {%- for column, (low, high) in bounds.items() %}
    {% if low is not none %}{{ column }} < {{ low }}{% endif %}
    {%- if low is not none and high is not none %} or {% endif %}
    {%- if high is not none %}{{ column }} > {{ high }}{% endif %}
    {%- if not loop.last %} or {% endif %}
    {%- endfor %}
{% endtest %}
