-- Two readings of breadth as scores: participation (low if few names are up) and narrowness (high if few names carry the
-- index); one row a universe, segment and session. Narrowness exists only for the S&P 500 as a whole: a sector has no
-- equal-weight version and no mega-caps of its own.
with measures as (
    select * from {{ ref("int_breadth_measures") }}
),

asset_days as (
    select * from {{ ref("int_asset_days") }}
),

equal_weight_leads as (
    select
        cap_weight_days.session_number,
        exp(
            equal_weight_days.log_total_return_index
            - lag(equal_weight_days.log_total_return_index, 21) over by_session
        ) - exp(
            cap_weight_days.log_total_return_index
            - lag(cap_weight_days.log_total_return_index, 21) over by_session
        ) as equal_less_cap_weight_21
    from asset_days as cap_weight_days
    inner join asset_days as equal_weight_days
        on cap_weight_days.session_number = equal_weight_days.session_number
        and equal_weight_days.asset_id = 'RSP'
    where cap_weight_days.asset_id = 'SPY'
    window by_session as (order by cap_weight_days.session_number)
),

mega_caps as (
    select
        session_date,
        indexation_effect_bp as mega_cap_effect_21
    from {{ ref("index_attribution_daily") }}
    where index_id = 'SP500' and bucket_id = 'MAG7' and horizon = '21'
),

score_parts as (
    select
        measures.universe_id,
        measures.segment_id,
        measures.session_number,
        measures.session_date,
        {{ share_of("measures.above_sma50", "eligible_sma50", "measures") }} as pct_above_sma50,
        {{ share_of("measures.above_sma200", "eligible_sma200", "measures") }} as pct_above_sma200,
        measures.adv_ratio_ema10,
        {{ share_of("(measures.new_highs_252 - measures.new_lows_252)", "eligible_252", "measures") }} as nhnl_pct,
        case when measures.universe_id = 'SP500' and measures.segment_id = 'ALL'
            then -1 * {{ share_of("measures.outperforming_21", "eligible_return_21", "measures") }} end
            as underperforming_21,
        case when measures.universe_id = 'SP500' and measures.segment_id = 'ALL'
            then -equal_weight_leads.equal_less_cap_weight_21 end as cap_less_equal_weight_21,
        case when measures.universe_id = 'SP500' and measures.segment_id = 'ALL'
            then mega_caps.mega_cap_effect_21 end as mega_cap_effect_21
    from measures
    left join equal_weight_leads on measures.session_number = equal_weight_leads.session_number
    left join mega_caps on measures.session_date = mega_caps.session_date
),

standardised_parts as (
    select
        *
        {%- for measure in ["pct_above_sma50", "pct_above_sma200", "adv_ratio_ema10", "nhnl_pct", "underperforming_21",
            "cap_less_equal_weight_21", "mega_cap_effect_21"] %},
        {{ rolling_z(measure, "year", 126) }} as {{ measure }}_z
        {%- endfor %}
    from score_parts
    window year as (partition by universe_id, segment_id order by session_number {{ rows_back(252) }})
),

parts_with_count as (
    select
        *,
        {% for part in ["underperforming_21_z", "cap_less_equal_weight_21_z", "mega_cap_effect_21_z"] -%}
            {% if not loop.first %}+ {% endif %}case when {{ part }} is not null then 1 else 0 end
        {% endfor -%}
        as narrowness_parts
    from standardised_parts
)

select
    universe_id,
    segment_id,
    session_number,
    session_date,
    (pct_above_sma50_z + pct_above_sma200_z + adv_ratio_ema10_z + nhnl_pct_z) / 4 as participation_score,
    case
        when narrowness_parts >= {{ threshold("narrowness_least_parts") }}
            then (
                coalesce(underperforming_21_z, 0)
                + coalesce(cap_less_equal_weight_21_z, 0)
                + coalesce(mega_cap_effect_21_z, 0)
            ) / narrowness_parts
    end as narrowness_score
from parts_with_count
order by universe_id, segment_id, session_number
