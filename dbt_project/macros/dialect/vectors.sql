{# Lists used as vectors, and hashes of rows. #}

{# The rows of a group as a list, in the order of `ordering`; `fields` are (name, value) pairs. #}
{% macro ordered_rows(fields, ordering) -%}
    list(
        struct_pack(
            {%- for name, value in fields %}
            {{ name }} := {{ value }}{% if not loop.last %},{% endif %}
            {%- endfor %}
        ) order by {{ ordering }}
    )
{%- endmacro %}

{# One field of each row of such a list. #}
{% macro each(rows, field) -%}
    list_transform({{ rows }}, lambda element: element.{{ field }})
{%- endmacro %}

{# 1 for each element above 0, 0 for each 0. #}
{% macro signs(numbers) -%}
    list_transform({{ numbers }}, lambda element: sign(element)::double)
{%- endmacro %}

{# Two columns as one key of a join. #}
{% macro joint_key(left_column, right_column) -%}
    row({{ left_column }}, {{ right_column }})
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
