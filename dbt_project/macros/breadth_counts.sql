{# The counts of int_breadth_counts in order: the same list for the model that sums them and the one that checks coverage. #}
{% macro breadth_counts() -%}
    {%- set counts = ["advances", "declines", "unchanged", "up_volume", "down_volume", "points_gained", "points_lost"] -%}
    {%- for length in [20, 50, 100, 200] -%}
        {%- do counts.extend(["eligible_sma" ~ length, "above_sma" ~ length]) -%}
    {%- endfor -%}
    {%- for length in [21, 63, 252] -%}
        {%- do counts.extend(["eligible_" ~ length, "new_highs_" ~ length, "new_lows_" ~ length]) -%}
    {%- endfor -%}
    {{ return(counts + ["eligible_return_21", "outperforming_21"]) }}
{%- endmacro %}
