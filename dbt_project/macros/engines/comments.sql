{# Words that stay with a table until it is made anew. #}

{# The comment of a relation; nothing where it has none or is not there. #}
{% macro comment_of(relation) -%}
    {{ return(value_of(
        "select coalesce(max(comment), '') from duckdb_tables() where database_name = '" ~ relation.database
        ~ "' and schema_name = '" ~ relation.schema ~ "' and table_name = '" ~ relation.identifier ~ "'"
    )) }}
{%- endmacro %}

{% macro set_comment(relation, words) -%}
    comment on table {{ relation }} is '{{ words }}'
{%- endmacro %}
