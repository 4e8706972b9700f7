{#
The breadth ladder: what the next session's breadth would be if every member moved by the same move. Its rungs are the
moves from -5 % to +5 % in steps of half a percent, numbered 0 to 20.

A name crosses each test at one growth of its close: it is above a mean of n closes from the mean of its last n - 1 closes
on, at a high from the highest of them on, at a low up to the lowest. So each member and day needs one number a test, the rung
at which it crosses, and the shares on all 21 rungs are running sums of one histogram.

    growth to the mean    0.9512    first rung above    rung 1 is 0.955    1
    growth to the high    1.0350    first rung at it    rung 17 is 1.035   17
    growth to the low     0.9301    rungs at the low    none               0

Growths and rungs within 1e-11 are equal: 200 closing at 201 is a move of 0.5 %, whatever the rounding of 201 / 200.
#}

{% macro ladder_rungs() -%}
    {{ return(21) }}
{%- endmacro %}

{# The window of the ladder's highs and lows. #}
{% macro ladder_extreme() -%}
    {{ return(252) }}
{%- endmacro %}

{# The move of a rung in percent. #}
{% macro move_of_rung(rung) -%}
    ({{ rung }} - 10) / 2e0
{%- endmacro %}

{# Lengths of the sums of closes that the next close completes to a mean's window. #}
{% macro sums_before_next_close() -%}
    {%- set lengths = [] -%}
    {%- for length in mean_windows() -%}
        {%- do lengths.append(length - 1) -%}
    {%- endfor -%}
    {{ return(lengths) }}
{%- endmacro %}

{# The first rung with more than this growth; 21 if there is none, NULL if the growth is. #}
{% macro first_rung_above(growth) -%}
    {{ bounded_rung("floor(200 * (" ~ growth ~ " - 0.95e0) + 2e-9) + 1", growth) }}
{%- endmacro %}

{# The first rung with at least this growth; 21 if there is none, NULL if the growth is. #}
{% macro first_rung_at_least(growth) -%}
    {{ bounded_rung("ceil(200 * (" ~ growth ~ " - 0.95e0) - 2e-9)", growth) }}
{%- endmacro %}

{# How many rungs have at most this growth; NULL if the growth is. #}
{% macro rungs_at_most(growth) -%}
    {{ first_rung_above(growth) }}
{%- endmacro %}

{# greatest and least pass over NULL, and a growth may be larger than any small integer. #}
{% macro bounded_rung(rung, growth) -%}
    case when {{ growth }} is not null then least(greatest({{ rung }}, 0), {{ ladder_rungs() }}) end::tinyint
{%- endmacro %}
