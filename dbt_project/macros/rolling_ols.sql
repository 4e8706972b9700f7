{#
Rolling least squares with a constant on several factors, by the sweep operator on the rolling covariance matrix. Equal to
statsmodels RollingOLS(missing="drop") on the rows where the outcome and every factor are known.

Sweeping a symmetric matrix at a pivot p replaces each cell by

    (p, p)  ->  -1 / d                      d = the old cell (p, p)
    (r, p)  ->  cell / d
    (r, c)  ->  cell - (r, p) (c, p) / d

After one sweep for each factor, the last column holds the betas, and its last cell the variance of the residual. Two factors
x and z and the outcome y = 2x + 3z, in a window in which var x = 1, cov(x, z) = 0.5 and var z = 1:

               x      z      y               x      z      y               x       z      y
        x    1.0    0.5    3.5        x   -1.0    0.5    3.5        x   -1.33    0.67    2.0   beta of x
        z           1.0    4.0   ->   z          0.75   2.25   ->   z           -1.33    3.0   beta of z
        y                 19.0        y                 6.75        y                    0.0   residual variance

    covariances                  swept at x: 0.5 is the           swept at z: r2 = 1 - 0.0 / 19.0
                                 slope of z on x

The subquery has one row a row of `relation` (one a session): `ordering`, observations, alpha, beta_<factor>, r2, and
slope_on_<first factor>_<factor> for each later factor: its slope on the first factor in the same window. The later factor
less that slope times the first is orthogonal to the first. `frame` is the window's frame, `least` the rows it must hold.

Everything is NULL if a factor is collinear with the ones before it, which leave less than 1e-8 of its variance. Rounding
leaves about 1e-16 of an exactly collinear factor, and a fit on 1e-8 still has eight digits; bounds: 1e-12 to 1e-6.

Each sweep is materialized: as nested expressions, the text of four factors is a thousand times as long.
#}
{% macro rolling_ols(relation, outcome, factors, ordering, frame, least) -%}
{%- set smallest_pivot = "1e-8" -%}
{%- set names = factors + [outcome] -%}
{%- set last = factors | length -%}
(
    with joint as (
        select
            {{ ordering }}
            {%- for name in names %},
            case when {{ names | join(" + ") }} is not null then {{ name }} end as v_{{ loop.index0 }}
            {%- endfor %}
        from {{ relation }}
    ),

    moments as {{ materialized() }} (
        select
            {{ ordering }},
            count(v_0) over in_window as observations
            {%- for column in range(last + 1) %},
            avg(v_{{ column }}) over in_window as mean_{{ column }}
            {%- for row in range(column + 1) %},
            case
                when count(v_0) over in_window >= {{ least }}
                    {% if row == column -%}
                    then greatest(var_samp(v_{{ row }}) over in_window, 0)
                    {%- else -%}
                    then covar_samp(v_{{ row }}, v_{{ column }}) over in_window
                    {%- endif %}
            end as {{ covariance_cell(row, column) }}
            {%- endfor %}
            {%- endfor %}
        from joint
        window in_window as (order by {{ ordering }} {{ frame }})
    ),

    swept_0 as {{ materialized() }} (
        select
            *
            {%- for row in range(last + 1) %},
            {{ covariance_cell(row, row) }} as variance_{{ row }}
            {%- endfor %}
        from moments
    ),

    {%- for pivot in range(last) %}

    pivot_{{ pivot + 1 }} as (
        select
            *,
            case
                when {{ covariance_cell(pivot, pivot) }} > {{ smallest_pivot }} * variance_{{ pivot }}
                    then {{ covariance_cell(pivot, pivot) }}
            end as divisor
        from swept_{{ pivot }}
    ),

    swept_{{ pivot + 1 }} as {{ materialized() }} (
        select
            {{ ordering }},
            observations
            {%- for row in range(last + 1) %},
            mean_{{ row }},
            variance_{{ row }}
            {%- endfor %}
            {%- for column in range(1, last) if pivot > 0 %},
            first_slope_{{ column }}
            {%- endfor %}
            {%- for column in range(1, last) if pivot == 0 %},
            {{ covariance_cell(0, column) }} / divisor as first_slope_{{ column }}
            {%- endfor %}
            {%- for column in range(last + 1) %}
            {%- for row in range(column + 1) %},
            {% if row == pivot and column == pivot -%}
            -1 / divisor
            {%- elif row == pivot or column == pivot -%}
            {{ covariance_cell(row, column) }} / divisor
            {%- else -%}
            {{ covariance_cell(row, column) }}
                - {{ covariance_cell(row, pivot) }} * {{ covariance_cell(column, pivot) }} / divisor
            {%- endif %} as {{ covariance_cell(row, column) }}
            {%- endfor %}
            {%- endfor %}
        from pivot_{{ pivot + 1 }}
    ),
    {%- endfor %}

    solved as (
        select
            {{ ordering }},
            observations,
            mean_{{ last }}
            {%- for column in range(last) %}
                - {{ covariance_cell(column, last) }} * mean_{{ column }}
            {%- endfor %} as alpha,
            1 - {{ covariance_cell(last, last) }} / nullif(variance_{{ last }}, 0) as r2
            {%- for name in factors %},
            {{ covariance_cell(loop.index0, last) }} as beta_{{ name }}
            {%- endfor %}
            {%- for column in range(1, last) %},
            first_slope_{{ column }} as slope_on_{{ factors[0] }}_{{ factors[column] }}
            {%- endfor %}
        from swept_{{ last }}
    )

    select * from solved
)
{%- endmacro %}


{# The name of a cell of the symmetric matrix: the pair of indices, the smaller first. #}
{% macro covariance_cell(row, column) -%}
    cell_{{ [row, column] | min }}_{{ [row, column] | max }}
{%- endmacro %}
