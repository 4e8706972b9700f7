{#
Which name-days a daily run computes again: each security with new rows in raw, from its first changed session on. It
reads each from 260 sessions before, so that every window is full. The build note says what the last run had read.
#}

{# A bar more than 252 sessions old is treated as missing: a daily run reads no further back. #}
{% macro longest_gap() -%}
    252
{%- endmacro %}

{# Sessions read before the first changed one: the longest window and the longest gap are 252. #}
{% macro name_day_lookback() -%}
    260
{%- endmacro %}

{# A query for security_id and first_changed_number, from the raw rows that the last run had not read. #}
{% macro changed_name_days() -%}
    {%- set note = build_note() -%}
        select
            vintages.security_id,
            min(sessions.session_number) as first_changed_number
        from {{ ref("stg_price_vintages") }} as vintages
        inner join {{ ref("int_sessions") }} as sessions on vintages.obs_date = sessions.session_date
        where vintages.batch_id > {{ note["batch_id"] | default(0) }} or vintages.known_at > timestamp '{{ note["known_at"] | default("1900-01-01") }}'
        group by vintages.security_id
{%- endmacro %}

{# The first date that a daily run reads; beyond every date where nothing changed. #}
{% macro first_read_date() -%}
    {{ return(value_of(
        "select coalesce(min(session_date), date '9999-12-31') from " ~ ref("int_sessions") ~ " where session_number >= ("
        ~ "select min(first_changed_number) - " ~ name_day_lookback() ~ " from (" ~ changed_name_days() ~ "))"
    )) }}
{%- endmacro %}

{# The pre-hook: rows that this run computes again are deleted first. #}
{% macro delete_changed_name_days() -%}
    {%- if is_incremental() -%}
        {%- set stored = stored_relation() -%}
        delete from {{ stored }}
        using ({{ changed_name_days() }}) as changed
        where {{ stored }}.security_id = changed.security_id
            and {{ stored }}.session_number >= changed.first_changed_number
            -- a constant, so that DuckDB skips the row groups before it
            and {{ stored }}.session_number >= {{ value_of(
                "select coalesce(min(first_changed_number), 2147483647) from (" ~ changed_name_days() ~ ")"
            ) }}
    {%- endif -%}
{%- endmacro %}

{# The post-hook: the newest batch and the newest known_at that this run has read. #}
{% macro store_name_days_note() -%}
    {%- if execute -%}
        {%- set read = run_query(
            "select coalesce(max(batch_id), 0), coalesce(max(known_at), timestamp '1900-01-01') from " ~ ref("stg_price_vintages")
        ).rows[0] -%}
        {{ store_build_note({"batch_id": read[0], "known_at": read[1] | string}) }}
    {%- endif -%}
{%- endmacro %}
