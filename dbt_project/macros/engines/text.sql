{# Numbers and lists as text. #}

{# A number with fixed decimals and, if `sign`, a plus sign; NULL stays NULL, and minus zero becomes zero. #}
{% macro fixed(value, decimals, sign=false) -%}
    case when {{ value }} is not null
        then printf('%{{ "+" if sign }}.{{ decimals }}f', round(({{ value }})::double, {{ decimals }}) + 0.0)
    end
{%- endmacro %}

{#
A number as written in a sentence: fixed decimals, a comma between thousands, a typographic minus and, if `sign`, a plus;
what rounds to zero has neither. NULL stays NULL.
#}
{% macro spoken_number(value, decimals, sign=false) -%}
    replace(
        regexp_replace(
            printf('%{{ "+" if sign }},.{{ decimals }}f', round(({{ value }})::double, {{ decimals }}) + 0.0),
            '^[+-](0[.0]*)$', '\1'
        ), '-', '−'
    )
{%- endmacro %}

{#
A number that is already text, without the last digits, in which two builds of one SQL may differ; other text as it is.
#}
{% macro rounded_text(text) -%}
    case
        when {{ text }} like '%.%' and try_cast({{ text }} as double) is not null
            then round({{ text }}::double, 9)::varchar
        else {{ text }}
    end
{%- endmacro %}

{# The texts of a group joined with commas, in the order of `ordering`. #}
{% macro joined_text(text, ordering) -%}
    string_agg({{ text }}, ', ' order by {{ ordering }})
{%- endmacro %}

{# A list of rows ({name: SQL}) as JSON text, without those whose `text` is NULL. #}
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
