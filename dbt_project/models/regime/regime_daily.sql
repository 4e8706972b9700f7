-- Which regime is the market in? The impulses of growth, inflation and liquidity, the quadrant of the first two, the yield
-- curve, the premia for holding duration and credit, the correlation of stocks and bonds, and how many legs of stress are on;
-- one row a session. A level of risk lasts three sessions before it improves, and a washout is never calm.
{# {impulse: (its inputs, how many must be known)} -#}
{% set impulses = {
    "growth": (["cyclical", "small_cap", "credit", "claims"], threshold("growth_least_inputs")),
    "inflation": (["breakeven", "linkers", "consumer_prices"], threshold("inflation_least_inputs")),
    "liquidity": (["real_yield", "short_yield", "dollar", "balance_sheet", "spread"], threshold("liquidity_least_inputs")),
} -%}
{% set series = {"yield_2y": "DGS2", "yield_10y": "DGS10", "hy_spread": "BAMLH0A0HYM2"} -%}
{% set legs = [
    "is_vix_backwardation", "is_correlation_inverted", "is_correlation_high", "is_hy_spread_wide", "is_vix_high",
    "is_index_below_high",
] -%}
with sessions as (
    select * from {{ ref("int_sessions") }}
),

inputs as (
    select * from {{ ref("int_regime_inputs") }}
),

series_days as (
    select * from {{ ref("int_series_days") }}
),

volatility as (
    select * from {{ ref("volatility_daily") }}
),

implied_correlation as (
    select * from {{ ref("implied_correlation_daily") }}
),

equity_correlation as (
    select * from {{ ref("equity_correlation_daily") }}
    where universe_id = '{{ main_universe() }}' and window_sessions = 21
),

index_days as (
    select * from {{ ref("index_daily") }}
    where index_id = '{{ main_universe() }}'
),

capitulation as (
    select * from {{ ref("capitulation_daily") }}
),

stock_bond_correlation as (
    select * from {{ ref("cross_asset_correlation_daily") }}
    where asset_a = 'SPY' and asset_b = 'TLT' and window_sessions = 63
),

---------- impulses
impulse_days as (
    select
        session_number
        {%- for impulse, (members, least) in impulses.items() %}
        {%- for input_id in members %},
        max(z_756) filter (where impulse_id = '{{ impulse }}' and input_id = '{{ input_id }}')
            as {{ impulse }}_{{ input_id }}_z
        {%- endfor %},
        count(z_756) filter (where impulse_id = '{{ impulse }}') as {{ impulse }}_inputs,
        case
            when count(z_756) filter (where impulse_id = '{{ impulse }}') >= {{ least }}
                then avg(z_756) filter (where impulse_id = '{{ impulse }}')
        end as {{ impulse }}_impulse
        {%- endfor %}
    from inputs
    group by session_number
),

yield_levels as (
    select
        session_number
        {%- for column, series_id in series.items() %},
        max(value) filter (where series_id = '{{ series_id }}') as {{ column }},
        max(obs_date) filter (where series_id = '{{ series_id }}') as {{ column }}_obs_date
        {%- endfor %}
    from series_days
    where series_id in ('{{ series.values() | join("', '") }}')
    group by session_number
),

regime_inputs as (
    select
        sessions.session_number,
        sessions.session_date,
        impulse_days.* {{ exclude() }} (session_number),
        yield_levels.* {{ exclude() }} (session_number),
        -- NULL unless both yields are of the same day
        case
            when yield_levels.yield_10y_obs_date = yield_levels.yield_2y_obs_date
                then yield_levels.yield_10y - yield_levels.yield_2y
        end as curve_slope,
        volatility.vix,
        volatility.vix_vix3m,
        -- known once the year is full enough for the state of the index near its high
        case when index_days.is_near_high is not null then index_days.close_to_high_252 end as index_to_high_252,
        capitulation.stage,
        implied_correlation.cor_slope_1m3m,
        equity_correlation.avg_pairwise_corr_pctl_252,
        stock_bond_correlation.correlation as stock_bond_corr_63
    from sessions
    left join impulse_days on sessions.session_number = impulse_days.session_number
    left join yield_levels on sessions.session_number = yield_levels.session_number
    left join volatility on sessions.session_date = volatility.session_date
    left join implied_correlation on sessions.session_date = implied_correlation.session_date
    left join equity_correlation on sessions.session_date = equity_correlation.session_date
    left join index_days on sessions.session_date = index_days.session_date
    left join capitulation on sessions.session_date = capitulation.session_date
    left join stock_bond_correlation on sessions.session_date = stock_bond_correlation.session_date
    where sessions.session_number >= least(
        (select min(session_number) from impulse_days),
        (select min(session_number) from yield_levels)
    )
),

impulse_sides as (
    select *
    from {{ hysteresis_sides(
        "regime_inputs",
        {"growth_side": "growth_impulse", "inflation_side": "inflation_impulse"},
        threshold("regime_side_z"),
        threshold("regime_side_sessions"),
        "session_number"
    ) }}
),

---------- curve, premia and stress
level_changes as (
    select
        regime_inputs.*,
        impulse_sides.growth_side,
        impulse_sides.inflation_side,
        100 * curve_slope as curve_slope_bp,
        100 * (yield_2y - lag(yield_2y, 21) over by_session) as yield_2y_chg_21_bp,
        100 * (yield_10y - lag(yield_10y, 21) over by_session) as yield_10y_chg_21_bp,
        100 * (curve_slope - lag(curve_slope, 21) over by_session) as curve_slope_chg_21_bp,
        100 * (curve_slope - lag(curve_slope, 63) over by_session) as curve_slope_chg_63_bp,
        100 * (hy_spread - lag(hy_spread, 63) over by_session) as hy_spread_chg_63_bp,
        -liquidity_spread_z as hy_spread_z_756
    from regime_inputs
    inner join impulse_sides on regime_inputs.session_number = impulse_sides.session_number
    window by_session as (order by regime_inputs.session_number)
),

legs_and_agreement as (
    select
        *,
        vix_vix3m >= {{ threshold("vix_backwardation") }} as is_vix_backwardation,
        cor_slope_1m3m > {{ threshold("correlation_inverted") }} as is_correlation_inverted,
        avg_pairwise_corr_pctl_252 >= {{ threshold("correlation_stress_pctl") }} as is_correlation_high,
        hy_spread_z_756 >= {{ threshold("hy_spread_stress_z") }} as is_hy_spread_wide,
        vix >= {{ threshold("vix_high") }} as is_vix_high,
        {{ at_most("index_to_high_252", threshold("risk_index_share")) }} as is_index_below_high,
        {% for impulse in ["growth", "inflation"] -%}
        {% for input_id in impulses[impulse][0] -%}
        case when {{ impulse }}_{{ input_id }}_z * {{ impulse }}_side > 0 then 1 else 0 end
            {%- if not loop.last %}
        + {% endif %}
        {%- endfor %} as {{ impulse }}_agreeing
        {%- if not loop.last %},
        {% endif %}
        {%- endfor %}
    from level_changes
),

leg_counts as (
    select
        *,
        {% for leg in legs -%}
        coalesce({{ leg }}, false)::integer{% if not loop.last %}
        + {% endif %}
        {%- endfor %} as legs_on,
        {% for leg in legs -%}
        ({{ leg }} is null)::integer{% if not loop.last %}
        + {% endif %}
        {%- endfor %} as legs_unknown
    from legs_and_agreement
),

-- 0 calm, 1 fragile, 2 stress: with unknown legs as off ("least") and as on ("most")
risk_levels as (
    select
        *
        {%- for answer, legs_counted in {"least": "legs_on", "most": "legs_on + legs_unknown"}.items() %},
        case
            when {{ legs_counted }} >= {{ threshold("risk_stress_legs") }} then 2
            when {{ legs_counted }} >= {{ threshold("risk_fragile_legs") }} then 1
            else 0
        end as risk_level_{{ answer }}
        {%- endfor %}
    from leg_counts
),

-- a level lasts until every session of the hold was better; an unknown stage overrides nothing
lasting_risk_levels as (
    select
        *
        {%- for answer in ["least", "most"] %},
        case
            {%- for level in [2, 1] %}
            when session_number - max(case when risk_level_{{ answer }} >= {{ level }} then session_number end) over so_far
                < {{ threshold("risk_hold_sessions") }} then {{ level }}
            {%- endfor %}
            when stage in ('washout', 'capitulated', 'confirmed') then 1
            else 0
        end as lasting_level_{{ answer }}
        {%- endfor %}
    from risk_levels
    window so_far as (order by session_number rows unbounded preceding)
)

select
    session_date::date as session_date,

    ---------- impulses
    {% for impulse, (members, least) in impulses.items() -%}
    {{ impulse }}_impulse::double as {{ impulse }}_impulse,
    {{ impulse }}_inputs::integer as {{ impulse }}_inputs,
    {% for input_id in members -%}
    {{ impulse }}_{{ input_id }}_z::double as {{ impulse }}_{{ input_id }}_z,
    {% endfor -%}
    {% endfor %}
    ---------- quadrant
    case growth_side when 1 then 'up' when -1 then 'down' end::string as growth_side,
    case inflation_side when 1 then 'up' when -1 then 'down' end::string as inflation_side,
    case
        when growth_side = 1 and inflation_side = -1 then 'goldilocks'
        when growth_side = 1 and inflation_side = 1 then 'reflation'
        when growth_side = -1 and inflation_side = 1 then 'stagflation'
        when growth_side = -1 and inflation_side = -1 then 'deflation'
    end::string as quadrant,
    case
        when growth_side is not null and inflation_side is not null
            then (growth_agreeing + inflation_agreeing) / nullif(growth_inputs + inflation_inputs, 0)::double
    end::double as quadrant_conf,

    ---------- curve, as known at the cutoff: quotes are in hundredths, so that a difference below 1e-6 bp is rounding
    yield_2y::double as yield_2y,
    yield_10y::double as yield_10y,
    yield_10y_obs_date::date as yield_obs_date,
    curve_slope_bp::double as curve_slope_bp,
    yield_2y_chg_21_bp::double as yield_2y_chg_21_bp,
    yield_10y_chg_21_bp::double as yield_10y_chg_21_bp,
    case
        when yield_2y_chg_21_bp is null or yield_10y_chg_21_bp is null or curve_slope_chg_21_bp is null then null
        when abs(yield_2y_chg_21_bp + yield_10y_chg_21_bp) < 1e-6 or abs(curve_slope_chg_21_bp) < 1e-6 then 'unchanged'
        else
            case when yield_2y_chg_21_bp + yield_10y_chg_21_bp > 0 then 'bear' else 'bull' end
            || case when curve_slope_chg_21_bp > 0 then '_steepening' else '_flattening' end
    end::string as curve_regime,

    ---------- premia
    curve_slope_chg_63_bp::double as duration_premium_chg_63_bp,
    (curve_slope_chg_63_bp > {{ threshold("premium_rising_bp") }} + 1e-6)::boolean as duration_premium_rising,
    hy_spread::double as hy_spread,
    hy_spread_obs_date::date as hy_spread_obs_date,
    hy_spread_chg_63_bp::double as credit_premium_chg_63_bp,
    (hy_spread_chg_63_bp > {{ threshold("premium_rising_bp") }} + 1e-6)::boolean as credit_premium_rising,

    ---------- stocks and bonds
    stock_bond_corr_63::double as stock_bond_corr_63,
    (stock_bond_corr_63 > {{ threshold("stock_bond_corr_positive") }})::boolean as is_stock_bond_corr_positive,

    ---------- risk: NULL only if the unknown legs would decide it
    hy_spread_z_756::double as hy_spread_z_756,
    is_vix_backwardation::boolean as is_vix_backwardation,
    is_correlation_inverted::boolean as is_correlation_inverted,
    is_correlation_high::boolean as is_correlation_high,
    is_hy_spread_wide::boolean as is_hy_spread_wide,
    is_vix_high::boolean as is_vix_high,
    index_to_high_252::double as index_to_high_252,
    is_index_below_high::boolean as is_index_below_high,
    legs_on::integer as risk_legs_on,
    case
        when lasting_level_least <> lasting_level_most then null
        when lasting_level_least = 2 then 'stress'
        when lasting_level_least = 1 then 'fragile'
        else 'calm'
    end::string as risk_state
from lasting_risk_levels
order by session_date
