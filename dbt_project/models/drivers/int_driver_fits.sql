-- The two regressions of the S&P 500 on its drivers, each over the 252 sessions that end the day before (at least 126); one
-- row a session. Credit is made orthogonal to rates: HYG's return less its slope on IEF in the same window. Its common move
-- with rates is then part of the beta of rates; fit, residual and the other betas equal those of the plain regression on the
-- three funds.
{% set year_before = "rows between 252 preceding and 1 preceding" -%}
with factors as (
    select * from {{ ref("int_driver_factors") }}
),

macro_fits as (
    select *
    from {{ rolling_ols("factors", "spx_return", ["rates", "credit", "dollar"], "session_number", year_before, 126) }}
),

inside_fits as (
    select *
    from {{ rolling_ols(
        "factors", "spx_return", ["mega_cap", "small_cap", "cyclical", "volatility"], "session_number", year_before, 126
    ) }}
)

select
    macro_fits.session_number,

    ---------- macro block
    macro_fits.observations as macro_observations,
    macro_fits.r2 as macro_r2,
    macro_fits.alpha as macro_alpha,
    macro_fits.slope_on_rates_credit as credit_slope_on_rates,
    macro_fits.beta_rates + macro_fits.slope_on_rates_credit * macro_fits.beta_credit as beta_rates,
    macro_fits.beta_credit,
    macro_fits.beta_dollar,

    ---------- inside block
    inside_fits.observations as inside_observations,
    inside_fits.r2 as inside_r2,
    inside_fits.alpha as inside_alpha,
    inside_fits.beta_mega_cap,
    inside_fits.beta_small_cap,
    inside_fits.beta_cyclical,
    inside_fits.beta_volatility
from macro_fits
inner join inside_fits on macro_fits.session_number = inside_fits.session_number
order by macro_fits.session_number
