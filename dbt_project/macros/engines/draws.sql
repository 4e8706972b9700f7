{# Random numbers that are the same in every build, and lists of numbers with a minimum distance. #}

{# A uniform number in [0, 1): the first 53 bits of the text's MD5; md5_number_lower, which has 64, takes five times as long. #}
{% macro uniform_hash(text) -%}
    ((md5_number({{ text }}) >> 75)::ubigint::double / 9007199254740992.0)
{%- endmacro %}

{#
The numbers of a group, ascending, without those less than `gap` after the last one kept; a list. With a gap of 10:
[1, 8, 12, 21] gives [1, 12].
#}
{% macro spaced_numbers(number, gap) -%}
    list_reduce(
        list_transform(list({{ number }} order by {{ number }}), lambda number: [number]),
        lambda kept, number: case when number[1] - kept[-1] >= {{ gap }} then list_concat(kept, number) else kept end
    )
{%- endmacro %}

{# The first `length` elements of a list. #}
{% macro first_of_list(values, length) -%}
    {{ values }}[1:{{ length }}]
{%- endmacro %}
