{# Lists used as vectors, and hashes of rows. #}

{# 1 for each element above 0, 0 for each 0. #}
{% macro signs(numbers) -%}
    list_transform({{ numbers }}, lambda element: sign(element)::double)
{%- endmacro %}

{# Two whole numbers as one key: to sort and to join by one takes half of the time. Left ones lie a million apart. #}
{% macro joint_number(left_number, right_number) -%}
    {{ left_number }}::bigint * 1000000 + {{ right_number }}
{%- endmacro %}

{# Sum of the products of two lists of one length without NULLs. #}
{% macro dot_product(left_list, right_list) -%}
    list_dot_product({{ left_list }}, {{ right_list }})
{%- endmacro %}

{# A 64-bit hash of the columns, wide enough to be summed: the sum tells two sets of rows apart in any order. #}
{% macro row_hash(columns) -%}
    hash({{ columns | join(", ") }})::hugeint
{%- endmacro %}

{# A relation of the whole numbers 0 … count - 1 in the column `number`: a subquery. #}
{% macro whole_numbers(count) -%}
    (select range as number from range({{ count }}))
{%- endmacro %}
