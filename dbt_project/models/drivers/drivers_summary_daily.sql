-- What kind of shock each session was, how much of it the macro drivers explain, and which drivers weighed most on stocks over
-- five sessions; one row a session.
{% set macro_drivers = ["rates", "credit", "dollar"] -%}
with factors as (
    select * from {{ ref("int_driver_factors") }}
),

fits as (
    select * from {{ ref("int_driver_fits") }}
),

contributions as (
    select * from {{ ref("drivers_daily") }}
),

drivers as (
    select * from {{ ref("drivers") }}
),

stock_and_bond_moves as (
    select
        session_number,
        session_date,
        spx_return,
        rates as ief_return,
        {{ rolling_std("spx_return", "quarter", 51) }} as spx_sigma_63,
        {{ rolling_std("rates", "quarter", 51) }} as ief_sigma_63
        {%- for sessions in [5, 21] %},
        case
            when count(spx_return) over (by_session {{ rows_back(sessions) }}) = {{ sessions }}
                then 10000 * sum(spx_return) over (by_session {{ rows_back(sessions) }})
        end as spx_return_{{ sessions }}_bp
        {%- endfor %}
    from factors
    window
        by_session as (order by session_number),
        quarter as (order by session_number {{ rows_back(63) }})
),

-- 1 or -1 beyond the dead band of stocks and of bonds, 0 within it
move_signs as (
    select
        *
        {%- for leg in ["spx", "ief"] %},
        case
            when {{ leg }}_return > {{ threshold("shock_dead_band") }} * {{ leg }}_sigma_63 then 1
            when {{ leg }}_return < -{{ threshold("shock_dead_band") }} * {{ leg }}_sigma_63 then -1
            when {{ leg }}_return is not null and {{ leg }}_sigma_63 is not null then 0
        end as {{ leg }}_sign
        {%- endfor %}
    from stock_and_bond_moves
),

-- the driver with the most negative contribution, in units of its own usual size, comes first; volatility moves with stocks
-- rather than driving them, and is never named
ranked_drivers as (
    select
        contributions.session_date,
        contributions.driver_id,
        contributions.contribution_5_scaled,
        row_number() over (
            partition by contributions.session_date
            order by contributions.contribution_5_scaled, drivers.position
        ) as place
    from contributions
    inner join drivers on contributions.driver_id = drivers.driver_id
    where drivers.is_named and contributions.contribution_5_scaled is not null
),

top_drivers as (
    select
        session_date,
        {%- for place, column in {1: "primary", 2: "secondary"}.items() %}
        max(case when place = {{ place }} then case when contribution_5_scaled < 0 then driver_id else 'none' end end)
            as why_{{ column }},
        max(case when place = {{ place }} then contribution_5_scaled end) as why_{{ column }}_scaled
        {%- if not loop.last %},{% endif %}
        {%- endfor %}
    from ranked_drivers
    group by session_date
),

contributions_by_driver as (
    select
        session_date
        {%- for driver in macro_drivers + ["macro_residual", "volatility", "inside_residual"] %},
        max(contribution_5_bp) filter (where driver_id = '{{ driver }}') as {{ driver }}_5_bp
        {%- endfor %}
    from contributions
    group by session_date
),

session_summaries as (
    select
        move_signs.*,
        fits.macro_r2,
        fits.inside_r2,
        fits.macro_observations,
        top_drivers.why_primary,
        top_drivers.why_secondary,
        top_drivers.why_primary_scaled,
        top_drivers.why_secondary_scaled,
        contributions_by_driver.macro_residual_5_bp,
        contributions_by_driver.volatility_5_bp,
        contributions_by_driver.inside_residual_5_bp,
        -- NULL unless the whole block is known: greatest() ignores NULLs
        case
            when {{ macro_drivers | join("_5_bp + ") }}_5_bp is not null
                then abs(contributions_by_driver.macro_residual_5_bp) > greatest(
                    {% for driver in macro_drivers -%}
                    abs(contributions_by_driver.{{ driver }}_5_bp)
                    {%- if not loop.last %},
                    {% endif %}
                    {%- endfor %}
                )
        end as not_explained
    from move_signs
    inner join fits on move_signs.session_number = fits.session_number
    left join top_drivers on move_signs.session_date = top_drivers.session_date
    left join contributions_by_driver on move_signs.session_date = contributions_by_driver.session_date
)

select
    session_date::date as session_date,

    ---------- the move
    (10000 * spx_return)::double as spx_return_bp,
    spx_return_5_bp::double as spx_return_5_bp,
    spx_return_21_bp::double as spx_return_21_bp,
    (10000 * ief_return)::double as ief_return_bp,
    (10000 * spx_sigma_63)::double as spx_sigma_63_bp,
    (10000 * ief_sigma_63)::double as ief_sigma_63_bp,
    case
        when spx_sign is null or ief_sign is null then null
        when spx_sign = -1 and ief_sign = -1 then 'discount_rate'
        when spx_sign = -1 and ief_sign = 1 then 'growth_scare'
        when spx_sign = 1 and ief_sign = 1 then 'easing'
        when spx_sign = 1 and ief_sign = -1 then 'growth'
        else 'mixed'
    end::varchar as shock_class,

    ---------- how much the drivers explain
    macro_r2::double as r2,
    inside_r2::double as r2_inside,
    macro_observations::integer as observations,
    macro_residual_5_bp::double as macro_residual_5_bp,
    inside_residual_5_bp::double as inside_residual_5_bp,
    not_explained::boolean as not_explained,

    ---------- drivers that weighed on stocks over five sessions
    case when not_explained then 'not_explained' else why_primary end::varchar as why_primary,
    case when not_explained then why_primary else why_secondary end::varchar as why_secondary,
    case when not not_explained or not_explained is null then why_primary_scaled end::double as why_primary_scaled,
    case when not_explained then why_primary_scaled else why_secondary_scaled end::double as why_secondary_scaled,
    volatility_5_bp::double as volatility_5_bp
from session_summaries
order by session_date
