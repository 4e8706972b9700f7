{#
Legs of a capitulation. A leg's test is true, false, or NULL (a reading that decides it is missing). A leg is on for as many
sessions as its memory is long after its test was met. It is off only if the test is known to be false in every session of
the memory; otherwise it is unknown. With a memory of 3 sessions:

    test   true   false  false  false  NULL   false  false  false
    leg    true   true   true   false  NULL   NULL   NULL   false

`void` is a condition that ends what came before it: what was met counts only if no later session was void, and is unknown
if one may have been. `memory` is the id of a threshold; `window` must run from the first session to the current one.
#}

{% macro leg_on(test, window, memory, void="false") -%}
    {%- set last_possible_void = "coalesce(max(case when coalesce(" ~ void ~ ", true) then session_number end) over "
        ~ window ~ ", -1)" -%}
    {%- set last_possible_test = "coalesce(max(case when coalesce(" ~ test ~ ", true) then session_number end) over "
        ~ window ~ ", min(session_number) over " ~ window ~ " - 1)" -%}
    case
        when max(case when {{ test }} then session_number end) over {{ window }} > {{ last_possible_void }}
            and session_number - max(case when {{ test }} then session_number end) over {{ window }}
            < {{ threshold(memory) }} then true
        when {{ last_possible_test }} > coalesce(max(case when {{ void }} then session_number end) over {{ window }}, -1)
            and session_number - {{ last_possible_test }} < {{ threshold(memory) }} then null
        else false
    end
{%- endmacro %}

{# The session on which the test was last met, NULL if it never was or a later session was void. #}
{% macro last_met(test, window, void="false") -%}
    case
        when max(case when {{ test }} then session_number end) over {{ window }}
            > coalesce(max(case when {{ void }} then session_number end) over {{ window }}, -1)
            then max(case when {{ test }} then session_number end) over {{ window }}
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
