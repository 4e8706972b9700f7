-- How broad is the move? One row a universe, segment (the whole universe or one of its sectors) and session. Gathers the
-- columns of int_breadth_measures and the two scores with their states, and compares breadth with the index.
with measures as (
    select * from {{ ref("int_breadth_measures") }}
),

states as (
    select * from {{ ref("int_breadth_states") }}
),

index_bars as (
    select * from {{ ref("int_asset_days") }}
    where asset_id = '^GSPC'
),

index_weights as (
    select * from {{ ref("int_index_weights_daily") }}
),

universes as (
    select * from {{ ref("stg_universes") }}
),

equal_weight_days as (
    select
        session_number,
        log_total_return_index - lag(log_total_return_index, 252) over (order by session_number) as log_return_252,
        session_number - lag(session_number, 252) over (order by session_number) as sessions
    from {{ ref("int_asset_days") }}
    where asset_id = 'RSP'
),

member_growth as (
    select
        session_number,
        case
            when count(return_sum / nullif(valid, 0)) over year = 252
                then sum(ln(1 + return_sum / nullif(valid, 0))) over year
        end as log_return_252
    from measures
    where universe_id = 'SP500' and segment_id = 'ALL'
    window year as (order by session_number {{ rows_back(252) }})
),

-- RSP holds the members that have left or were bought too
survivor_gaps as (
    select
        member_growth.session_number,
        100 * (exp(member_growth.log_return_252) - exp(equal_weight_days.log_return_252)) as survivor_gap_252d_pp
    from member_growth
    inner join equal_weight_days on member_growth.session_number = equal_weight_days.session_number
    where equal_weight_days.sessions = 252
),

index_days as (
    select
        session_number,
        close as index_close,
        max(close) over (order by session_number {{ rows_back(63) }}) as index_high_63
    from index_bars
),

-- the inverse of the sum of squared weights: 500 for equal weights, fewer the more a few names dominate
index_concentration as (
    select
        universes.universe_id,
        index_weights.session_number,
        1 / nullif(sum(index_weights.weight * index_weights.weight), 0) as eff_n_stocks
    from index_weights
    inner join universes on index_weights.index_id = universes.index_id
    group by all
),

ad_line_highs as (
    select
        universe_id,
        segment_id,
        session_number,
        max(ad_line) over quarter as ad_line_high_63,
        {{ rolling_std("ad_line", "quarter", 50) }} as ad_line_std_63
    from measures
    window quarter as (partition by universe_id, segment_id order by session_number {{ rows_back(63) }})
)

select
    measures.session_date,
    measures.universe_id,
    measures.segment_id,

    ---------- coverage
    measures.members::integer as members,
    measures.valid::integer as valid,
    measures.coverage,
    coalesce(measures.is_clean, false) as is_clean,
    case when measures.universe_id = 'SP500' and measures.segment_id = 'ALL' then survivor_gaps.survivor_gap_252d_pp end
        as survivor_gap_252d_pp,
    measures.is_proxy,
    measures.null_reason::string as null_reason,

    ---------- advances and declines
    measures.advances::integer as advances,
    measures.declines::integer as declines,
    measures.unchanged::integer as unchanged,
    measures.net_advances::integer as net_advances,
    measures.ad_pct,
    measures.ad_line::integer as ad_line,
    case when measures.advances is not null then measures.neg_breadth_streak end::integer as neg_breadth_streak,
    case when measures.advances is not null then measures.pos_breadth_streak end::integer as pos_breadth_streak,

    ---------- volume and points
    measures.up_volume_pct,
    100 - measures.up_volume_pct as down_volume_pct,
    measures.points_gained,
    measures.points_lost,
    measures.lowry_90_down,
    measures.lowry_90_up,

    ---------- shares of members above an average
    {% for length in [20, 50, 100, 200] -%}
        {{ share_of("measures.above_sma" ~ length, "eligible_sma" ~ length, "measures") }} as pct_above_sma{{ length }},
        measures.eligible_sma{{ length }}::integer as eligible_sma{{ length }},
    {% endfor %}
    ---------- highs and lows
    {% for length in [21, 63, 252] -%}
        measures.new_highs_{{ length }}::integer as new_highs_{{ length }},
        measures.new_lows_{{ length }}::integer as new_lows_{{ length }},
        measures.eligible_{{ length }}::integer as eligible_{{ length }},
    {% endfor -%}
    {{ share_of("(measures.new_highs_252 - measures.new_lows_252)", "eligible_252", "measures") }} as nhnl_pct,
    {{ share_of("(measures.new_highs_63 - measures.new_lows_63)", "eligible_63", "measures") }} as nhnl_63_pct,
    {{ share_of("(measures.new_highs_21 - measures.new_lows_21)", "eligible_21", "measures") }} as nhnl_21_pct,

    ---------- oscillators and thrusts
    measures.rana,
    measures.mcclellan_osc,
    measures.mcclellan_sum,
    measures.adv_ratio_ema10,
    measures.zbt_signal,
    measures.zbt_days::integer as zbt_days,
    measures.deemer_ratio10,
    measures.bam_signal,
    measures.whaley_5d,

    ---------- breadth compared with the index
    {{ share_of("measures.outperforming_21", "eligible_return_21", "measures") }} as pct_outperforming_21d,
    measures.eligible_return_21::integer as eligible_outperforming_21d,
    case when measures.segment_id = 'ALL' and measures.null_reason is null then index_concentration.eff_n_stocks end as eff_n_stocks,

    ---------- scores and states
    states.participation_score,
    states.narrowness_score,
    states.participation_state::string as participation_state,
    states.participation_extreme_date,
    states.participation_extreme_age,
    states.narrowness_state::string as narrowness_state,
    states.narrowness_extreme_date,
    states.narrowness_extreme_age,
    case when measures.segment_id = 'ALL' then
        index_days.index_close >= index_days.index_high_63
        and measures.ad_line < ad_line_highs.ad_line_high_63 - {{ threshold("divergence_sigmas") }} * ad_line_highs.ad_line_std_63
    end as divergence_63d,

    ---------- states
    states.participation_score <= -{{ threshold("extreme_score") }} as is_participation_extreme_low,
    states.participation_score >= {{ threshold("extreme_score") }} as is_participation_extreme_high,
    states.narrowness_score >= {{ threshold("extreme_score") }} as is_narrowness_extreme_high,
    case when measures.advances is not null then measures.neg_breadth_streak >= {{ threshold("declines_streak") }} end
        as is_declines_streak,
    {{ share_of("measures.above_sma50", "eligible_sma50", "measures") }} <= {{ threshold("washout_pct_above_sma50") }}
        as is_pct_above_sma50_low,
    {{ share_of("measures.above_sma200", "eligible_sma200", "measures") }} <= {{ threshold("low_pct_above_sma200") }}
        as is_pct_above_sma200_low,
    measures.whaley_5d > {{ threshold("trigger_whaley") }} as is_whaley_thrust,
    measures.whaley_5d < {{ threshold("panic_whaley") }} as is_whaley_capitulation
from measures
left join states
    on measures.universe_id = states.universe_id
    and measures.segment_id = states.segment_id
    and measures.session_number = states.session_number
left join ad_line_highs
    on measures.universe_id = ad_line_highs.universe_id
    and measures.segment_id = ad_line_highs.segment_id
    and measures.session_number = ad_line_highs.session_number
left join index_concentration
    on measures.universe_id = index_concentration.universe_id
    and measures.session_number = index_concentration.session_number
left join index_days on measures.session_number = index_days.session_number
left join survivor_gaps on measures.session_number = survivor_gaps.session_number
order by measures.session_date, measures.universe_id, measures.segment_id
