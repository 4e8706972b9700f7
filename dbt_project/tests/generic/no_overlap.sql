{# Half-open spells of one key never overlap. #}
{% test no_overlap(model, key, valid_from, valid_to) %}
select *
from (
    select
        *,
        lead({{ valid_from }}) over (partition by {{ key | join(", ") }} order by {{ valid_from }}) as next_from
    from {{ model }}
)
where next_from < coalesce({{ valid_to }}, date '9999-12-31')
{% endtest %}
