{# Which rows are known to this build, and which vintage of a row is used. #}

{# The time up to which rows are known to this build, as a timestamp literal (naive UTC). #}
{% macro as_of() -%}
    timestamp '{{ var("as_of") }}'
{%- endmacro %}

{# A subquery: the newest known vintage of each key of `relation`. #}
{% macro newest_vintage(relation, key) -%}
(
    select *
    from (
        select
            *,
            row_number() over (
                partition by {{ key | join(", ") }}
                order by known_at desc, batch_id desc
            ) as vintage_age
        from {{ relation }}
        where known_at <= {{ as_of() }}
    )
    where vintage_age = 1
)
{%- endmacro %}
