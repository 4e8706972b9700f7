-- Two readings of breadth as scores: participation (few names up) and narrowness (few names carry the index).
-- Narrowness is a reading of the S&P 500 as a whole; a sector has no equal-weight twin and no mega-caps of its own.
with measures as (
    select * from {{ ref("int_breadth_measures") }}
),

assets as (
    select * from {{ ref("int_asset_days") }}
),

equal_weight as (
    select
        spy.session_number,
        exp(rsp.log_total_return_index - lag(rsp.log_total_return_index, 21) over (order by spy.session_number))
            - exp(spy.log_total_return_index - lag(spy.log_total_return_index, 21) over (order by spy.session_number))
            as equal_less_cap_weight_21
    from assets as spy
    inner join assets as rsp on spy.session_number = rsp.session_number and rsp.asset_id = 'RSP'
    where spy.asset_id = 'SPY'
),

mega_caps as (
    select
        session_date,
        indexation_effect_bp as mega_cap_effect_21
    from {{ ref("index_attribution_daily") }}
    where index_id = 'SP500' and bucket_id = 'MAG7' and horizon = '21'
),

shares as (
    select
        measures.universe_id,
        measures.segment_id,
        measures.session_number,
        measures.session_date,
        100.0 * measures.above_sma50 / nullif(measures.eligible_sma50, 0) as pct_above_sma50,
        100.0 * measures.above_sma200 / nullif(measures.eligible_sma200, 0) as pct_above_sma200,
        measures.adv_ratio_ema10,
        100.0 * (measures.new_highs_252 - measures.new_lows_252) / nullif(measures.eligible_252, 0) as nhnl_pct,
        case when measures.universe_id = 'SP500' and measures.segment_id = 'ALL'
            then -100.0 * measures.outperforming_21 / nullif(measures.eligible_return_21, 0) end as underperforming_21,
        case when measures.universe_id = 'SP500' and measures.segment_id = 'ALL'
            then -equal_weight.equal_less_cap_weight_21 end as cap_less_equal_weight_21,
        case when measures.universe_id = 'SP500' and measures.segment_id = 'ALL'
            then mega_caps.mega_cap_effect_21 end as mega_cap_effect_21
    from measures
    left join equal_weight on measures.session_number = equal_weight.session_number
    left join mega_caps on measures.session_date = mega_caps.session_date
),

standardised as (
    select
        *
        {%- for measure in ["pct_above_sma50", "pct_above_sma200", "adv_ratio_ema10", "nhnl_pct", "underperforming_21",
            "cap_less_equal_weight_21", "mega_cap_effect_21"] %},
        {{ rolling_z(measure, "year", 126) }} as {{ measure }}_z
        {%- endfor %}
    from shares
    window year as (partition by universe_id, segment_id order by session_number {{ rows_back(252) }})
),

counted as (
    select
        *,
        {% for part in ["underperforming_21_z", "cap_less_equal_weight_21_z", "mega_cap_effect_21_z"] -%}
            {% if not loop.first %}+ {% endif %}case when {{ part }} is not null then 1 else 0 end
        {% endfor -%}
        as narrowness_parts
    from standardised
)

select
    universe_id,
    segment_id,
    session_number,
    session_date,
    (pct_above_sma50_z + pct_above_sma200_z + adv_ratio_ema10_z + nhnl_pct_z) / 4 as participation_score,
    case
        when narrowness_parts >= 2
            then (
                coalesce(underperforming_21_z, 0)
                + coalesce(cap_less_equal_weight_21_z, 0)
                + coalesce(mega_cap_effect_21_z, 0)
            ) / narrowness_parts
    end as narrowness_score
from counted
order by universe_id, segment_id, session_number
