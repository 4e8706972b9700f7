{#
The schema of a model is its layer, which follows from the prefix of its name: stg_ is staging, int_ is intermediate, no
prefix is a mart. Seeds, and anything that configures a schema, keep theirs.
#}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {%- if custom_schema_name -%}
        {{ return(custom_schema_name) }}
    {%- elif node.resource_type == "model" -%}
        {{ return({"stg": "staging", "int": "intermediate"}.get(node.name.split("_")[0], "marts")) }}
    {%- else -%}
        {{ return(target.schema) }}
    {%- endif -%}
{%- endmacro %}
