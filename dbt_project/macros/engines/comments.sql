{# Comments on tables, which last until the table is replaced. #}

{# The comment of a relation; empty if it has none or does not exist. #}
{% macro comment_of(relation) -%}
    {{ return(adapter.dispatch("comment_of")(relation)) }}
{%- endmacro %}

{% macro duckdb__comment_of(relation) -%}
    {{ return(value_of(
        "select coalesce(max(comment), '') from duckdb_tables() where database_name = '" ~ relation.database
        ~ "' and schema_name = '" ~ relation.schema ~ "' and table_name = '" ~ relation.identifier ~ "'"
    )) }}
{%- endmacro %}

{% macro spark__comment_of(relation) -%}
    {%- if load_cached_relation(relation) is none -%}
        {{ return("") }}
    {%- endif -%}
    {%- set rows = run_query("show tblproperties " ~ relation).rows -%}
    {{ return(rows | selectattr("key", "equalto", "words") | map(attribute="value") | first | default("")) }}
{%- endmacro %}

{% macro set_comment(relation, words) -%}
    {{ adapter.dispatch("set_comment")(relation, words) }}
{%- endmacro %}

{% macro duckdb__set_comment(relation, words) -%}
    comment on table {{ relation }} is '{{ words }}'
{%- endmacro %}

{% macro spark__set_comment(relation, words) -%}
    alter table {{ relation }} set tblproperties ('words' = '{{ words }}')
{%- endmacro %}
