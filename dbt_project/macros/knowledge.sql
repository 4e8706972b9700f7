{# What is known, and which vintage counts. #}

{# The instant up to which this build knows things, as a timestamp literal (naive UTC). #}
{% macro as_of() -%}
    timestamp '{{ var("as_of") }}'
{%- endmacro %}

{# Rows of `relation` that are known, newest vintage of each key: a subquery. #}
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
