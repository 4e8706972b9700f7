-- The verdict of the day in one row: its states, and its sentences as headline, body and the lines of odds, change, dates and what
-- would prove it wrong. verdict_lines has the same sentences one by one. Nothing looks past the session.
{% set body = ["selling", "why", "where", "breadth", "risk", "regime", "when", "odds", "missing"] -%}
{% set texts = {
    "call": "call", "headline": "day", "odds_line": "odds", "changed_since_yesterday": "changed",
    "falsifier": "wrong_if", "next_releases": "calendar",
} -%}
with readings as (
    select * from {{ ref("int_verdict_readings") }}
),

lines as (
    select * from {{ ref("verdict_lines") }}
),

records as (
    select * from {{ ref("int_call_records") }}
),

-- a session has one sentence at this place: on the state whose cases are given, or that none is on
odds_states as (
    select * from {{ ref("int_lines_odds") }}
    where position = 2
),

texts as (
    select
        session_date,
        {%- for text, section in texts.items() %}
        string_agg(sentence, ' ' order by position) filter (where section = '{{ section }}') as {{ text }},
        {%- endfor %}
        concat_ws(
            {{ line_break() }}
            {%- for section in body %},
            string_agg(sentence, ' ' order by position) filter (where section = '{{ section }}')
            {%- endfor %}
        ) as body,
        {{ joined_json_lists("evidence", "section, position") }} as evidence
    from lines
    group by session_date
)

select
    ---------- keys
    readings.session_date::date as session_date,
    '{{ main_universe() }}'::varchar as universe_id,

    ---------- completeness
    readings.is_final::boolean as is_final,
    (readings.missing = '')::boolean as complete,
    readings.missing::varchar as missing,

    ---------- the call, with its track record as known that night
    records.call_id::varchar as call_id,
    texts.call::varchar as call,
    records.call_times_known::integer as call_times_known,
    records.call_hits_known::integer as call_hits_known,
    records.call_vix_known::double as call_vix_known,

    ---------- in words
    texts.headline::varchar as headline,
    texts.body::varchar as body,

    ---------- the day
    readings.day_state::varchar as day_state,
    readings.selling_pressure::double as selling_pressure,

    ---------- why
    readings.why_day::varchar as why_day,
    readings.why_5d::varchar as why_5d,
    readings.why_primary::varchar as why_primary,
    readings.why_secondary::varchar as why_secondary,
    readings.shock_class::varchar as shock_class,

    ---------- where
    readings.quadrant::varchar as where_quadrant,
    readings.curve_regime::varchar as where_curve,
    readings.risk_state::varchar as risk_state,
    readings.event_id::varchar as reference_event_id,
    readings.reference_date::date as reference_date,
    readings.reference_close::double as reference_close,

    ---------- states
    readings.participation_state::varchar as participation_state,
    readings.narrowness_state::varchar as narrowness_state,
    readings.vol_state::varchar as vol_state,
    readings.implied_corr_state::varchar as implied_corr_state,

    ---------- when
    readings.stage::varchar as when_stage,
    readings.stage_since::date as stage_since,
    readings.stage_age_sessions::integer as stage_age_sessions,
    readings.stage_day::integer as stage_day,
    readings.legs_met::varchar as legs_met,
    readings.legs_missing::varchar as legs_missing,

    ---------- odds, change, falsifier, calendar
    odds_states.study_id::varchar as odds_study_id,
    texts.odds_line::varchar as odds_line,
    texts.changed_since_yesterday::varchar as changed_since_yesterday,
    texts.falsifier::varchar as falsifier,
    texts.next_releases::varchar as next_releases,

    ---------- where every number comes from
    texts.evidence::varchar as evidence
from readings
left join texts on readings.session_date = texts.session_date
left join records on readings.session_date = records.session_date
left join odds_states on readings.session_date = odds_states.session_date
order by readings.session_date
