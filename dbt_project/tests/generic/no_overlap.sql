{# Half-open spells of one key never overlap, and none is empty; an empty key means that all rows are one history. #}
{% test no_overlap(model, key, valid_from, valid_to) %}
select *
from (
    select
        *,
        lead({{ valid_from }}) over (
            {% if key %}partition by {{ key | join(", ") }} {% endif %}order by {{ valid_from }}
        ) as next_from
    from {{ model }}
)
where next_from < coalesce({{ valid_to }}, date '9999-12-31') or {{ valid_to }} <= {{ valid_from }}
{% endtest %}
