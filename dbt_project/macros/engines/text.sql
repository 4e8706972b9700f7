{# Numbers and lists in words. #}

{# A number with so many decimals, with its sign where asked; NULL stays NULL, and there is no minus zero. #}
{% macro fixed(value, decimals, sign=false) -%}
    case when {{ value }} is not null
        then printf('%{{ "+" if sign }}.{{ decimals }}f', round(({{ value }})::double, {{ decimals }}) + 0.0)
    end
{%- endmacro %}

{# The texts of a group in one, parted by a comma, in the order of `ordering`. #}
{% macro joined_text(text, ordering) -%}
    string_agg({{ text }}, ', ' order by {{ ordering }})
{%- endmacro %}

{# A list of rows ({name: SQL}) as JSON text, leaving out those whose `text` is NULL. #}
{% macro rows_as_json(rows) -%}
    to_json(list_filter([
        {%- for row in rows %}
        {{ "{" }}{% for name, value in row.items() %}'{{ name }}': {{ value }}{% if not loop.last %}, {% endif %}{% endfor %}{{ "}" }}
        {%- if not loop.last %},{% endif %}
        {%- endfor %}
    ], lambda row: row.text is not null))::varchar
{%- endmacro %}

{% macro line_break() -%}
    chr(10)
{%- endmacro %}
