{#
Which name-days a build has to compute. Whatever changed — a new session, a split that restated a whole history, a
restated close, a late row — a security is recomputed from the earliest day that changed, and read from far enough
before it that every window is full.
#}

{# Sessions read before the first changed one: the longest window (252) and the longest gap that a return may span. #}
{% macro name_day_lookback() -%}
    260
{%- endmacro %}

{# Security and first changed day: everything in a full build, what arrived since the last one otherwise. #}
{% macro changed_name_days() -%}
    select
        vintages.security_id,
        min(vintages.obs_date) as first_changed_date
    from {{ ref("stg_price_vintages") }} as vintages
    {% if is_incremental() -%}
        cross join (
            select max(batch_id) as last_batch_id, max(known_at) as last_known_at from {{ this }}
        ) as built
        where vintages.batch_id > built.last_batch_id or vintages.known_at > built.last_known_at
    {%- endif %}
    group by vintages.security_id
{%- endmacro %}
