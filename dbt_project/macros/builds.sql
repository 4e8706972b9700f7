{#
What a daily run computes again, and how it knows.

    raw.prices → int_name_days → int_session_changes → counts, returns of members, correlation windows

- int_name_days computes again each security with new rows, from its first changed session on (name_days.sql).
- int_session_changes records, for each session, the build that last changed an input of its aggregates.
- The aggregates compute again every session from the first one whose inputs changed after they were built.

So a new session, a split, a restated close, a late row, a new member and a restated weight are one case. Every row of
these tables carries a `build_number`, which grows from build to build. The bounds of a run are queried before a model
runs and written into its SQL as constants: only those let DuckDB skip the row groups before them, and a daily run costs
the same however long the history is.
#}

{# The value of a query with one row and one column while a model is about to run; 0 while dbt only parses. #}
{% macro value_of(query) -%}
    {%- if execute -%}
        {{ return(run_query(query).columns[0].values()[0]) }}
    {%- else -%}
        {{ return(0) }}
    {%- endif -%}
{%- endmacro %}

{# The number of this build: seconds since 1970 when the run started, and more than that of any row of this model. #}
{% macro build_number() -%}
    {%- set started = run_started_at.timestamp() | int if execute else 0 -%}
    {%- if is_incremental() -%}
        {{ return(value_of("select greatest(coalesce(max(build_number), 0) + 1, " ~ started ~ ") from " ~ this)) }}
    {%- else -%}
        {{ return(started) }}
    {%- endif -%}
{%- endmacro %}

{#
The first session whose inputs changed since this model was built: a number beyond every session where nothing changed,
0 where the inputs have smaller numbers than this model (they were rebuilt while the clock was behind).
#}
{% macro first_changed_session() -%}
    {{ return(value_of(
        "select case when max(changes.build_number) < max(built.build_number) then 0 else coalesce(min("
        ~ "changes.session_number) filter (where changes.build_number > built.build_number), 2147483647) end from "
        ~ ref("int_session_changes") ~ " as changes cross join (select coalesce(max(build_number), 0) as build_number from "
        ~ this ~ ") as built"
    )) }}
{%- endmacro %}

{# The pre-hook of an aggregate: rows that this run computes again are deleted first. #}
{% macro delete_changed_sessions() -%}
    {%- if is_incremental() -%}
        delete from {{ this }} where session_number >= {{ first_changed_session() }}
    {%- endif -%}
{%- endmacro %}

{# The build number of an aggregate's rows: that of the newest change among their inputs. #}
{% macro newest_change() -%}
    (select max(build_number) from {{ ref("int_session_changes") }})
{%- endmacro %}

{# Whether this run adds rows to an existing table. dbt's own macro knows only its own materialization. #}
{% macro is_incremental() -%}
    {{ return(
        execute and target.type == "duckdb" and has_incremental_runs() and load_cached_relation(this) is not none and not should_full_refresh()
    ) }}
{%- endmacro %}

{#
Rows are only added to a table that the same SQL built: after a change of any model or macro it is built from nothing,
without --full. The table's build note says which SQL built it.
#}
{% macro should_full_refresh() -%}
    {%- if config.get("full_refresh") is not none -%}
        {{ return(config.get("full_refresh")) }}
    {%- endif -%}
    {{ return(flags.FULL_REFRESH or (execute and has_incremental_runs() and build_note().get("sql") != sql_digest())) }}
{%- endmacro %}

{% macro has_incremental_runs() -%}
    {{ return(config.get("materialized") in ["incremental", "in_chunks"]) }}
{%- endmacro %}

{# The post-hook of a table with incremental runs: its build note, for the next run. #}
{% macro store_build_note(more={}) -%}
    {{ set_comment(stored_relation(), tojson(dict(sql=sql_digest(), **more), sort_keys=true)) }}
{%- endmacro %}

{# The build note of the last run, kept as the comment of the table: a dictionary, empty where there is none. #}
{% macro build_note() -%}
    {%- set note = {} -%}
    {%- if execute -%}
        {#- queried once for each model -#}
        {%- if "build_note" not in model -%}
            {%- do model.update({"build_note": fromjson(comment_of(stored_relation()), {})}) -%}
        {%- endif -%}
        {%- do note.update(model["build_note"]) -%}
    {%- endif -%}
    {{ return(note) }}
{%- endmacro %}

{# The fingerprint of all models and macros, passed by whoever runs the build; empty for a query typed by hand. #}
{% macro sql_digest() -%}
    {{ return(var("sql_digest", "")) }}
{%- endmacro %}
