-- Who leads whom: ratios of total-return indices, their trend, and their link to bonds; one row a pair and session.
-- Levels are running sums, whose last digit may differ from build to build even if nothing changed: a comparison that decides
-- a state must exceed these margins.
{% set noise = "1e-12" -%}
{% set slope_noise = "1e-9" -%}
{% set by_pair = "partition by pair_id order by session_number" -%}
with pairs as (
    select * from {{ ref("stg_pairs") }}
),

sessions as (
    select * from {{ ref("int_sessions") }}
),

asset_days as (
    select * from {{ ref("int_asset_days") }}
),

long_bonds as (
    select * from {{ ref("int_asset_days") }}
    where asset_id = 'TLT'
),

bonds as (
    select * from {{ ref("int_asset_days") }}
    where asset_id = 'IEF'
),

common_bars as (
    select
        pairs.pair_id,
        numerators.session_number,
        numerators.log_total_return_index as numerator_level,
        denominators.log_total_return_index as denominator_level
    from pairs
    inner join asset_days as numerators on pairs.numerator = numerators.asset_id
    inner join asset_days as denominators
        on pairs.denominator = denominators.asset_id
        and numerators.session_number = denominators.session_number
),

starts as (
    select
        pair_id,
        min(session_number) as first_number,
        {{ value_at_min("numerator_level - denominator_level", "session_number") }} as first_log_ratio
    from common_bars
    group by pair_id
),

-- every session from the first common one has a row, so that windows count sessions
ratios as (
    select
        starts.pair_id,
        sessions.session_number,
        sessions.session_date,
        common_bars.numerator_level,
        common_bars.denominator_level,
        common_bars.numerator_level - common_bars.denominator_level - starts.first_log_ratio as log_ratio,
        long_bonds.total_return as long_bond_return,
        bonds.total_return as bond_return
    from starts
    inner join sessions on starts.first_number <= sessions.session_number
    left join common_bars
        on starts.pair_id = common_bars.pair_id
        and sessions.session_number = common_bars.session_number
    left join long_bonds on sessions.session_number = long_bonds.session_number
    left join bonds on sessions.session_number = bonds.session_number
),

ratio_changes as (
    select
        *,
        session_number::double as session_count,
        100 * exp(log_ratio) as rs_ratio,
        log_ratio - lag(log_ratio) over by_pair as log_ratio_change
        {%- for sessions in [5, 21, 63] %},
        100 * (exp(log_ratio - lag(log_ratio, {{ sessions }}) over by_pair) - 1) as rs_roc_{{ sessions }}
        {%- endfor %}
        {%- for sessions in [5, 21] %},
        numerator_level - lag(numerator_level, {{ sessions }}) over by_pair > {{ noise }}
            as is_numerator_up_{{ sessions }},
        denominator_level - lag(denominator_level, {{ sessions }}) over by_pair > {{ noise }}
            as is_denominator_up_{{ sessions }}
        {%- endfor %}
    from ratios
    window by_pair as (partition by pair_id order by session_number)
),

ratio_trends as (
    select
        *,
        -- log points a session, as basis points
        10000 * {{ rolling_beta("log_ratio", "session_count", "(" ~ by_pair ~ " " ~ rows_back(21) ~ ")", 17) }} as slope_21,
        {{ rolling_mean("log_ratio", "(" ~ by_pair ~ " " ~ rows_back(63) ~ ")", 51) }} as log_ratio_mean_63,
        {{ rolling_z("log_ratio", "(" ~ by_pair ~ " " ~ rows_back(252) ~ ")", 126) }} as rs_z_252,
        100 * (rs_ratio / nullif({{ rolling_high("rs_ratio", "(" ~ by_pair ~ " " ~ rows_back(252) ~ ")", 202) }}, 0) - 1)
            as dist_from_252d_high_pct,
        {{ rolling_corr("log_ratio_change", "long_bond_return", "(" ~ by_pair ~ " " ~ rows_back(63) ~ ")", 51) }}
            as ratio_bond_corr_63,
        -- from 1 of the ratio per 1 of IEF to basis points per percent
        100 * {{ rolling_beta("log_ratio_change", "bond_return", "(" ~ by_pair ~ " " ~ rows_back(63) ~ ")", 50) }}
            as ratio_beta_ief
    from ratio_changes
),

trend_changes as (
    select
        *,
        log_ratio > log_ratio_mean_63 + {{ noise }} as is_leading,
        slope_21 - lag(slope_21, 5) over (partition by pair_id order by session_number) as slope_21_chg_5
    from ratio_trends
)

select
    ---------- keys
    session_date::date as session_date,
    pair_id::string as pair_id,

    ---------- ratio
    rs_ratio::double as rs_ratio,
    log_ratio::double as log_ratio,
    rs_roc_5::double as rs_roc_5,
    rs_roc_21::double as rs_roc_21,
    rs_roc_63::double as rs_roc_63,

    ---------- trend
    slope_21::double as slope_21,
    slope_21_chg_5::double as slope_21_chg_5,
    rs_z_252::double as rs_z_252,
    case when rs_ratio is not null then dist_from_252d_high_pct end::double as dist_from_252d_high_pct,
    case
        when is_leading and slope_21_chg_5 < -{{ slope_noise }} then 'leading_slowing'
        when is_leading and slope_21_chg_5 >= -{{ slope_noise }} then 'leading'
        when not is_leading and slope_21_chg_5 > {{ slope_noise }} then 'lagging_improving'
        when not is_leading and slope_21_chg_5 <= {{ slope_noise }} then 'lagging'
    end::string as rs_state,

    ---------- bonds
    ratio_bond_corr_63::double as ratio_bond_corr_63,
    ratio_beta_ief::double as ratio_beta_ief,
    (abs(ratio_bond_corr_63) < {{ threshold("low_ratio_bond_corr") }})::boolean as low_corr,

    ---------- direction of numerator and denominator
    {%- for sessions in [5, 21] %}
    case
        when is_numerator_up_{{ sessions }} and is_denominator_up_{{ sessions }} then 'both_up'
        when is_numerator_up_{{ sessions }} and not is_denominator_up_{{ sessions }} then 'up_down'
        when not is_numerator_up_{{ sessions }} and is_denominator_up_{{ sessions }} then 'down_up'
        when not is_numerator_up_{{ sessions }} and not is_denominator_up_{{ sessions }} then 'both_down'
    end::string as regime_map_{{ sessions }}
    {%- if not loop.last %},{% endif %}
    {%- endfor %}
from trend_changes
order by pair_id, session_date
