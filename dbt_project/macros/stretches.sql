{#
Models that say `materialized="in_stretches"` are computed a stretch at a time, so that what a query sorts or collects
stays small however long the history and however many the names. The model reads its bounds from first_of_stretch() and
last_of_stretch() and knows nothing else of it; where nobody narrows them (a unit test, a query typed by hand) they span
everything. `stretches_of` says what is cut:

- "sessions": a run computes them again from the first session whose inputs changed.
- "names": a build from nothing cuts them; a daily run, which has few rows of each, computes all at once.

What is computed again goes first, in the pre-hook.
#}

{# Sessions in a stretch: two years; each stretch reads the sessions before it once more. #}
{% macro sessions_of_stretch() -%}
    {{ return(504) }}
{%- endmacro %}

{#
Bars in a stretch of names: what sorts within 500 MB. Every stretch reads the security_id of all bars: with 3 million the
sort goes to the disk, with 1.5 million the reading costs more than the sort gains.
#}
{% macro bars_of_stretch() -%}
    {{ return(2400000) }}
{%- endmacro %}

{% macro first_of_stretch() -%}
    /* first of stretch */ 0
{%- endmacro %}

{% macro last_of_stretch() -%}
    /* last of stretch */ 2147483647
{%- endmacro %}

{# The SQL of a model, narrowed to the stretch from `first` to `last`. #}
{% macro narrowed(model_sql, first, last) -%}
    {{ return(
        model_sql
        | replace(first_of_stretch() | trim, first | string)
        | replace(last_of_stretch() | trim, last | string)
    ) }}
{%- endmacro %}

{# First and last session of each stretch, from the first changed session on. #}
{% macro stretches_of_sessions() -%}
    {%- set bounds = run_query(
        "select min(session_number), max(session_number) from " ~ ref("int_session_changes")
        ~ (" where session_number >= " ~ first_changed_session() if is_incremental() else "")
    ).rows[0] -%}
    {%- set stretches = [] -%}
    {%- if bounds[0] is not none -%}
        {%- for first in range(bounds[0], bounds[1] + 1, sessions_of_stretch()) -%}
            {%- do stretches.append((first, [first + sessions_of_stretch() - 1, bounds[1]] | min)) -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(stretches) }}
{%- endmacro %}

{# First and last security_id of each stretch; all that changed in one for a daily run. #}
{% macro stretches_of_names() -%}
    {%- if is_incremental() -%}
        {%- set names = "select security_id, 0 as stretch from (" ~ changed_name_days() ~ ")" -%}
    {%- else -%}
        {%- set names = "select security_id, sum(count(*)) over (order by security_id) // " ~ bars_of_stretch() ~ " as stretch from "
            ~ ref("stg_price_vintages") ~ " group by security_id" -%}
    {%- endif -%}
    {{ return(run_query(
        "select min(security_id), max(security_id) from (" ~ names ~ ") group by stretch order by stretch"
    ).rows) }}
{%- endmacro %}

{% materialization in_stretches, adapter="duckdb" %}
    {%- set target = this.incorporate(type="table") -%}
    {%- set stretches = stretches_of_names() if config.require("stretches_of") == "names" else stretches_of_sessions() -%}

    {{ run_hooks(pre_hooks) }}
    {% call statement("main") -%}
        {%- if is_incremental() -%}
            /* the table stands */
        {%- else -%}
            {#- not from a query without rows: DuckDB 2.0.0 takes a table that is made so and filled in the same transaction
                for empty wherever statistics tell (count, min, a filter), until it is opened anew -#}
            create or replace table {{ target }} (
                {%- for column in run_query("describe select * from (" ~ sql ~ ")").rows %}
                {{ column["column_name"] }} {{ column["column_type"] }}{% if not loop.last %},{% endif %}
                {%- endfor %}
            )
        {%- endif -%}
    {%- endcall %}
    {%- for first, last in stretches -%}
        {%- do run_query("insert into " ~ target ~ " by name " ~ narrowed(sql, first, last)) -%}
    {%- endfor -%}
    {%- do persist_docs(target, model) -%}
    {{ run_hooks(post_hooks) }}
    {%- do adapter.commit() -%}
    {{ return({"relations": [target]}) }}
{% endmaterialization %}
