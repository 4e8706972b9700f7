{# Reading a column whose name is data. #}

{# A row of the relation `alias` as JSON text. #}
{% macro row_as_json(alias) -%}
    to_json({{ alias }})::varchar
{%- endmacro %}

{# The value of a key of a JSON text, as text; NULL if it is null or missing. #}
{% macro json_text(text, key) -%}
    json_extract_string({{ text }}, '$."' || {{ key }} || '"')
{%- endmacro %}

{% macro split_text(text, separator) -%}
    string_split({{ text }}, '{{ separator }}')
{%- endmacro %}

{# The text before (part 1) or after (part 2) the first separator. #}
{% macro split_part_of(text, separator, part) -%}
    {% if part == 1 -%}
        split_part({{ text }}, '{{ separator }}', 1)
    {%- else -%}
        substr({{ text }}, strpos({{ text }}, '{{ separator }}') + 1)
    {%- endif %}
{%- endmacro %}

{# The JSON lists of a group as one JSON list, in the order of `ordering`. #}
{% macro joined_json_lists(lists, ordering) -%}
    '[' || coalesce(
        string_agg(nullif(substr({{ lists }}, 2, length({{ lists }}) - 2), ''), ',' order by {{ ordering }}), ''
    ) || ']'
{%- endmacro %}
