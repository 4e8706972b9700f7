-- What kind of shock each session was, how the news split it, how much of it each block of drivers explains, and what may be
-- named as the why of one and of five sessions; one row a session.
with factors as (
    select * from {{ ref("int_driver_factors") }}
),

fits as (
    select * from {{ ref("int_driver_fits") }}
),

news_splits as (
    select * from {{ ref("int_news_splits") }}
),

contributions as (
    select * from {{ ref("drivers_daily") }}
),

event_contributions as (
    select * from {{ ref("event_drivers_daily") }}
    where block = 'news'
),

reasons as (
    select * from {{ ref("int_driver_reasons") }}
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
            when count(spx_return) over (order by session_number {{ rows_back(sessions) }}) = {{ sessions }}
                then 10000 * sum(spx_return) over (order by session_number {{ rows_back(sessions) }})
        end as spx_return_{{ sessions }}_bp
        {%- endfor %}
    from factors
    window quarter as (order by session_number {{ rows_back(63) }})
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

contributions_by_driver as (
    select
        session_date,
        max(event_id) as event_id
        {%- for driver in ["macro_residual", "inside_residual", "credit", "volatility"] %},
        max(contribution_5_bp) filter (where driver_id = '{{ driver }}') as {{ driver }}_5_bp
        {%- endfor %}
        {%- for news in ["growth", "discount"] %},
        max(contribution_event_bp) filter (where driver_id = 'news_{{ news }}') as news_{{ news }}_event_bp,
        max(contribution_cum_bp) filter (where driver_id = 'news_{{ news }}') as news_{{ news }}_cum_bp
        {%- endfor %},
        max(contribution_cum_sessions) filter (where driver_id = 'news_growth') as news_cum_sessions
    from contributions
    group by session_date
),

event_ranges as (
    select
        event_id,
        session_date
        {%- for news in ["growth", "discount"] %}
        {%- for end in ["low", "high"] %},
        max(contribution_event_bp_{{ end }}) filter (where driver_id = 'news_{{ news }}') as news_{{ news }}_event_bp_{{ end }}
        {%- endfor %}
        {%- endfor %}
    from event_contributions
    group by event_id, session_date
)

select
    move_signs.session_date::date as session_date,

    ---------- the move
    (10000 * move_signs.spx_return)::double as spx_return_bp,
    move_signs.spx_return_5_bp::double as spx_return_5_bp,
    move_signs.spx_return_21_bp::double as spx_return_21_bp,
    (10000 * move_signs.ief_return)::double as ief_return_bp,
    (10000 * move_signs.spx_sigma_63)::double as spx_sigma_63_bp,
    (10000 * move_signs.ief_sigma_63)::double as ief_sigma_63_bp,
    case
        when move_signs.spx_sign is null or move_signs.ief_sign is null then null
        when move_signs.spx_sign = -1 and move_signs.ief_sign = -1 then 'discount_rate'
        when move_signs.spx_sign = -1 and move_signs.ief_sign = 1 then 'growth_scare'
        when move_signs.spx_sign = 1 and move_signs.ief_sign = 1 then 'easing'
        when move_signs.spx_sign = 1 and move_signs.ief_sign = -1 then 'growth'
        else 'mixed'
    end::string as shock_class,

    ---------- the news split: at the middle angle, and the least and most of it that the signs allow
    news_splits.correlation::double as news_correlation
    {%- for sessions, column in {1: "", 5: "5_", 21: "21_"}.items() %},
    news_splits.growth_{{ sessions }}_bp::double as news_growth_{{ column }}bp,
    news_splits.growth_{{ sessions }}_bp_low::double as news_growth_{{ column }}bp_low,
    news_splits.growth_{{ sessions }}_bp_high::double as news_growth_{{ column }}bp_high,
    news_splits.discount_{{ sessions }}_bp::double as news_discount_{{ column }}bp,
    news_splits.discount_{{ sessions }}_bp_low::double as news_discount_{{ column }}bp_low,
    news_splits.discount_{{ sessions }}_bp_high::double as news_discount_{{ column }}bp_high
    {%- endfor %},

    ---------- the same since the newest event, and as running sums
    contributions_by_driver.event_id::string as event_id
    {%- for news in ["growth", "discount"] %},
    contributions_by_driver.news_{{ news }}_event_bp::double as news_{{ news }}_event_bp,
    event_ranges.news_{{ news }}_event_bp_low::double as news_{{ news }}_event_bp_low,
    event_ranges.news_{{ news }}_event_bp_high::double as news_{{ news }}_event_bp_high
    {%- endfor %},
    contributions_by_driver.news_growth_cum_bp::double as news_growth_cum_bp,
    contributions_by_driver.news_discount_cum_bp::double as news_discount_cum_bp,
    contributions_by_driver.news_cum_sessions::integer as news_cum_sessions,

    ---------- how much the drivers explain
    fits.macro_r2_with_credit::double as r2,
    fits.macro_r2::double as r2_ex_credit,
    fits.amplifier_r2::double as r2_amplifier,
    fits.inside_r2::double as r2_inside,
    fits.macro_observations::integer as observations,
    contributions_by_driver.macro_residual_5_bp::double as macro_residual_5_bp,
    contributions_by_driver.inside_residual_5_bp::double as inside_residual_5_bp,
    reasons.not_explained_5d::boolean as not_explained
    {%- for horizon, sessions in {"day": "1", "5d": "5"}.items() %},

    ---------- what may be named as the why of {{ "the session" if horizon == "day" else "five sessions" }}
    reasons.why_{{ horizon }}::string as why_{{ horizon }},
    reasons.why_{{ horizon }}_bp::double as why_{{ horizon }}_bp,
    reasons.why_{{ horizon }}_share::double as why_{{ horizon }}_share,
    ({{ is_news_identified(
        "news_splits.total_" ~ sessions ~ "_bp",
        "news_splits.growth_" ~ sessions ~ "_bp_low",
        "news_splits.growth_" ~ sessions ~ "_bp_high",
    ) }})::boolean as why_{{ horizon }}_identified
    {%- endfor %},

    ---------- for one version: copies of why_5d and what comes after it
    reasons.why_5d::string as why_primary,
    reasons.why_5d_second::string as why_secondary,
    reasons.why_5d_scaled::double as why_primary_scaled,
    reasons.why_5d_second_scaled::double as why_secondary_scaled,

    ---------- amplifiers: shown, never named
    contributions_by_driver.credit_5_bp::double as credit_5_bp,
    contributions_by_driver.volatility_5_bp::double as volatility_5_bp
from move_signs
inner join fits on move_signs.session_number = fits.session_number
inner join news_splits on move_signs.session_number = news_splits.session_number
left join reasons on move_signs.session_date = reasons.session_date
left join contributions_by_driver on move_signs.session_date = contributions_by_driver.session_date
left join event_ranges
    on contributions_by_driver.session_date = event_ranges.session_date
    and contributions_by_driver.event_id = event_ranges.event_id
order by move_signs.session_date
