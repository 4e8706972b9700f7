{# Lists used as vectors, hashes of rows, whole numbers. #}

{# 1 for each element above 0, 0 for each 0. #}
{% macro signs(numbers) -%}
    {{ adapter.dispatch("signs")(numbers) }}
{%- endmacro %}

{% macro duckdb__signs(numbers) -%}
    list_transform({{ numbers }}, lambda element: sign(element)::double)
{%- endmacro %}

{% macro spark__signs(numbers) -%}
    transform({{ numbers }}, element -> sign(element)::double)
{%- endmacro %}

{# Two integers as one key, because sorting and joining by one takes half the time; right_number must be below a million. #}
{% macro joint_number(left_number, right_number) -%}
    {{ left_number }}::bigint * 1000000 + {{ right_number }}
{%- endmacro %}

{# Dot product of two lists of equal length without NULLs. #}
{% macro dot_product(left_list, right_list) -%}
    {{ adapter.dispatch("dot_product")(left_list, right_list) }}
{%- endmacro %}

{% macro duckdb__dot_product(left_list, right_list) -%}
    list_dot_product({{ left_list }}, {{ right_list }})
{%- endmacro %}

{% macro spark__dot_product(left_list, right_list) -%}
    aggregate(zip_with({{ left_list }}, {{ right_list }}, (one, other) -> one * other), 0e0, (total, product) -> total + product)
{%- endmacro %}

{# A hash of the columns as a type that can be summed; the sum identifies a set of rows in any order. #}
{% macro row_hash(columns) -%}
    {{ adapter.dispatch("row_hash")(columns) }}
{%- endmacro %}

{% macro duckdb__row_hash(columns) -%}
    hash({{ columns | join(", ") }})::hugeint
{%- endmacro %}

{# 44 bits: the sum of a million of them stays within 64. #}
{% macro spark__row_hash(columns) -%}
    shiftright(xxhash64({{ columns | join(", ") }}), 20)
{%- endmacro %}

{# A subquery: the integers 0 … count - 1 in the column `number`. #}
{% macro whole_numbers(count) -%}
    {{ adapter.dispatch("whole_numbers")(count) }}
{%- endmacro %}

{% macro duckdb__whole_numbers(count) -%}
    (select range as number from range({{ count }}))
{%- endmacro %}

{% macro spark__whole_numbers(count) -%}
    (select id as number from range({{ count }}))
{%- endmacro %}
