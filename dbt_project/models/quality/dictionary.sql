-- Every column of every mart with its unit, formula and meaning, from the yml files; one row a mart and column. The log of
-- verdicts comes last: no model builds it, but it is part of the published file.
{%- set marts = [] -%}
{%- if execute -%}
    {%- for node in graph.nodes.values() | sort(attribute="name") -%}
        {%- if node.resource_type == "model" and node.schema == "marts" -%}{%- do marts.append(node) -%}{%- endif -%}
    {%- endfor -%}
    {%- for node in graph.sources.values() if node.name == "verdict_log" -%}{%- do marts.append(node) -%}{%- endfor -%}
{%- endif %}
select *
from (
    values
    {%- for mart in marts %}
    {%- set outer = loop %}
    {%- for column in mart.columns.values() %}
    {%- set meta = column.config.meta or column.meta %}
    (
        '{{ mart.name }}'::string,
        '{{ column.name }}'::string,
        {{ loop.index }}::integer,
        '{{ column.data_type }}'::string,
        {{ "'" ~ meta.unit | replace("'", "''") ~ "'" if meta.unit else "null" }}::string,
        {{ "'" ~ meta.formula | replace("'", "''") ~ "'" if meta.formula else "null" }}::string,
        '{{ column.description | trim | replace("'", "''") }}'::string
    ){% if not (loop.last and outer.last) %},{% endif %}
    {%- endfor %}
    {%- else %}
    (null::string, null::string, null::integer, null::string, null::string, null::string, null::string)
    {%- endfor %}
) as described(mart, column_name, position, data_type, unit, formula, meaning)
