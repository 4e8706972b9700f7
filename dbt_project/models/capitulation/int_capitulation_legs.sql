-- The six legs of a capitulation and its trigger; one row a session from the members' first breadth. For each leg: whether
-- its test is met today (NULL if a missing reading decides it), whether the leg is on (met within its memory), how long ago
-- the test was last met, and the readings that met it then.
--
-- The order of the steps follows from what depends on what: the exhaustion test needs the tests of two market legs, and the
-- trigger test needs the exhaustion leg of the session before. A new ten-session high of the VIX or of COR1M ends an
-- exhaustion and the trigger that followed it.
{% set market_legs = ["washout", "panic", "volatility", "correlation"] -%}
{% set legs = market_legs + ["positioning", "exhaustion", "trigger"] -%}
{% set memories = {"panic": "panic_memory"} -%}
{% set voids = {"exhaustion": "is_at_high_10", "trigger": "is_at_high_10"} -%}
{#- {leg: {name shown: [condition, reading shown or none]}}: any one condition meets the leg's test -#}
{% set tests = {
    "washout": {
        "pct_above_sma50": ["pct_above_sma50 <= " ~ threshold("washout_pct_above_sma50"), "pct_above_sma50"],
        "participation_score": ["participation_score <= -" ~ threshold("extreme_score"), "participation_score"],
        "new_lows_21_pct": ["new_lows_21_pct >= " ~ threshold("washout_new_lows_21_pct"), "new_lows_21_pct"],
    },
    "panic": {
        "lowry_90_down": ["is_90_down", none],
        "declines_pct": ["declines_pct >= " ~ threshold("panic_declines_pct"), "declines_pct"],
        "whaley_5d": ["whaley_5d < " ~ threshold("panic_whaley"), "whaley_5d"],
    },
    "volatility": {
        "vix_vix3m": ["vix_vix3m >= " ~ threshold("vix_backwardation"), "vix_vix3m"],
        "vix_pctl_252": ["vix_pctl_252 >= " ~ threshold("leg_volatility_pctl"), "vix_pctl_252"],
    },
    "correlation": {
        "cor1m_pctl_252": ["cor1m_pctl_252 >= " ~ threshold("leg_correlation_pctl"), "cor1m_pctl_252"],
    },
    "positioning": {
        "asset_manager_pctl_156w": [
            "asset_manager_pctl_156w <= " ~ threshold("positioning_pctl"), "asset_manager_pctl_156w"
        ],
        "asset_manager_chg_4w_z": [
            "asset_manager_chg_4w_z <= " ~ threshold("positioning_chg_4w_z"), "asset_manager_chg_4w_z"
        ],
    },
    "trigger": {
        "zbt_signal_nyse": ["coalesce(zbt_signal_nyse, false)", none],
        "zbt_signal": ["zbt_signal_members", none],
        "whaley_5d": ["whaley_5d > " ~ threshold("trigger_whaley"), "whaley_5d"],
        "bam_signal": ["bam_signal", none],
        "lowry_90_up": ["is_90_up", none],
    },
} -%}
with sessions as (
    select * from {{ ref("int_sessions") }}
),

members as (
    select * from {{ ref("breadth_daily") }}
    where universe_id = '{{ main_universe() }}' and segment_id = 'ALL'
),

exchange as (
    select * from {{ ref("breadth_daily") }}
    where universe_id = 'NYSE' and segment_id = 'ALL'
),

volatility as (
    select * from {{ ref("volatility_daily") }}
),

implied_correlation as (
    select * from {{ ref("implied_correlation_daily") }}
),

positioning as (
    select * from {{ ref("positioning_daily") }}
    where contract_code = '13874+'
),

cta_proxy as (
    select * from {{ ref("int_cta_proxy") }}
),

index_days as (
    select * from {{ ref("index_daily") }}
    where index_id = '{{ main_universe() }}'
),

readings as (
    select
        sessions.session_number,
        sessions.session_date,
        members.coverage,
        members.is_clean,
        index_days.close as index_close,

        ---------- breadth
        {{ of_enough_members("members.pct_above_sma50", "members.valid") }} as pct_above_sma50,
        {{ of_enough_members("members.participation_score", "members.valid") }} as participation_score,
        {{ of_enough_members(share_of("members.new_lows_21", "eligible_21", "members"), "members.valid") }} as new_lows_21_pct,
        {{ of_enough_members("100e0 * members.declines / nullif(members.valid, 0)::double", "members.valid") }} as declines_pct,
        {{ of_enough_members("members.whaley_5d", "members.valid") }} as whaley_5d,
        {{ of_enough_members("members.lowry_90_down", "members.valid") }} as lowry_90_down,
        {{ of_enough_members("members.lowry_90_up", "members.valid") }} as lowry_90_up,
        -- 90 % tests do not apply on early closes; the leg is decided by its other tests
        {%- for side in ["down", "up"] %}
        coalesce(
            {{ of_enough_members("members.lowry_90_" ~ side, "members.valid") }},
            case when sessions.is_early_close then false end
        ) as is_90_{{ side }},
        {%- endfor %}
        {{ of_enough_members("members.bam_signal", "members.valid") }} as bam_signal,
        {{ of_enough_members("members.zbt_signal", "members.valid") }} as zbt_signal,
        case when exchange.adv_ratio_ema10 is not null then exchange.zbt_signal end as zbt_signal_nyse,
        -- the members' thrust counts only where there are no exchange counts: survivors fire several times as often
        {{ of_enough_members("members.zbt_signal", "members.valid") }} and exchange.adv_ratio_ema10 is null as zbt_signal_members,

        ---------- volatility and implied correlation
        volatility.vix_vix3m,
        volatility.vix_pctl_252,
        volatility.vix,
        volatility.vix_high_10,
        implied_correlation.cor1m_pctl_252,
        implied_correlation.cor1m,
        implied_correlation.cor1m_high_10,

        ---------- positioning
        positioning.report_date,
        positioning.asset_manager_net_pct_oi,
        positioning.asset_manager_pctl_156w,
        positioning.asset_manager_chg_4w_z,
        cta_proxy.cta_exposure,
        cta_proxy.cta_flow_5d,
        cta_proxy.cta_flow_21d,
        cta_proxy.cta_flow_5d_z_252,
        cta_proxy.cta_flow_21d_z_252
    from members
    inner join sessions on members.session_date = sessions.session_date
    left join exchange on members.session_date = exchange.session_date
    left join volatility on members.session_date = volatility.session_date
    left join implied_correlation on members.session_date = implied_correlation.session_date
    left join positioning on members.session_date = positioning.session_date
    left join cta_proxy on sessions.session_number = cta_proxy.session_number
    left join index_days on members.session_date = index_days.session_date
),

test_results as (
    select
        *,
        {%- for leg, conditions in tests.items() %}
        {{ readings_met(conditions) }} as {{ leg }}_readings,
        (
            {%- for condition, _ in conditions.values() %}
            {{ "or " if not loop.first }}{{ condition }}
            {%- endfor %}
        ) as {{ leg }}_test,
        {%- endfor %}
        cta_exposure <= {{ threshold("positioning_cta_exposure") }}
            and cta_flow_21d_z_252 <= {{ threshold("positioning_cta_flow_z") }} as has_cta_sold,
        {{ at_most("vix", threshold("exhaustion_share") ~ " * vix_high_10") }}
            and {{ at_most("cor1m", threshold("exhaustion_share") ~ " * cor1m_high_10") }} as is_off_highs,
        vix >= vix_high_10 or cor1m >= cor1m_high_10 as is_at_high_10
    from readings
),

market_leg_days as (
    select
        * {{ exclude() }} (positioning_test, positioning_readings),
        {%- for leg in market_legs %}
        {{ leg_on(leg ~ "_test", "so_far", memories[leg] or "leg_memory") }} as {{ leg }}_on,
        {%- endfor %}
        {%- for leg in ["volatility", "correlation"] %}
        {{ leg_on(leg ~ "_test", "so_far", "exhaustion_memory") }} as has_been_{{ leg }},
        {%- endfor %}
        -- asset managers and trend followers must both have sold, on the same session: this leg has no memory
        positioning_test as asset_managers_sold,
        positioning_test and has_cta_sold as positioning_test,
        positioning_readings || ', cta_exposure ' || {{ fixed("cta_exposure", 2) }}
            || ', cta_flow_21d_z_252 ' || {{ fixed("cta_flow_21d_z_252", 2) }} as positioning_readings
    from test_results
    window so_far as (order by session_number rows unbounded preceding)
),

exhaustion_tests as (
    select
        *,
        positioning_test as positioning_on,
        -- only a blow-out can be exhausted: both legs must have been met since the high that is compared with
        is_off_highs and has_been_volatility and has_been_correlation as exhaustion_test,
        'VIX ' || {{ fixed("100 * vix / nullif(vix_high_10, 0)", 1) }} || ' %, COR1M '
            || {{ fixed("100 * cor1m / nullif(cor1m_high_10, 0)", 1) }} || ' % of the 10-session high'
            as exhaustion_readings
    from market_leg_days
),

exhaustion_days as (
    select
        *,
        {{ leg_on("exhaustion_test", "so_far", "exhaustion_memory", "is_at_high_10") }} as exhaustion_on
    from exhaustion_tests
    window so_far as (order by session_number rows unbounded preceding)
),

trigger_tests as (
    select
        * {{ exclude() }} (trigger_test),
        -- a thrust counts only after an exhaustion that lasts
        trigger_test and lag(exhaustion_on) over (order by session_number) and not is_at_high_10 as trigger_test
    from exhaustion_days
),

leg_days as (
    select
        *,
        {{ leg_on("trigger_test", "so_far", "exhaustion_memory", "is_at_high_10") }} as trigger_on
    from trigger_tests
    window so_far as (order by session_number rows unbounded preceding)
),

legs_with_age as (
    select
        *
        {%- for leg in legs %},
        {{ last_met(leg ~ "_test", "so_far", voids[leg] or "false") }} as {{ leg }}_met_number,
        max(case when {{ leg }}_test then session_date end) over so_far as {{ leg }}_met_date,
        {{ last_known_over("case when " ~ leg ~ "_test then " ~ leg ~ "_readings end", "so_far") }} as {{ leg }}_evidence
        {%- endfor %}
        {%- for half in ["asset_managers_sold", "has_cta_sold"] %},
        max(case when {{ half }} then session_date end) over so_far as {{ half }}_date
        {%- endfor %}
    from leg_days
    window so_far as (order by session_number rows unbounded preceding)
)

select
    session_number,
    session_date,
    coverage,
    is_clean,
    index_close,

    ---------- readings
    pct_above_sma50,
    participation_score,
    new_lows_21_pct,
    lowry_90_down,
    declines_pct,
    whaley_5d,
    vix_vix3m,
    vix_pctl_252,
    cor1m_pctl_252,
    report_date,
    asset_manager_net_pct_oi,
    asset_manager_pctl_156w,
    asset_manager_chg_4w_z,
    cta_exposure,
    cta_flow_5d,
    cta_flow_21d,
    cta_flow_5d_z_252,
    cta_flow_21d_z_252,
    asset_managers_sold,
    asset_managers_sold_date,
    has_cta_sold as trend_followers_sold,
    has_cta_sold_date as trend_followers_sold_date,
    vix / nullif(vix_high_10, 0) as vix_to_high_10,
    cor1m / nullif(cor1m_high_10, 0) as cor1m_to_high_10,
    is_at_high_10,
    zbt_signal_nyse,
    zbt_signal,
    bam_signal,
    lowry_90_up,

    ---------- legs
    {% for leg in legs -%}
        {{ leg }}_test,
        {{ leg }}_on,
        session_number - {{ leg }}_met_number as {{ leg }}_age,
        case when {{ leg }}_met_number is not null then {{ leg }}_met_date end as {{ leg }}_date,
        case when {{ leg }}_met_number is not null then {{ leg }}_evidence end as {{ leg }}_evidence
        {%- if not loop.last %},{% endif %}
    {% endfor %}
from legs_with_age
order by session_number
