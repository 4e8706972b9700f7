{# Comments on tables, which last until the table is replaced. #}

{# The comment of a relation; empty if it has none or does not exist. #}
{% macro comment_of(relation) -%}
    {{ return(value_of(
        "select coalesce(max(comment), '') from duckdb_tables() where database_name = '" ~ relation.database
        ~ "' and schema_name = '" ~ relation.schema ~ "' and table_name = '" ~ relation.identifier ~ "'"
    )) }}
{%- endmacro %}

{% macro set_comment(relation, words) -%}
    comment on table {{ relation }} is '{{ words }}'
{%- endmacro %}
