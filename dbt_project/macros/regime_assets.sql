{# The assets whose returns are shown by quadrant. #}
{% macro regime_assets() -%}
    {{ return(["SPY", "IWM", "RSP", "QQQ", "MAG7", "TLT", "IEF", "HYG", "LQD", "TIP", "GLD", "UUP"]) }}
{%- endmacro %}
