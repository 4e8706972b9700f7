{# Reading a column whose name is data, and texts that hold lists. #}

{# A row of the relation `alias` as JSON text. #}
{% macro row_as_json(alias) -%}
    {{ adapter.dispatch("row_as_json")(alias) }}
{%- endmacro %}

{% macro duckdb__row_as_json(alias) -%}
    to_json({{ alias }})::string
{%- endmacro %}

{% macro spark__row_as_json(alias) -%}
    to_json(struct({{ alias }}.*))
{%- endmacro %}

{# The value of a key of a JSON text, as text; NULL if it is null or missing. #}
{% macro json_text(text, key) -%}
    {{ adapter.dispatch("json_text")(text, key) }}
{%- endmacro %}

{% macro duckdb__json_text(text, key) -%}
    json_extract_string({{ text }}, '$."' || {{ key }} || '"')
{%- endmacro %}

{% macro spark__json_text(text, key) -%}
    get_json_object({{ text }}, '$.' || {{ key }})
{%- endmacro %}

{# A text cut at each separator: a list. #}
{% macro split_text(text, separator) -%}
    {{ adapter.dispatch("split_text")(text, separator) }}
{%- endmacro %}

{% macro duckdb__split_text(text, separator) -%}
    string_split({{ text }}, '{{ separator }}')
{%- endmacro %}

{% macro spark__split_text(text, separator) -%}
    split({{ text }}, '[{{ separator }}]')
{%- endmacro %}

{# The text before (part 1) or after (part 2) the first separator. #}
{% macro split_part_of(text, separator, part) -%}
    {% if part == 1 -%}
        split_part({{ text }}, '{{ separator }}', 1)
    {%- else -%}
        substr({{ text }}, instr({{ text }}, '{{ separator }}') + 1)
    {%- endif %}
{%- endmacro %}

{# The JSON lists of a group as one JSON list, in the order of `ordering`. #}
{% macro joined_json_lists(lists, ordering) -%}
    '[' || coalesce(
        {{ joined_by("','", "nullif(substr(" ~ lists ~ ", 2, length(" ~ lists ~ ") - 2), '')", ordering) }}, ''
    ) || ']'
{%- endmacro %}
