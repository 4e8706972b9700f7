-- Has positioning capitulated? One row a session: the stage, the legs it is made of, and the readings behind each leg.
--
-- A session on which the market is washed out and positioning has capitulated opens a claim that lasts 21 sessions. The
-- lowest index close from the claim to its exhaustion is the claim's floor; a later close below the floor voids it, a
-- later trigger confirms it. A new ten-session high of the VIX or of COR1M ends the exhaustion: the claim is no longer
-- confirmed, and its floor follows the closes again until the next exhaustion. The newest claims that are not void give the
-- stage:
--
--     none -> stress -> washout -> capitulated -> confirmed
--
-- Tests may be unknown (NULL). Everything is evaluated twice, with unknown tests as false ("least") and as true ("most");
-- the stage is reported only if both give the same result.
{% set readings_of_legs = {
    "washout": ["pct_above_sma50", "participation_score", "new_lows_21_pct"],
    "panic": ["lowry_90_down", "declines_pct", "whaley_5d"],
    "volatility": ["vix_vix3m", "vix_pctl_252"],
    "correlation": ["cor1m_pctl_252"],
    "positioning": [
        "report_date", "asset_manager_net_pct_oi", "asset_manager_pctl_156w", "asset_manager_chg_4w_z", "cta_exposure",
        "cta_flow_5d", "cta_flow_21d", "cta_flow_5d_z_252", "cta_flow_21d_z_252", "asset_managers_sold",
        "asset_managers_sold_date", "trend_followers_sold", "trend_followers_sold_date",
    ],
    "exhaustion": ["vix_to_high_10", "cor1m_to_high_10"],
    "trigger": ["zbt_signal_nyse", "zbt_signal", "bam_signal", "lowry_90_up"],
} -%}
{#- a stage depends on the sessions of a claim and, before them, on the memory of its legs -#}
{% set sessions_read = "(" ~ threshold("capitulation_sessions") ~ " + " ~ threshold("exhaustion_memory") ~ " - 1)" -%}
{% set lists = {"legs_met": "%s_counts", "legs_missing": "not %s_counts", "legs_unknown": "%s_counts is null"} -%}
with leg_days as (
    select * from {{ ref("int_capitulation_legs") }}
),

answers as (
    select 'least' as answer, false as unknown_is
    union all
    select 'most' as answer, true as unknown_is
),

---------- both answers: one row an answer and session
answer_days as (
    select
        answers.answer,
        answers.unknown_is,
        leg_days.session_number,
        leg_days.session_date,
        leg_days.index_close,
        coalesce(leg_days.washout_on, answers.unknown_is)::integer
            + coalesce(leg_days.panic_on, answers.unknown_is)::integer
            + coalesce(leg_days.volatility_on, answers.unknown_is)::integer
            + coalesce(leg_days.correlation_on, answers.unknown_is)::integer as market_legs,
        coalesce(leg_days.positioning_on, answers.unknown_is) as is_positioning_on,
        coalesce(leg_days.trigger_test, answers.unknown_is) as is_trigger,
        -- an early exhaustion lets a trigger count sooner, but it also fixes the floor sooner, so that a claim is voided
        -- more easily: the unknown exhaustion that helps the stage in one place harms it in the other
        coalesce(leg_days.exhaustion_test, answers.unknown_is) as is_exhaustion,
        coalesce(leg_days.exhaustion_test, not answers.unknown_is) as is_floor_fixed,
        coalesce(leg_days.is_at_high_10, not answers.unknown_is) as is_exhaustion_over,
        coalesce(leg_days.is_at_high_10, answers.unknown_is) as is_floor_released
    from answers
    cross join leg_days
),

claims as (
    select
        answer,
        session_number as claim_number,
        session_date as claim_date
    from answer_days
    where market_legs >= {{ threshold("washout_legs") }}
        and is_positioning_on
),

---------- what became of each claim: one row an answer, claim and session of its 21
-- a phase ends with each new high: an exhaustion, its trigger and its floor belong to the phase
claim_days as (
    select
        claims.answer,
        claims.claim_number,
        claims.claim_date,
        answer_days.session_number,
        answer_days.index_close,
        answer_days.is_trigger,
        answer_days.is_exhaustion,
        answer_days.is_floor_fixed,
        count(*) filter (where answer_days.is_exhaustion_over) over so_far as exhaustion_phase,
        count(*) filter (where answer_days.is_floor_released) over so_far as floor_phase
    from claims
    inner join answer_days
        on claims.answer = answer_days.answer
        and claims.claim_number <= answer_days.session_number
        and claims.claim_number + {{ threshold("capitulation_sessions") }} > answer_days.session_number
    window so_far as (
        partition by claims.answer, claims.claim_number
        order by answer_days.session_number rows unbounded preceding
    )
),

claim_phases as (
    select
        *,
        min(case when is_exhaustion then session_number end) over (
            partition by answer, claim_number, exhaustion_phase order by session_number rows unbounded preceding
        ) as exhaustion_number,
        min(case when is_floor_fixed then session_number end) over (
            partition by answer, claim_number, floor_phase order by session_number rows unbounded preceding
        ) as floor_number
    from claim_days
),

claim_floors as (
    select
        *,
        min(case when session_number <= coalesce(floor_number, session_number) then index_close end) over so_far
            as floor_close
    from claim_phases
    window so_far as (partition by answer, claim_number order by session_number rows unbounded preceding)
),

claim_outcomes as (
    select
        *,
        coalesce(bool_or(session_number > floor_number and index_close < floor_close) over (
            partition by answer, claim_number order by session_number rows unbounded preceding
        ), false) as is_void,
        coalesce(bool_or(session_number > exhaustion_number and is_trigger) over (
            partition by answer, claim_number, exhaustion_phase order by session_number rows unbounded preceding
        ), false) as is_triggered
    from claim_floors
),

running_claims as (
    select
        answer,
        session_number,
        bool_or(exhaustion_number is not null) as is_exhausted,
        bool_or(is_triggered) as is_confirmed,
        max(claim_number) as newest_claim_number,
        max(claim_date) as newest_claim_date
    from claim_outcomes
    where not is_void
    group by answer, session_number
),

---------- the stage: one row a session
answer_stages as (
    select
        answer_days.answer,
        answer_days.session_number,
        running_claims.is_exhausted,
        running_claims.newest_claim_number,
        running_claims.newest_claim_date,
        case
            when running_claims.is_confirmed then 'confirmed'
            when running_claims.newest_claim_number is not null then 'capitulated'
            when answer_days.market_legs >= {{ threshold("washout_legs") }} then 'washout'
            when answer_days.market_legs >= {{ threshold("stress_legs") }} then 'stress'
            else 'none'
        end as stage
    from answer_days
    left join running_claims
        on answer_days.answer = running_claims.answer
        and answer_days.session_number = running_claims.session_number
),

-- the claims of the answer "least" are those that are certain
stages as (
    select
        session_number,
        case when min(stage) = max(stage) then min(stage) end as stage,
        coalesce(bool_or(is_exhausted) filter (where answer = 'least'), false) as is_exhausted,
        max(newest_claim_number) filter (where answer = 'least') as claim_number,
        max(newest_claim_date) filter (where answer = 'least') as claim_date
    from answer_stages
    group by session_number
),

staged_days as (
    select
        leg_days.*,
        stages.stage,
        stages.is_exhausted,
        stages.claim_date,
        leg_days.session_number - stages.claim_number as claim_age,
        lag(stages.stage) over by_session as stage_before,
        coalesce(stages.stage in ('capitulated', 'confirmed'), false) as is_capitulated,
        -- sessions since one that was not clean
        leg_days.session_number - max(case when not leg_days.is_clean then leg_days.session_number end)
            over (order by leg_days.session_number rows unbounded preceding) as clean_sessions
    from leg_days
    inner join stages on leg_days.session_number = stages.session_number
    window by_session as (order by leg_days.session_number)
),

stage_starts as (
    select
        *,
        case when coalesce(stage <> stage_before, stage is not null) then session_number end as start_number,
        case when coalesce(stage <> stage_before, stage is not null) then session_date end as start_date
    from staged_days
),

-- while a capitulation runs, the legs that made it count as met, even after their own memory has run out
counted_legs as (
    select
        *,
        washout_on as washout_counts,
        panic_on as panic_counts,
        volatility_on as volatility_counts,
        correlation_on as correlation_counts,
        positioning_on or is_capitulated as positioning_counts,
        exhaustion_on or (is_capitulated and is_exhausted) as exhaustion_counts,
        trigger_on or coalesce(stage = 'confirmed', false) as trigger_counts,
        case when stage is not null then session_number - max(start_number) over so_far end as stage_age,
        case when stage is not null then max(start_date) over so_far end as stage_since
    from stage_starts
    window so_far as (order by session_number rows unbounded preceding)
)

select
    session_date,

    ---------- stage
    stage::string as stage,
    stage_since::date as stage_since,
    stage_age::integer as stage_age_sessions,
    {% for list, condition in lists.items() -%}
        concat_ws(
            ', '
            {%- for leg in readings_of_legs %},
            case when {{ condition | format(leg) }} then '{{ leg }}' end
            {%- endfor %}
        )::string as {{ list }},
    {% endfor -%}
    case when is_capitulated then claim_date end::date as capitulation_date,
    case when is_capitulated then claim_age end::integer as capitulation_age,
    case
        when stage is null
            then 'an unknown leg of the last ' || {{ fixed(sessions_read, 0) }} || ' sessions could change the stage'
    end::string as null_reason,

    ---------- coverage of the members' breadth
    coverage,
    coalesce(clean_sessions >= {{ sessions_read }}, true) as is_clean
    {%- for leg, readings in readings_of_legs.items() %},

    ---------- {{ leg }}
    {{ leg }}_on,
    {{ leg }}_age::integer as {{ leg }}_age,
    {{ leg }}_date::date as {{ leg }}_date,
    case when {{ leg }}_counts then {{ leg }}_evidence end::string as {{ leg }}_evidence
    {%- for reading in readings %},
    {{ reading }}
    {%- endfor %}
    {%- endfor %},

    ---------- index
    index_close
from counted_legs
order by session_date
