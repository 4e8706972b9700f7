{# The counts of int_breadth_counts in order: the same list for the model that sums them and the one that checks coverage. #}
{% macro breadth_counts() -%}
    {%- set counts = ["advances", "declines", "unchanged", "up_volume", "down_volume", "points_gained", "points_lost"] -%}
    {%- for length in [20, 50, 100, 200] -%}
        {%- do counts.extend(["eligible_sma" ~ length, "above_sma" ~ length]) -%}
    {%- endfor -%}
    {%- for length in [21, 63, 252] -%}
        {%- do counts.extend(["eligible_" ~ length, "new_highs_" ~ length, "new_lows_" ~ length]) -%}
    {%- endfor -%}
    {{ return(counts + ["eligible_return_21", "outperforming_21", "return_sum"]) }}
{%- endmacro %}

{# Members with a full window, by the share that they are the denominator of. #}
{% macro eligible_counts() -%}
    {%- set counts = [] -%}
    {%- for length in mean_windows() -%}
        {%- do counts.append("eligible_sma" ~ length) -%}
    {%- endfor -%}
    {%- for length in extreme_windows() -%}
        {%- do counts.append("eligible_" ~ length) -%}
    {%- endfor -%}
    {{ return(counts) }}
{%- endmacro %}

{# A share of the eligible members in percent. It has a floor of its own: what is left of half of the members is no share
   of the universe, however complete the day is. #}
{% macro share_of(counted, eligible, rows) -%}
    case when not coalesce({{ rows }}.{{ eligible }} < {{ threshold("coverage_floor") }} * {{ rows }}.members, false)
        then 100e0 * {{ counted }} / nullif({{ rows }}.{{ eligible }}, 0)::double end
{%- endmacro %}
