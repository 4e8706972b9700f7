{#
What is either so or not of a name-day, stored as the bits of one integer: to write a column costs 25 ns a row and name-days
had ten for this. `int_name_days` says each by its name.
#}

{# Windows of moving averages and of highs and lows, in sessions. #}
{% macro mean_windows() -%}
    {{ return([20, 50, 100, 200]) }}
{%- endmacro %}

{% macro extreme_windows() -%}
    {{ return([21, 63, 252]) }}
{%- endmacro %}

{# The flags in the order of their bits. #}
{% macro name_day_flags() -%}
    {%- set flags = ["is_stale", "is_extreme_move", "is_split_with_dividend"] -%}
    {%- for sessions in mean_windows() -%}
        {%- do flags.extend(["is_eligible_" ~ sessions, "is_above_sma" ~ sessions]) -%}
    {%- endfor -%}
    {%- for sessions in extreme_windows() -%}
        {%- do flags.extend(["is_eligible_" ~ sessions, "is_high_" ~ sessions, "is_low_" ~ sessions]) -%}
    {%- endfor -%}
    {{ return(flags) }}
{%- endmacro %}

{# The number that stands for a flag alone; flags that are on are added up. #}
{% macro bit_of(flag) -%}
    {{ return(2 ** name_day_flags().index(flag)) }}
{%- endmacro %}

{# Whether a flag is on in `flags`. #}
{% macro is_on(flag) -%}
    flags & {{ bit_of(flag) }} > 0
{%- endmacro %}
