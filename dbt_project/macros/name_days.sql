{#
Which name-days a build has to compute. Whatever changed — a new session, a split that restated a whole history, a
restated close, a late row — a security is recomputed from the earliest session that changed, and read from far enough
before it that every window is full. What a build has seen stands in the comment of its table.
#}

{# Sessions after which a bar is no bar before: a year, as for the longest window. #}
{% macro longest_gap() -%}
    252
{%- endmacro %}

{# Sessions read before the first changed one: the longest window and the longest gap, with some to spare. #}
{% macro name_day_lookback() -%}
    260
{%- endmacro %}

{# Security and first changed session: what raw holds beyond what the last build has seen. #}
{% macro changed_name_days() -%}
    {%- set seen = remembered() -%}
        select
            vintages.security_id,
            min(sessions.session_number) as first_changed_number
        from {{ ref("stg_price_vintages") }} as vintages
        inner join {{ ref("int_sessions") }} as sessions on vintages.obs_date = sessions.session_date
        where vintages.batch_id > {{ seen["batch_id"] | default(0) }} or vintages.known_at > timestamp '{{ seen["known_at"] | default("1900-01-01") }}'
        group by vintages.security_id
{%- endmacro %}

{# The earliest day that a daily run reads; beyond every one where nothing changed. #}
{% macro first_read_date() -%}
    {{ return(value_of(
        "select coalesce(min(session_date), date '9999-12-31') from " ~ ref("int_sessions") ~ " where session_number >= ("
        ~ "select min(first_changed_number) - " ~ name_day_lookback() ~ " from (" ~ changed_name_days() ~ "))"
    )) }}
{%- endmacro %}

{# The pre-hook: what is computed again goes first. #}
{% macro delete_changed_name_days() -%}
    {%- if is_incremental() -%}
        {%- set stored = stored_relation() -%}
        delete from {{ stored }}
        using ({{ changed_name_days() }}) as changed
        where {{ stored }}.security_id = changed.security_id
            and {{ stored }}.session_number >= changed.first_changed_number
            -- a constant, so that the engine skips the history before it
            and {{ stored }}.session_number >= {{ value_of(
                "select coalesce(min(first_changed_number), 2147483647) from (" ~ changed_name_days() ~ ")"
            ) }}
    {%- endif -%}
{%- endmacro %}

{# The post-hook: the newest delivery and the newest instant that this build has read. #}
{% macro remember_name_days() -%}
    {%- if execute -%}
        {%- set seen = run_query(
            "select coalesce(max(batch_id), 0), coalesce(max(known_at), timestamp '1900-01-01') from " ~ ref("stg_price_vintages")
        ).rows[0] -%}
        {{ remember({"batch_id": seen[0], "known_at": seen[1] | string}) }}
    {%- endif -%}
{%- endmacro %}
