{# Numbers and lists as text. Both engines round halves away from zero and write the same digits. #}

{# Whether a double is infinite or no number. #}
{% macro is_not_finite(value) -%}
    abs({{ value }}) in ('infinity'::double, 'nan'::double)
{%- endmacro %}

{# A number to this many decimals, halves away from zero. #}
{% macro rounded(value, decimals) -%}
    {{ adapter.dispatch("rounded")(value, decimals) }}
{%- endmacro %}

{% macro duckdb__rounded(value, decimals) -%}
    round(({{ value }})::double, {{ decimals }})
{%- endmacro %}

{# As DuckDB rounds: the double times a power of ten, where Spark's own function takes the number as it
is written; and a negative number that becomes zero is minus zero. #}
{% macro spark__rounded(value, decimals) -%}
    (sign(({{ value }})::double) * round(abs(({{ value }})::double) * 1e{{ decimals }}, 0) / 1e{{ decimals }})
{%- endmacro %}

{# A number with fixed decimals and, if `sign`, a plus sign; NULL stays NULL, and minus zero becomes zero. #}
{% macro fixed(value, decimals, sign=false) -%}
    case when {{ value }} is not null
        then {{ written("%" ~ ("+" if sign) ~ "." ~ decimals ~ "f", rounded(value, decimals) ~ " + 0e0") }}
    end
{%- endmacro %}

{#
A number as written in a sentence: fixed decimals, a comma between thousands, a typographic minus and, if `sign`, a plus;
what rounds to zero has neither. NULL stays NULL.
#}
{% macro spoken_number(value, decimals, sign=false) -%}
    {%- set text = written("%" ~ ("+" if sign) ~ ",." ~ decimals ~ "f", rounded(value, decimals) ~ " + 0e0") -%}
    replace({{ adapter.dispatch("without_sign_of_zero")(text) }}, '-', '−')
{%- endmacro %}

{% macro duckdb__without_sign_of_zero(text) -%}
    regexp_replace({{ text }}, '^[+-](0[.0]*)$', '\1')
{%- endmacro %}

{% macro spark__without_sign_of_zero(text) -%}
    regexp_replace({{ text }}, '^[+-](0[.0]*)$', '$1')
{%- endmacro %}

{# A number in a format of C's printf; NULL stays NULL. #}
{% macro written(format, value) -%}
    {{ adapter.dispatch("written")(format, value) }}
{%- endmacro %}

{% macro duckdb__written(format, value) -%}
    printf('{{ format }}', {{ value }})
{%- endmacro %}

{% macro spark__written(format, value) -%}
    case when {{ value }} is not null then format_string('{{ format }}', {{ value }}) end
{%- endmacro %}

{#
A number that is already text, without the last digits, in which two builds of one SQL may differ; other text as it is.
#}
{% macro rounded_text(text) -%}
    case
        when {{ text }} like '%.%' and try_cast({{ text }} as double) is not null
            then {{ number_text(rounded("try_cast(" ~ text ~ " as double)", 9)) }}
        else {{ text }}
    end
{%- endmacro %}

{# A double of at most nine decimals as text: all its digits, at least one after the point. #}
{% macro number_text(value) -%}
    {{ adapter.dispatch("number_text")(value) }}
{%- endmacro %}

{% macro duckdb__number_text(value) -%}
    ({{ value }})::string
{%- endmacro %}

{% macro spark__number_text(value) -%}
    regexp_replace(format_string('%.9f', {{ value }}), '([.][0-9]+?)0+$', '$1')
{%- endmacro %}

{# The texts of a group joined with `separator`, SQL for a text, in the order of `ordering`. #}
{% macro joined_by(separator, text, ordering, condition=none) -%}
    {{ adapter.dispatch("joined_by")(separator, text, ordering) }}
    {%- if condition %} filter (where {{ condition }}){% endif %}
{%- endmacro %}

{% macro duckdb__joined_by(separator, text, ordering) -%}
    string_agg({{ text }}, {{ separator }} order by {{ ordering }})
{%- endmacro %}

{% macro spark__joined_by(separator, text, ordering) -%}
    listagg({{ text }}, {{ separator }}) within group (order by {{ ordering }})
{%- endmacro %}

{# The texts of a group joined with commas, in the order of `ordering`. #}
{% macro joined_text(text, ordering) -%}
    {{ joined_by("', '", text, ordering) }}
{%- endmacro %}

{# A list of rows ({name: SQL}) as JSON text, without those whose `text` is NULL. #}
{% macro rows_as_json(rows) -%}
    {{ adapter.dispatch("rows_as_json")(rows) }}
{%- endmacro %}

{% macro duckdb__rows_as_json(rows) -%}
    to_json(list_filter([
        {%- for row in rows %}
        {{ "{" }}{% for name, value in row.items() %}'{{ name }}': {{ value }}{% if not loop.last %}, {% endif %}{% endfor %}{{ "}" }}
        {%- if not loop.last %},{% endif %}
        {%- endfor %}
    ], lambda row: row.text is not null))::string
{%- endmacro %}

{# Put together by hand, because Spark writes 0.0005 as 5.0E-4. `value` is a double, `factor` a whole number. #}
{% macro spark__rows_as_json(rows) -%}
    '[' || concat_ws(','
        {%- for row in rows %},
        case when {{ row.text }} is not null then concat('{'
            {%- for name, value in row.items() %}, '{{ "," if not loop.first }}"{{ name }}":',
            {%- if name == "value" %} coalesce({{ number_text(value) }}, 'null')
            {%- elif name == "factor" %} '{{ value }}'
            {%- else %} coalesce(substr(to_json(array({{ value }})), 2, length(to_json(array({{ value }}))) - 2), 'null')
            {%- endif %}
            {%- endfor %}, '}') end
        {%- endfor %}
    ) || ']'
{%- endmacro %}

{% macro line_break() -%}
    chr(10)
{%- endmacro %}
