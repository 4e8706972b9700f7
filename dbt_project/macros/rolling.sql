{#
Rolling statistics over sessions. Each is NULL until its window has `least` values, and never NaN or infinite. `window` is
the name of a window clause. Relations must have one row a session, because windows count rows.
#}

{% macro rows_back(sessions) -%}
    rows between {{ sessions - 1 }} preceding and current row
{%- endmacro %}

{% macro rolling_mean(value, window, least) -%}
    case when count({{ value }}) over {{ window }} >= {{ least }} then avg({{ value }}) over {{ window }} end
{%- endmacro %}

{# Sample standard deviation (ddof 1). #}
{% macro rolling_std(value, window, least) -%}
    case
        when count({{ value }}) over {{ window }} >= {{ least }}
            then sqrt(greatest(var_samp({{ value }}) over {{ window }}, 0))
    end
{%- endmacro %}

{# (x - mean) / sigma over the window that ends here; NULL if sigma is only rounding error of the values. #}
{% macro rolling_z(value, window, least) -%}
    case
        when {{ value }} is not null and count({{ value }}) over {{ window }} >= {{ least }}
            then ({{ value }} - avg({{ value }}) over {{ window }})
                / nullif(
                    case
                        when sqrt(greatest(var_samp({{ value }}) over {{ window }}, 0))
                            > 1e-12 * greatest(abs(avg({{ value }}) over {{ window }}), 1e-12)
                            then sqrt(greatest(var_samp({{ value }}) over {{ window }}, 0))
                    end, 0
                )
    end
{%- endmacro %}

{# Percentage of the values in the window, the current one included, that are at most the current one. #}
{% macro rolling_pctl(value, window, least) -%}
    case
        when {{ value }} is not null and count({{ value }}) over {{ window }} >= {{ least }}
            then 100e0 * {{ count_at_most_current(value, window) }}
                / count({{ value }}) over {{ window }}
    end
{%- endmacro %}

{# Pearson correlation of two columns over the window, over rows where both are known; NULL if either is constant. #}
{% macro rolling_corr(left_value, right_value, window, least) -%}
    {%- set joint = left_value ~ " + " ~ right_value -%}
    case
        when count({{ joint }}) over {{ window }} >= {{ least }}
            then covar_samp({{ left_value }}, {{ right_value }}) over {{ window }}
                / nullif(
                    sqrt(
                        greatest(var_samp(case when {{ joint }} is not null then {{ left_value }} end) over {{ window }}, 0)
                        * greatest(var_samp(case when {{ joint }} is not null then {{ right_value }} end) over {{ window }}, 0)
                    ), 0
                )
    end
{%- endmacro %}

{# Slope of the regression of left_value on right_value over the window. #}
{% macro rolling_beta(left_value, right_value, window, least) -%}
    {%- set joint = left_value ~ " + " ~ right_value -%}
    case
        when count({{ joint }}) over {{ window }} >= {{ least }}
            then covar_samp({{ left_value }}, {{ right_value }}) over {{ window }}
                / nullif(
                    greatest(var_samp(case when {{ joint }} is not null then {{ right_value }} end) over {{ window }}, 0), 0
                )
    end
{%- endmacro %}
