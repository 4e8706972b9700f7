{#
Layer = schema, given by the prefix of a model's name: stg_ is staging, int_ is intermediate, no prefix is a mart. Seeds and
anything with a schema of its own keep that.
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
