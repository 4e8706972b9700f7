{#
What a daily run computes again. Rows say which build wrote them; who reads such rows keeps the greatest number that it
has seen, and computes from the first session on that a greater one wrote. Bounds are found before a model runs and
stand in its SQL as constants: the engine then skips what lies before them, and a day does not cost more as history grows.
#}

{# The value of a query with one row and one column, when a model is about to run; 0 while dbt only parses. #}
{% macro value_of(query) -%}
    {%- if execute -%}
        {{ return(run_query(query).columns[0].values()[0]) }}
    {%- else -%}
        {{ return(0) }}
    {%- endif -%}
{%- endmacro %}

{# Seconds since 1970 when the run started, and greater than the number of every row that this model holds. #}
{% macro build_number() -%}
    {%- set started = run_started_at.timestamp() | int if execute else 0 -%}
    {%- if is_incremental() -%}
        {{ return(value_of("select greatest(coalesce(max(build_number), 0) + 1, " ~ started ~ ") from " ~ this)) }}
    {%- else -%}
        {{ return(started) }}
    {%- endif -%}
{%- endmacro %}

{#
The first session whose inputs changed since this model was built: from there on it is computed again. 0 where the
inputs carry smaller numbers than the model has seen (they were rebuilt while the clock was behind); a number beyond
every session where nothing changed.
#}
{% macro first_changed_session() -%}
    {{ return(value_of(
        "select case when max(changes.build_number) < max(built.build_number) then 0 else coalesce(min("
        ~ "changes.session_number) filter (where changes.build_number > built.build_number), 2147483647) end from "
        ~ ref("int_session_changes") ~ " as changes cross join (select coalesce(max(build_number), 0) as build_number from "
        ~ this ~ ") as built"
    )) }}
{%- endmacro %}

{# The pre-hook of such a model: what is computed again goes first. #}
{% macro forget_changed_sessions() -%}
    {%- if is_incremental() -%}
        delete from {{ this }} where session_number >= {{ first_changed_session() }}
    {%- endif -%}
{%- endmacro %}

{# The number that such a model's rows carry: the newest change that they were computed with. #}
{% macro newest_change() -%}
    (select max(build_number) from {{ ref("int_session_changes") }})
{%- endmacro %}

{# Whether this run adds to a table that stands; dbt says so of its own materialization only. #}
{% macro is_incremental() -%}
    {{ return(execute and is_added_to() and load_cached_relation(this) is not none and not should_full_refresh()) }}
{%- endmacro %}

{#
A table is never added to by other SQL than that which built it: when a model or macro changed since, it is built from
nothing, without --full. The comment of the table says which SQL that was.
#}
{% macro should_full_refresh() -%}
    {%- if config.get("full_refresh") is not none -%}
        {{ return(config.get("full_refresh")) }}
    {%- endif -%}
    {{ return(flags.FULL_REFRESH or (execute and is_added_to() and remembered().get("sql") != sql_digest())) }}
{%- endmacro %}

{% macro is_added_to() -%}
    {{ return(config.get("materialized") in ["incremental", "in_chunks"]) }}
{%- endmacro %}

{# The post-hook of such a model: which SQL built it, and what else the next build has to know. #}
{% macro remember(more={}) -%}
    {{ set_comment(stored_relation(), tojson(dict(sql=sql_digest(), **more), sort_keys=true)) }}
{%- endmacro %}

{# What the newest build of this table has left to remember: a dictionary, empty where there is none. Asked once a model. #}
{% macro remembered() -%}
    {%- set found = {} -%}
    {%- if execute -%}
        {%- if "remembered" not in model -%}
            {%- do model.update({"remembered": fromjson(comment_of(stored_relation()), {})}) -%}
        {%- endif -%}
        {%- do found.update(model["remembered"]) -%}
    {%- endif -%}
    {{ return(found) }}
{%- endmacro %}

{# Fingerprint of all models and macros, given by who runs the build; nothing for a query typed by hand. #}
{% macro sql_digest() -%}
    {{ return(var("sql_digest", "")) }}
{%- endmacro %}
