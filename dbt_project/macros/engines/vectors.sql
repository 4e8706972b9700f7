{# Lists used as vectors, and hashes of rows. #}

{# 1 for each element above 0, 0 for each 0. #}
{% macro signs(numbers) -%}
    list_transform({{ numbers }}, lambda element: sign(element)::double)
{%- endmacro %}

{# Two integers as one key, because sorting and joining by one takes half the time; right_number must be below a million. #}
{% macro joint_number(left_number, right_number) -%}
    {{ left_number }}::bigint * 1000000 + {{ right_number }}
{%- endmacro %}

{# Dot product of two lists of equal length without NULLs. #}
{% macro dot_product(left_list, right_list) -%}
    list_dot_product({{ left_list }}, {{ right_list }})
{%- endmacro %}

{# A 64-bit hash of the columns as a type that can be summed; the sum identifies a set of rows in any order. #}
{% macro row_hash(columns) -%}
    hash({{ columns | join(", ") }})::hugeint
{%- endmacro %}

{# A subquery: the integers 0 … count - 1 in the column `number`. #}
{% macro whole_numbers(count) -%}
    (select range as number from range({{ count }}))
{%- endmacro %}
