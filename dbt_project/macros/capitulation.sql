{#
Legs of a capitulation. Each is tested every session (true, false, or NULL where a reading that would decide it is
missing); it is on while the test held within the last sessions of its memory. Three values all the way: a leg is off
only where every one of those sessions was seen. Windows: `so_far` runs from the first session to this one.
#}

{% macro leg_on(test, window) -%}
    case
        when session_number - max(case when {{ test }} then session_number end) over {{ window }}
            < {{ threshold("leg_memory") }} then true
        when session_number - coalesce(
            max(case when {{ test }} is null then session_number end) over {{ window }},
            min(session_number) over {{ window }} - 1
        ) < {{ threshold("leg_memory") }} then null
        else false
    end
{%- endmacro %}

{# The tests that held, each as its name and reading; NULL where none did. tests: {name: [condition, reading]}. #}
{% macro readings_met(tests) -%}
    nullif(concat_ws(
        ', '
        {%- for name, (condition, reading) in tests.items() %},
        case
            when {{ condition }} then '{{ name }}'{% if reading %} || ' ' || {{ fixed(reading, 2) }}{% endif %}
        end
        {%- endfor %}
    ), '')
{%- endmacro %}
