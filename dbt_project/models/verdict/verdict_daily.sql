-- The day in words: is there selling, what moved with it, where the index and the regime stand, whether positioning has
-- capitulated, what such a state led to before, what changed and what would prove it wrong. Every number in the text is in
-- `evidence` with the mart, column, row and session it stands in. Nothing looks past the session.
{% set facts = verdict_facts() -%}
with readings as (
    select * from {{ ref("int_verdict_readings") }}
),

levels as (
    select * from {{ ref("macro_levels_daily") }}
),

positions as (
    select * from {{ ref("positioning_daily") }} where contract_code = '13874+'
),

switched as (
    select * from {{ ref("int_state_switches") }}
),

released as (
    select
        session_date,
        series_id,
        case series_id
            when 'ICSA' then 'jobless claims'
            when 'PAYEMS' then 'payrolls'
            when 'CPIAUCSL' then 'consumer prices'
        end as release_name,
        next_release_at
    from levels
    where series_id in ('ICSA', 'PAYEMS', 'CPIAUCSL')
    union all
    select
        session_date,
        contract_code as series_id,
        'positioning' as release_name,
        next_report_at as next_release_at
    from positions
),

scheduled as (
    select
        session_date,
        {{ joined_text(
            "release_name || ' ' || next_release_at::date", "next_release_at, release_name"
        ) }} as next_releases
    from released
    where next_release_at is not null
    group by session_date
),

said as (
    select
        *
        {%- for fact in facts %},
        {% if fact.is_date -%}
            {{ fact.id }}::varchar
        {%- else -%}
            {{ fixed(fact.id ~ (" * " ~ fact.factor if fact.factor and fact.factor != 1 else ""), fact.decimals, fact.sign) }}
        {%- endif %} as {{ fact.id }}_said
        {%- endfor %},
        concat_ws(
            ', ',
            case when not is_final then 'final levels (provisional)' end,
            case when spx_close is null then 'index close' end,
            case when valid is null or declines is null then 'advances and declines' end,
            case when participation_score is null then 'participation score' end,
            case when narrowness_score is null then 'narrowness score' end,
            case when selling_pressure is null then 'selling pressure' end,
            case when why_primary is null then 'drivers' end,
            case when mega_cap_state is null then 'mega-caps' end,
            case
                when vol_state is null then 'volatility state'
                when vix_obs_date < session_date then 'VIX of the session'
            end,
            case when implied_corr_state is null then 'implied correlation state' end,
            case when growth_impulse is null or inflation_impulse is null then 'regime impulses' end,
            case when risk_state is null then 'risk state' end,
            case when stage is null then 'capitulation stage' end,
            case when asset_manager_net_pct_oi is null then 'positioning' end,
            'the newest ' || unanswered
        ) as missing,
        -- said from the stage, which lasts longer than the session on which positioning was met
        case
            when capitulation_age = 0 then 'positioning has capitulated'
            when capitulation_age > 0
                then 'positioning capitulated ' || capitulation_age || ' session'
                    || case when capitulation_age > 1 then 's' else '' end || ' ago'
            when positioning_on then 'positioning has sold'
            when not positioning_on then 'positioning has not capitulated'
            else 'positioning is not known'
        end as positioning_words,
        lag(stage) over by_session as stage_before,
        lag(quadrant) over by_session as quadrant_before,
        lag(risk_state) over by_session as risk_state_before,
        lag(session_number) over by_session is null as is_first
    from readings
    window by_session as (order by session_number)
),

worded as (
    select
        *,

        ---------- headline
        case stage
            when 'none' then 'No stress'
            when 'stress' then 'Stress'
            when 'washout' then 'Washout'
            when 'capitulated' then 'Capitulated'
            when 'confirmed' then 'Capitulation confirmed'
            else 'Stage not known'
        end as stage_words,
        declines_said || ' of ' || valid_said || ' members fell' as headline_breadth,
        'the S&P 500 closed at ' || spx_close_said || coalesce(' (' || spx_return_said || ' %)', '') as headline_index,
        positioning_words as headline_positioning,

        ---------- selling
        declines_said || ' of ' || valid_said || ' members of the S&P 500 fell and ' || advances_said || ' rose'
            || coalesce('; ' || up_volume_pct_said || ' % of their volume was in rising names', '')
            || case when neg_breadth_streak > 1
                then '; declines have led for ' || neg_breadth_streak_said || ' sessions running' else '' end
            || '.' as selling_line,
        'Selling pressure is ' || selling_pressure_said || ' of 100.' as pressure_line,

        ---------- why
        'Stocks moved ' || stock_return_bp_said || ' bp on the day (SPY with income), '
            || case shock_class
                when 'discount_rate' then 'together with falling bonds (a discount-rate shock)'
                when 'growth_scare' then 'against rising bonds (a growth scare)'
                when 'easing' then 'together with rising bonds (easing)'
                when 'growth' then 'against falling bonds (growth)'
                when 'mixed' then 'with stocks, bonds or both hardly moving (mixed)'
                else 'with bonds not judged'
            end
            || coalesce('; ' || {{ moved_with("day_driver_id", "day_driver_name", "day_driver_bp_said", "why_day_identified",
                "stock_return_bp") }}, '')
            || coalesce(
                '; the largest part is not explained by rates and the dollar (' || day_residual_bp_said || ' bp)', ''
            )
            || '.' as why_day_line,
        'Over five sessions they moved ' || stock_return_5_bp_said || ' bp'
            || case when why_primary = 'not_explained' then ', the largest part not explained by rates and the dollar ('
                || macro_residual_5_bp_said || ' bp)' else '' end
            || case
                when why_primary = 'none' then '; nothing that they moved with was large enough to name'
                else coalesce('; ' || {{ moved_with("why_primary", "primary_name", "primary_bp_said", "why_5d_identified",
                    "stock_return_5_bp") }}, '')
            end
            || coalesce(', then with ' || secondary_name || ' (' || secondary_bp_said || ' bp)', '')
            || case when why_primary is not null then '.' end as why_week_line,

        ---------- where
        case
            when event_id is not null
                then 'The S&P 500 stands at ' || spx_close_said || ', ' || spx_chg_pct_said || ' % from its close of '
                    || reference_date || ' (' || reference_close_said || ')'
                    || coalesce('; the Russell 2000 ' || small_cap_chg_pct_said || ' %', '')
                    || coalesce('; long bonds (TLT with income, 100 on that day) at ' || bond_index_100_said, '') || '.'
            else 'The S&P 500 stands at ' || spx_close_said || ', against ' || reference_close_said || ' on '
                || reference_date || ', a month of sessions before.'
        end as index_line,
        'Of the ' || gap_pp_said || ' points of total return between it and the Russell 2000 the seven mega-caps are '
            || mega_cap_pp_said || case
                when mega_cap_share_pct >= 50 then ', more than half.'
                when mega_cap_share_pct between 0 and 50 then ', less than half: the rest of the large caps led too.'
                else '.'
            end as indexation_line,
        'The mega-caps are '
            || case mega_cap_state
                when 'leading' then 'ahead of the index'
                when 'leading_slowing' then 'ahead of the index and slowing'
                when 'lagging_improving' then 'behind the index and improving'
                when 'lagging' then 'behind the index'
            end
            || ' (trend ' || mega_cap_slope_said || ' bp a day, ' || mega_cap_slope_chg_said
            || ' against five sessions ago)'
            || coalesce(case
                when has_weak_bond_link then '; the data do not bear out a link of that to bonds (correlation '
                    || mega_cap_bond_corr_said || ' over a quarter)'
                else '; that moved with bonds at a correlation of ' || mega_cap_bond_corr_said || ' over a quarter'
            end, '') || '.' as mega_cap_line,

        ---------- breadth
        {{ reading_in_words("participation", "few names take part", "nearly all names take part") }} as participation_line,
        {{ reading_in_words("narrowness", "the advance is unusually broad", "few names carry the index") }}
            as narrowness_line,
        pct_above_sma50_said || ' % of the members stand above their average of fifty sessions, '
            || pct_above_sma200_said || ' % above that of two hundred.' as averages_line,

        ---------- volatility and implied correlation
        'The VIX is ' || vix_said || coalesce(', ' || vix_vix3m_said || ' of VIX3M', '')
            || ': volatility is ' || case vol_state
                when 'blowout' then 'blowing out'
                when 'calm' then 'low for its year'
                else vol_state
            end
            || case when vix_rollover then ' and has come off its high' else '' end || '.' as volatility_line,
        'Implied correlation (COR1M) is ' || cor1m_said
            || coalesce(', ' || cor1m_chg_5d_said || ' points in five sessions', '')
            || coalesce(case
                when cor1m >= cor1m_high_10 then ', the highest of ten'
                else ', against ' || cor1m_high_10_said || ' at the highest of ten'
            end, '')
            || coalesce(': at or above ' || cor1m_pctl_252_said || ' % of a year', '')
            || coalesce(case implied_corr_state
                when 'floor' then ', at its floor'
                when 'blowout' then ', blowing out'
                else ', ' || implied_corr_state
            end, '') || '.' as correlation_line,

        ---------- regime
        'Regime: ' || coalesce(quadrant, 'no quadrant') || coalesce(', curve ' || replace(curve_regime, '_', ' '), '')
            || coalesce(', ten-year yield ' || yield_10y_said || ' % (of ' || yield_obs_date || ')', '')
            || coalesce(', risk ' || risk_state, '') || '.' as regime_line,

        ---------- when
        upper(left(positioning_words, 1)) || substr(positioning_words, 2)
            || coalesce('; stage ' || stage, '; stage not known')
            || case when legs_met <> '' then '; met: ' || legs_met else '; no leg is met' end
            || case when legs_missing <> '' then '; missing: ' || legs_missing else '' end
            || case when legs_unknown <> '' then '; not known: ' || legs_unknown else '' end
            || '.' as when_line,
        'Asset managers hold ' || asset_manager_net_pct_oi_said || ' % of open interest net (report of ' || report_date || ')'
            || coalesce(', at or above ' || asset_manager_pctl_156w_said || ' % of three years', '')
            || coalesce('; the proxy of trend followers holds ' || cta_exposure_said || ' times its capital', '')
            || '.' as positioning_line,

        ---------- odds
        case
            when study_id is null then 'No studied state is on or was within two weeks: no odds are given.'
            when coalesce(down_n_events, 0) = 0
                then 'After "' || study_name || '" no horizon of a month has closed yet: INSUFFICIENT.'
            else 'A month after "' || study_name || '" the S&P 500 was lower in ' || down_hits_said || ' of '
                || down_n_events_said || ' cases (' || down_share_said || ' %, interval ' || down_ci_low_said || ' to '
                || down_ci_high_said || ' %) against ' || down_base_share_said || ' % of all days'
                || case when clean_down_n_events < down_n_events then ' (survivor-biased): ' else ': ' end
                || case down_finding
                    when 'insufficient' then 'INSUFFICIENT, too few cases'
                    when 'not_distinguishable' then 'not distinguishable'
                    else down_finding
                end
                || coalesce('; the VIX had closed at least 30 % higher in ' || vix_up_30pct_hits_said || ' of ' || vix_up_30pct_n_events_said
                    || ' (' || vix_up_30pct_share_said || ' %, interval ' || vix_up_30pct_ci_low_said || ' to '
                    || vix_up_30pct_ci_high_said || ' %) against ' || vix_up_30pct_base_share_said || ' %: '
                    || case vix_up_30pct_finding
                        when 'insufficient' then 'INSUFFICIENT'
                        when 'not_distinguishable' then 'not distinguishable'
                        else vix_up_30pct_finding
                    end, '')
                || case
                    when clean_down_n_events = 0 then '; no case on clean days'
                    when clean_down_n_events < down_n_events
                        then '; on clean days alone lower in ' || clean_down_hits_said || ' of ' || clean_down_n_events_said
                    else ''
                end
                || '.'
        end as odds_words,

        ---------- what would prove it wrong
        case
            when spx_close is null or reference_close is null
                then 'No level is named: a close to hold the index against is not on file'
            when spx_close < reference_close
                then 'Wrong if the S&P 500 closes above ' || reference_close_said || ' (its close of ' || reference_date || ')'
                    -- only leaders that make a high prove it wrong: a laggard far below its own would never
                    || coalesce(case when mega_cap_state in ('leading', 'leading_slowing')
                        then ' and Mag7/SPY makes a new high of a year ('
                            || case when mega_cap_from_high_pct = 0 then 'it stands at one'
                                else 'now ' || mega_cap_from_high_pct_said || ' % from it' end || ')'
                    end, '')
            else 'Wrong if the S&P 500 closes below ' || reference_close_said || ' (its close of ' || reference_date || ')'
                || coalesce(' and fewer members than the ' || pct_above_sma50_said
                    || ' % of today stand above their average of fifty sessions', '')
        end || '.' as falsifier_words,

        ---------- what changed
        concat_ws(
            '; ',
            case when stage is distinct from stage_before
                then 'stage ' || coalesce(stage_before, 'not known') || ' to ' || coalesce(stage, 'not known') end,
            case when quadrant is distinct from quadrant_before
                then 'quadrant ' || coalesce(quadrant_before, 'none') || ' to ' || coalesce(quadrant, 'none') end,
            case when risk_state is distinct from risk_state_before
                then 'risk ' || coalesce(risk_state_before, 'not known') || ' to ' || coalesce(risk_state, 'not known') end
        ) as moves
    from said
),

composed as (
    select
        worded.*,
        case
            when worded.is_first then 'No session before this one.'
            when worded.moves = '' and switched.begun is null and switched.ended is null then 'Nothing changed state.'
            else concat_ws(
                '; ', nullif(worded.moves, ''), 'on: ' || switched.begun, 'off: ' || switched.ended
            ) || '.'
        end as changes,
        scheduled.next_releases
    from worded
    left join switched on worded.session_date = switched.session_date
    left join scheduled on worded.session_date = scheduled.session_date
)

select
    session_date::date as session_date,

    ---------- completeness
    is_final::boolean as is_final,
    (missing = '')::boolean as complete,
    missing::varchar as missing,

    ---------- in words
    concat_ws(
        ': ', stage_words, concat_ws(', ', headline_breadth, headline_index, headline_positioning) || '.'
    )::varchar as headline,
    concat_ws(
        {{ line_break() }},
        nullif(concat_ws(' ', selling_line, pressure_line), ''),
        nullif(concat_ws(' ', why_day_line, why_week_line), ''),
        nullif(concat_ws(' ', index_line, indexation_line, mega_cap_line), ''),
        nullif(concat_ws(' ', participation_line, narrowness_line, averages_line), ''),
        nullif(concat_ws(' ', volatility_line, correlation_line), ''),
        regime_line,
        concat_ws(' ', when_line, positioning_line),
        odds_words,
        case when missing <> '' then 'Missing: ' || missing || '.' end
    )::varchar as body,

    ---------- selling
    selling_pressure::double as selling_pressure,

    ---------- why
    why_primary::varchar as why_primary,
    why_secondary::varchar as why_secondary,
    shock_class::varchar as shock_class,

    ---------- where
    quadrant::varchar as where_quadrant,
    curve_regime::varchar as where_curve,
    risk_state::varchar as risk_state,
    event_id::varchar as reference_event_id,
    reference_date::date as reference_date,
    reference_close::double as reference_close,

    ---------- states
    participation_state::varchar as participation_state,
    narrowness_state::varchar as narrowness_state,
    vol_state::varchar as vol_state,
    implied_corr_state::varchar as implied_corr_state,

    ---------- when
    stage::varchar as when_stage,
    legs_met::varchar as legs_met,
    legs_missing::varchar as legs_missing,

    ---------- odds, change, falsifier, calendar
    study_id::varchar as odds_study_id,
    odds_words::varchar as odds_line,
    changes::varchar as changed_since_yesterday,
    falsifier_words::varchar as falsifier,
    next_releases::varchar as next_releases,

    ---------- where every number stands
    {{ rows_as_json(verdict_evidence(facts)) }} as evidence
from composed
order by session_date
