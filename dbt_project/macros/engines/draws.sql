{# Random numbers that stay the same from build to build, and lists thinned out in order. #}

{# A number in [0, 1) that depends on the text alone. #}
{% macro uniform_hash(text) -%}
    ((md5_number_lower({{ text }}) >> 11)::double / 9007199254740992.0)
{%- endmacro %}

{# Of the ascending `numbers` of a group those that lie at least `gap` after the last one kept, the first always: a list. #}
{% macro spaced_numbers(number, gap) -%}
    list_reduce(
        list_transform(list({{ number }} order by {{ number }}), lambda number: [number]),
        lambda kept, number: case when number[1] - kept[-1] >= {{ gap }} then list_concat(kept, number) else kept end
    )
{%- endmacro %}
