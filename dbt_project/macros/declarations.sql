{#
What the yml files beside the models declare, read from dbt's graph while it compiles. dbt gives unit tests no graph: they
override these macros.
#}

{# Every state (config.meta.state of a column) with its `mart` and `column`. #}
{% macro declared_states() -%}
    {%- set states = [] -%}
    {%- for node in graph.nodes.values() | sort(attribute="name") if node.resource_type == "model" -%}
        {%- for column in node.columns.values() -%}
            {%- for state in column.config.meta.state or [] -%}
                {%- do states.append(dict(state, mart=node.name, column=column.name)) -%}
            {%- endfor -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(states) }}
{%- endmacro %}

{# Every [mart, column] of these marts. #}
{% macro declared_columns(marts) -%}
    {%- set columns = [] -%}
    {%- for node in graph.nodes.values() if node.resource_type == "model" and node.name in marts -%}
        {%- for column in node.columns -%}
            {%- do columns.append([node.name, column]) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(columns) }}
{%- endmacro %}
