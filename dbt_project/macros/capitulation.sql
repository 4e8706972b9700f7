{#
Legs of a capitulation. A leg's test is true, false, or NULL (a reading that decides it is missing). A leg is on for as many
sessions as its memory is long after its test was met. It is off only if the test is known to be false in every session of
the memory; otherwise it is unknown. With a memory of 3 sessions:

    test   true   false  false  false  NULL   false  false  false
    leg    true   true   true   false  NULL   NULL   NULL   false

`window` must run from the first session to the current one.
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

{# The conditions that are met, each as its name and reading; NULL if none is. tests: {name: [condition, reading]}. #}
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
