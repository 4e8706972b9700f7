{#
Models of aggregates by session that say `materialized="by_session"`: a run computes them again from the first session
whose inputs changed, and a stretch of sessions at a time, so that what they collect stays small however long the history.
The model reads its bounds from first_of_stretch() and last_of_stretch() and knows nothing else of it; where nobody
narrows them (a unit test, a query typed by hand) they span everything.
#}

{# Sessions in a stretch: two years; each stretch reads the sessions before it once more. #}
{% macro stretch_length() -%}
    {{ return(504) }}
{%- endmacro %}

{% macro first_of_stretch() -%}
    /* first of stretch */ 0
{%- endmacro %}

{% macro last_of_stretch() -%}
    /* last of stretch */ 2147483647
{%- endmacro %}

{# The SQL of a model, narrowed to the sessions from `first` to `last`. #}
{% macro narrowed(model_sql, first, last) -%}
    {{ return(
        model_sql
        | replace(first_of_stretch() | trim, first | string)
        | replace(last_of_stretch() | trim, last | string)
    ) }}
{%- endmacro %}

{% materialization by_session, adapter="duckdb" %}
    {%- set target = this.incorporate(type="table") -%}
    {%- set from_nothing = load_cached_relation(this) is none or should_full_refresh() -%}
    {%- set first_changed = 0 if from_nothing else first_changed_session() -%}
    {%- set sessions = run_query(
        "select min(session_number), max(session_number) from " ~ ref("int_session_changes")
        ~ " where session_number >= " ~ first_changed
    ).rows[0] -%}

    {{ run_hooks(pre_hooks) }}
    {% call statement("main") -%}
        {%- if from_nothing -%}
            create or replace table {{ target }} as select * from ({{ sql }}) limit 0
        {%- else -%}
            delete from {{ target }} where session_number >= {{ first_changed }}
        {%- endif -%}
    {%- endcall %}
    {%- if sessions[0] is not none -%}
        {%- for first in range(sessions[0], sessions[1] + 1, stretch_length()) -%}
            {%- set last = [first + stretch_length() - 1, sessions[1]] | min -%}
            {%- do run_query("insert into " ~ target ~ " by name " ~ narrowed(sql, first, last)) -%}
        {%- endfor -%}
    {%- endif -%}
    {%- do persist_docs(target, model) -%}
    {{ run_hooks(post_hooks) }}
    {%- do adapter.commit() -%}
    {{ return({"relations": [target]}) }}
{% endmaterialization %}
