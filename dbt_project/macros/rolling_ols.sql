{#
Rolling multivariate least squares with a constant: the sweep operator on the rolling covariance matrix, one pivot a
factor. Equal to statsmodels RollingOLS(missing="drop") on the rows where the outcome and every factor are known.

A subquery with one row a row of `relation`: `ordering`, observations, alpha, beta_<factor>, r2, and
slope_on_<first factor>_<factor> of every later factor (what it moves with the first, from the same rows: the later
factor less that slope times the first is orthogonal to the first in the window). `frame` is the window's frame, `least`
the rows it must hold. Rows are sessions.

A factor of which the earlier ones leave less than 1e-8 of the variance is collinear: everything is NULL. Rounding makes
an exactly collinear one leave about 1e-16, and a fit on 1e-8 still has eight digits; bounds: 1e-12 to 1e-6.

Each pivot is materialized: as a chain of plain expressions the text of four factors is a thousand times as long.
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
