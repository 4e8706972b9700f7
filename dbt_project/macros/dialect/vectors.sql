{# Lists used as vectors, and hashes of rows. #}

{# The values of a group as a list, in the order of `ordering`. #}
{% macro ordered_list(value, ordering) -%}
    list({{ value }} order by {{ ordering }})
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
