{# Random numbers that are the same in every build, and lists of numbers with a minimum distance. #}

{# A uniform number in [0, 1): 53 bits of the text's MD5, read with its last byte first; the same on every engine. #}
{% macro uniform_hash(text) -%}
    {{ adapter.dispatch("uniform_hash")(text) }}
{%- endmacro %}

{# md5_number_lower, which has 64 bits, takes five times as long. #}
{% macro duckdb__uniform_hash(text) -%}
    ((md5_number({{ text }}) >> 75)::ubigint::double / 9007199254740992e0)
{%- endmacro %}

{# Seven bytes of the MD5 in hexadecimal digits, from the last one on, without three bits. #}
{% macro spark__uniform_hash(text) -%}
    (shiftright(conv(concat(
        {%- for byte in range(15, 8, -1) -%}
        substr(md5({{ text }}), {{ 2 * byte + 1 }}, 2){% if not loop.last %}, {% endif %}
        {%- endfor -%}
    ), 16, 10)::bigint, 3)::double / 9007199254740992e0)
{%- endmacro %}

{#
The numbers of a group, ascending, without those less than `gap` after the last one kept; a list. With a gap of 10:
[1, 8, 12, 21] gives [1, 12].
#}
{% macro spaced_numbers(number, gap) -%}
    {{ adapter.dispatch("spaced_numbers")(number, gap) }}
{%- endmacro %}

{% macro duckdb__spaced_numbers(number, gap) -%}
    list_reduce(
        list_transform(list({{ number }} order by {{ number }}), lambda number: [number]),
        lambda kept, number: case when number[1] - kept[-1] >= {{ gap }} then list_concat(kept, number) else kept end
    )
{%- endmacro %}

{% macro spark__spaced_numbers(number, gap) -%}
    aggregate(
        sort_array(collect_list({{ number }})),
        filter(collect_list({{ number }}), one -> false),
        (kept, one) -> case
            when size(kept) = 0 or one - try_element_at(kept, -1) >= {{ gap }} then concat(kept, array(one)) else kept
        end
    )
{%- endmacro %}

{# The first `length` elements of a list. #}
{% macro first_of_list(values, length) -%}
    {{ adapter.dispatch("first_of_list")(values, length) }}
{%- endmacro %}

{% macro duckdb__first_of_list(values, length) -%}
    {{ values }}[1:{{ length }}]
{%- endmacro %}

{% macro spark__first_of_list(values, length) -%}
    slice({{ values }}, 1, ({{ length }})::integer)
{%- endmacro %}

{# A row for each element of a list: the only such expression of a select. #}
{% macro unnested(values) -%}
    {{ adapter.dispatch("unnested")(values) }}
{%- endmacro %}

{% macro duckdb__unnested(values) -%}
    unnest({{ values }})
{%- endmacro %}

{% macro spark__unnested(values) -%}
    explode({{ values }})
{%- endmacro %}
