-- The return of the S&P 500 split into growth and discount-rate news, over one, five and 21 sessions, with the range of each
-- part over every split that the signs allow; one row a session from SPY's first return on. Covariances are of the 252
-- sessions that end the day before, so that a session is split by what was known before it. The mathematics is in
-- macros/news_split.sql.
{% set horizons = [1, 5, 21] -%}
{#- the least sine of the angle between the two returns: below it they are one series and have no split -#}
{% set least_sine = "1e-6" -%}
with factors as (
    select * from {{ ref("int_driver_factors") }}
),

joint_returns as (
    select
        session_number,
        session_date,
        spx_return,
        rates as bond_return,
        case when rates is not null then spx_return end as joint_stock_return,
        case when spx_return is not null then rates end as joint_bond_return
    from factors
),

moments as (
    select
        *,
        {{ rolling_std("joint_stock_return", "year_before", 202) }} as stock_sigma,
        {{ rolling_std("joint_bond_return", "year_before", 202) }} as bond_sigma,
        {{ rolling_corr("joint_stock_return", "joint_bond_return", "year_before", 202) }} as correlation
    from joint_returns
    window year_before as (order by session_number rows between 252 preceding and 1 preceding)
),

-- rounding may take a correlation beyond 1, where it has no angle
return_angles as (
    select
        *,
        acos(greatest(least(correlation, 1), -1)) as return_angle
    from moments
),

split_angles as (
    select
        *,
        case when sin(return_angle) >= {{ least_sine }} then greatest(0, pi() / 2 - return_angle) end as angle_low,
        case when sin(return_angle) >= {{ least_sine }} then least(pi() / 2, pi() - return_angle) end as angle_high,
        10000 * spx_return as total_1_bp,
        case
            when sin(return_angle) >= {{ least_sine }}
                then 10000 * (spx_return * cos(return_angle) - bond_return * stock_sigma / nullif(bond_sigma, 0))
                    / (2 * sin(return_angle))
        end as cross_1_bp
    from return_angles
),

middle_splits as (
    select
        *,
        {{ news_growth_at("(angle_low + angle_high) / 2", "total_1_bp", "cross_1_bp") }} as growth_1_bp,
        angle_low as angle_low_1,
        angle_high as angle_high_1
    from split_angles
),

-- over several sessions: sums, and the angles that all of them allow
split_sums as (
    select
        *
        {%- for sessions in horizons if sessions > 1 %}
        {%- set window = "(order by session_number " ~ rows_back(sessions) ~ ")" %}
        {%- for sum in ["total", "cross", "growth"] %},
        case when count(growth_1_bp) over {{ window }} = {{ sessions }} then sum({{ sum }}_1_bp) over {{ window }} end
            as {{ sum }}_{{ sessions }}_bp
        {%- endfor %},
        max(angle_low) over {{ window }} as angle_low_{{ sessions }},
        min(angle_high) over {{ window }} as angle_high_{{ sessions }}
        {%- endfor %}
    from middle_splits
),

split_ranges as (
    select
        *
        {%- for sessions in horizons %}
        {%- set arguments = ["total_" ~ sessions ~ "_bp", "cross_" ~ sessions ~ "_bp", "angle_low_" ~ sessions,
            "angle_high_" ~ sessions] %},
        {{ news_growth_least(*arguments) }} as growth_{{ sessions }}_bp_low,
        {{ news_growth_greatest(*arguments) }} as growth_{{ sessions }}_bp_high
        {%- endfor %}
    from split_sums
)

select
    session_number,
    session_date,

    ---------- of the year before
    correlation,
    stock_sigma,
    bond_sigma,

    ---------- what the range of any window is computed from
    angle_low,
    angle_high,
    cross_1_bp as cross_bp
    {%- for sessions in horizons %},

    ---------- {{ sessions }} session{{ "s" if sessions > 1 }}
    total_{{ sessions }}_bp,
    growth_{{ sessions }}_bp,
    growth_{{ sessions }}_bp_low,
    growth_{{ sessions }}_bp_high,
    total_{{ sessions }}_bp - growth_{{ sessions }}_bp as discount_{{ sessions }}_bp,
    total_{{ sessions }}_bp - growth_{{ sessions }}_bp_high as discount_{{ sessions }}_bp_low,
    total_{{ sessions }}_bp - growth_{{ sessions }}_bp_low as discount_{{ sessions }}_bp_high
    {%- endfor %}
from split_ranges
order by session_number
