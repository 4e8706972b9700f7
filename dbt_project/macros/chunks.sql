{#
The materialization `in_chunks`: a table computed and inserted a chunk at a time, so that no query sorts or collects
more as history or the number of names grows.

A model says what its chunks are numbers of (`chunks_of`) and narrows its input to one by is_in_chunk() or by
first_of_chunk() and last_of_chunk(). Where nothing narrows these (a unit test, a query typed by hand) the chunk is
everything.

chunks_of = "names"     A full build cuts the names. A daily run has few rows of each and computes all in one chunk.
chunks_of = "sessions"  Every run cuts the sessions it computes, which start at the first one whose inputs changed.

Rows that a daily run computes again are deleted first, by the model's pre-hook. With `packed_in` the rows are stored in
the table of that name, booleans packed (engines/packed_booleans.sql), and the model is a view of it.
#}

{# Sessions in a chunk: two years; each chunk reads the sessions before it once more. #}
{% macro sessions_in_chunk() -%}
    {{ return(504) }}
{%- endmacro %}

{#
Bars in a chunk of names: what sorts within 500 MB. Every chunk reads the security_id of all bars: with 3 million the
sort goes to the disk, with 1.5 million the reading costs more than the sort gains.
#}
{% macro bars_in_chunk() -%}
    {{ return(2400000) }}
{%- endmacro %}

{% macro first_of_chunk() -%}
    /* first of chunk */ 0
{%- endmacro %}

{% macro last_of_chunk() -%}
    /* last of chunk */ 2147483647
{%- endmacro %}

{% macro is_in_chunk(number) -%}
    {{ number }} between {{ first_of_chunk() }} and {{ last_of_chunk() }}
{%- endmacro %}

{# The SQL of a model for the chunk from `first` to `last`. #}
{% macro sql_of_chunk(model_sql, first, last) -%}
    {{ return(
        model_sql
        | replace(first_of_chunk() | trim, first | string)
        | replace(last_of_chunk() | trim, last | string)
    ) }}
{%- endmacro %}

{#
The same where booleans are packed: in parts of equal length, one for each thread, since a query over rows in order is
the work of one thread; stored in the order of the columns `stored_by`.
#}
{% macro packed_sql_of_chunk(model_sql, first, last, columns) -%}
    {%- set length = last - first + 1 -%}
    {%- for part in range(parts()) -%}
        (
            select {{ packed_columns(columns) }}
            from ({{ sql_of_chunk(model_sql, first + part * length // parts(), first + (part + 1) * length // parts() - 1) }})
        )
        {%- if not loop.last %} union all {% endif -%}
    {%- endfor %}
    order by {{ config.require("stored_by") | join(", ") }}
{%- endmacro %}

{# First and last number of each chunk of a run: rows. #}
{% macro chunks_of_run() -%}
    {%- if config.require("chunks_of") == "sessions" -%}
        {%- set numbers = "select session_number as number, " ~ whole_quotient("session_number", sessions_in_chunk()) ~ " as chunk from "
            ~ ref("int_session_changes") ~ (" where session_number >= " ~ first_changed_session() if is_incremental() else "") -%}
    {%- elif is_incremental() -%}
        {%- set numbers = "select security_id as number, 0 as chunk from (" ~ changed_name_days() ~ ")" -%}
    {%- else -%}
        {%- set numbers = "select security_id as number, " ~ whole_quotient("sum(count(*)) over (order by security_id)", bars_in_chunk())
            ~ " as chunk from " ~ ref("stg_price_vintages") ~ " group by security_id" -%}
    {%- endif -%}
    {{ return(run_query(
        "select min(number), max(number) from (" ~ numbers ~ ") group by chunk order by chunk"
    ).rows) }}
{%- endmacro %}

{# The table that holds the rows of a model: its own, or the one beside its view where booleans are packed. #}
{% macro stored_relation() -%}
    {{ return(api.Relation.create(
        database=this.database, schema=this.schema, identifier=config.get("packed_in", this.identifier) if target.type == "duckdb" else this.identifier, type="table"
    )) }}
{%- endmacro %}

{% materialization in_chunks, adapter="duckdb" %}
    {%- set stored = stored_relation() -%}
    {%- set is_packed = stored.identifier != this.identifier -%}
    {%- set target = this.incorporate(type="view" if is_packed else "table") -%}
    {%- set existing = load_cached_relation(this) -%}
    {%- set columns = columns_of("select * from " ~ this if is_incremental() else sql) -%}
    {%- set chunks = chunks_of_run() -%}

    {{ run_hooks(pre_hooks) }}
    {%- if existing is not none and existing.type != target.type -%}
        {%- do adapter.drop_relation(existing) -%}
    {%- endif -%}
    {% call statement("main") -%}
        {%- if is_incremental() -%}
            /* rows are added to the table that is there */
        {%- else -%}
            {#- Not from a query without rows: DuckDB 2.0.0 takes a table that is made so and filled in the same
                transaction for empty in count, min and filters until the file is opened again. -#}
            create or replace table {{ stored }} ({{ packed_types(columns) if is_packed else plain_types(columns) }})
        {%- endif -%}
    {%- endcall %}
    {%- if is_packed and not is_incremental() -%}
        {%- do run_query("create or replace view " ~ target ~ " as select " ~ unpacked_columns(columns) ~ " from " ~ stored) -%}
    {%- endif -%}
    {%- for first, last in chunks -%}
        {%- set rows = sql_of_chunk(sql, first, last) if not is_packed
            else packed_sql_of_chunk(sql, first, last, columns) -%}
        {%- do run_query("insert into " ~ stored ~ " by name " ~ rows) -%}
    {%- endfor -%}
    {%- do persist_docs(target, model) -%}
    {{ run_hooks(post_hooks) }}
    {%- do adapter.commit() -%}
    {{ return({"relations": [target]}) }}
{% endmaterialization %}

{# On Spark, which shares rows among its cores by itself, names are one chunk, and booleans are not packed. #}
{% materialization in_chunks, adapter="spark" %}
    {%- set chunks = chunks_of_run() if config.require("chunks_of") == "sessions" else [] -%}
    {{ run_hooks(pre_hooks) }}
    {%- if chunks -%}
        {%- do make_on_spark(sql_of_chunk(sql, *chunks[0])) -%}
        {%- for first, last in chunks[1:] -%}
            {%- do run_query("insert into " ~ this ~ " " ~ with_stored_ctes(without_order(sql_of_chunk(sql, first, last)))) -%}
        {%- endfor -%}
    {%- else -%}
        {%- do make_on_spark(sql) -%}
    {%- endif -%}
    {{ run_hooks(post_hooks) }}
    {{ return({"relations": [this.incorporate(type="table")]}) }}
{% endmaterialization %}

{# Columns of a query: rows with column_name and column_type. #}
{% macro columns_of(query) -%}
    {{ return(run_query("describe select * from (" ~ query ~ ")").rows) }}
{%- endmacro %}

{% macro plain_types(columns) -%}
    {%- for column in columns -%}
        {{ column["column_name"] }} {{ column["column_type"] }}{% if not loop.last %}, {% endif %}
    {%- endfor -%}
{%- endmacro %}
