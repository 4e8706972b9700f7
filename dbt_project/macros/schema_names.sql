{#
The schema of a model is its layer, which follows from the prefix of its name: stg_ is staging, int_ is intermediate, no
prefix is a mart. Seeds, and anything that configures a schema, keep theirs. Where a build computes the evidence and the
verdict of one more universe (var `of_universe`), these have a schema of their own; everything else is read where it is.
#}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {%- if custom_schema_name -%}
        {{ return(custom_schema_name) }}
    {%- elif node.resource_type == "model" and var("of_universe") and node.fqn[1] in ["evidence", "verdict"] -%}
        {{ return("of_" ~ var("of_universe")) }}
    {%- elif node.resource_type == "model" -%}
        {{ return({"stg": "staging", "int": "intermediate"}.get(node.name.split("_")[0], "marts")) }}
    {%- else -%}
        {{ return(target.schema) }}
    {%- endif -%}
{%- endmacro %}
