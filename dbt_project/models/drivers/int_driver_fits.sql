-- The regressions of the S&P 500 on its drivers, each over the 252 sessions that end the day before (at least 126); one row a
-- session. Credit is made orthogonal to rates: HYG's return less its slope on IEF in the same window, so that what it shares
-- with rates is not counted as credit's. The R² with credit is that of the macro block with credit among its drivers.
{% set year_before = "rows between 252 preceding and 1 preceding" -%}
{#- the least share of a driver's variance that the drivers before it may leave, as in rolling_ols -#}
{% set smallest_pivot = "1e-8" -%}
with factors as (
    select * from {{ ref("int_driver_factors") }}
),

macro_fits as (
    select *
    from {{ rolling_ols("factors", "spx_return", ["rates", "dollar"], "session_number", year_before, 126) }}
),

macro_fits_with_credit as (
    select *
    from {{ rolling_ols("factors", "spx_return", ["rates", "dollar", "credit"], "session_number", year_before, 126) }}
),

inside_fits as (
    select *
    from {{ rolling_ols(
        "factors", "spx_return", ["mega_cap", "small_cap", "cyclical"], "session_number", year_before, 126
    ) }}
),

---------- amplifiers
amplifier_rows as (
    select
        session_number
        {%- for name in ["spx_return", "rates", "credit", "volatility"] %},
        case when spx_return + rates + credit + volatility is not null then {{ name }} end as {{ name }}
        {%- endfor %}
    from factors
),

amplifier_moments as (
    select
        session_number,
        count(spx_return) over year_before as observations,
        {%- for name in ["spx_return", "rates", "credit", "volatility"] %}
        avg({{ name }}) over year_before as mean_{{ name }},
        var_samp({{ name }}) over year_before as var_{{ name }},
        {%- endfor %}
        covar_samp(rates, credit) over year_before as covar_rates_credit,
        covar_samp(rates, volatility) over year_before as covar_rates_volatility,
        covar_samp(rates, spx_return) over year_before as covar_rates_spx,
        covar_samp(credit, volatility) over year_before as covar_credit_volatility,
        covar_samp(credit, spx_return) over year_before as covar_credit_spx,
        covar_samp(volatility, spx_return) over year_before as covar_volatility_spx
    from amplifier_rows
    window year_before as (order by session_number {{ year_before }})
),

slopes as (
    select
        *,
        case when observations >= 126 then covar_rates_credit / nullif(var_rates, 0) end as slope
    from amplifier_moments
),

-- the moments of credit less its slope times rates
orthogonal_moments as (
    select
        *,
        var_credit - slope * covar_rates_credit as var_orthogonal,
        covar_credit_volatility - slope * covar_rates_volatility as covar_orthogonal_volatility,
        covar_credit_spx - slope * covar_rates_spx as covar_orthogonal_spx
    from slopes
),

-- the determinant of the two drivers' covariances; NULL where one of them is collinear
determinants as (
    select
        *,
        case
            when var_orthogonal > {{ smallest_pivot }} * var_credit
                and var_orthogonal * var_volatility - power(covar_orthogonal_volatility, 2)
                > {{ smallest_pivot }} * var_orthogonal * var_volatility
                then var_orthogonal * var_volatility - power(covar_orthogonal_volatility, 2)
        end as determinant
    from orthogonal_moments
),

amplifier_fits as (
    select
        *,
        (covar_orthogonal_spx * var_volatility - covar_volatility_spx * covar_orthogonal_volatility) / determinant
            as beta_credit,
        (covar_volatility_spx * var_orthogonal - covar_orthogonal_spx * covar_orthogonal_volatility) / determinant
            as beta_volatility
    from determinants
)

select
    macro_fits.session_number,

    ---------- macro block
    macro_fits.observations as macro_observations,
    macro_fits.r2 as macro_r2,
    macro_fits.alpha as macro_alpha,
    macro_fits.beta_rates,
    macro_fits.beta_dollar,
    macro_fits_with_credit.r2 as macro_r2_with_credit,

    ---------- amplifier block
    amplifier_fits.observations as amplifier_observations,
    (amplifier_fits.beta_credit * amplifier_fits.covar_orthogonal_spx
        + amplifier_fits.beta_volatility * amplifier_fits.covar_volatility_spx)
    / nullif(amplifier_fits.var_spx_return, 0) as amplifier_r2,
    amplifier_fits.mean_spx_return
        - amplifier_fits.beta_credit * (amplifier_fits.mean_credit - amplifier_fits.slope * amplifier_fits.mean_rates)
        - amplifier_fits.beta_volatility * amplifier_fits.mean_volatility as amplifier_alpha,
    case when amplifier_fits.determinant is not null then amplifier_fits.slope end as credit_slope_on_rates,
    amplifier_fits.beta_credit,
    amplifier_fits.beta_volatility,

    ---------- inside block
    inside_fits.observations as inside_observations,
    inside_fits.r2 as inside_r2,
    inside_fits.alpha as inside_alpha,
    inside_fits.beta_mega_cap,
    inside_fits.beta_small_cap,
    inside_fits.beta_cyclical
from macro_fits
inner join macro_fits_with_credit on macro_fits.session_number = macro_fits_with_credit.session_number
inner join amplifier_fits on macro_fits.session_number = amplifier_fits.session_number
inner join inside_fits on macro_fits.session_number = inside_fits.session_number
order by macro_fits.session_number
