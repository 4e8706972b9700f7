{#
The word of a row is borne out by its intervals: 'higher' only where each is above its bound, 'lower' only where each is below.
intervals: [[low, high, bound]]; an interval without a low counts where `only_where` has no condition for it.
#}
{% test word_within_interval(model, word, intervals, only_where={}) %}
select {{ word }}
from {{ model }}
where
    {%- for low, high, bound in intervals %}
    (
        {%- if low in only_where %}{{ only_where[low] }} and {% endif -%}
        (({{ word }} = 'higher' and not coalesce({{ low }} > {{ bound }}, false))
        or ({{ word }} = 'lower' and not coalesce({{ high }} < {{ bound }}, false)))
    )
    {%- if not loop.last %} or {% endif %}
    {%- endfor %}
{% endtest %}
