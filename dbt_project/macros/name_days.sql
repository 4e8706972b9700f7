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
    {%- if is_incremental() and execute -%}
        {%- set last_built = run_query("select coalesce(max(batch_id), 0), coalesce(max(known_at), timestamp '1900-01-01') from " ~ this).rows[0] -%}
        select
            security_id,
            min(obs_date) as first_changed_date
        from {{ ref("stg_price_vintages") }}
        where batch_id > {{ last_built[0] }} or known_at > timestamp '{{ last_built[1] }}'
        group by security_id
    {%- else -%}
        select
            security_id,
            min(obs_date) as first_changed_date
        from {{ ref("stg_price_vintages") }}
        group by security_id
    {%- endif %}
{%- endmacro %}

{# The earliest day that a daily run reads for these changes; beyond every one for none. #}
{% macro first_read_date(changed) -%}
    {{ return(value_of(
        "select coalesce(min(session_date), date '9999-12-31') from " ~ ref("int_sessions") ~ " where session_number >= ("
        ~ "select min(session_number) - " ~ name_day_lookback() ~ " from " ~ ref("int_sessions")
        ~ " where session_date >= (select min(first_changed_date) from (" ~ changed ~ ")))"
    )) }}
{%- endmacro %}
