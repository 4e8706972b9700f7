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
        {{ joined_by("' '", "sentence", "position", "section = '" ~ section ~ "'") }} as {{ text }},
        {%- endfor %}
        concat_ws(
            {{ line_break() }}
            {%- for section in body %},
            {{ joined_by("' '", "sentence", "position", "section = '" ~ section ~ "'") }}
            {%- endfor %}
        ) as body,
        {{ joined_json_lists("evidence", "section, position") }} as evidence
    from lines
    group by session_date
)

select
    ---------- keys
    readings.session_date::date as session_date,
    '{{ main_universe() }}'::string as universe_id,

    ---------- completeness
    readings.is_final::boolean as is_final,
    (readings.missing = '')::boolean as complete,
    readings.missing::string as missing,

    ---------- the call, with its track record as known that night
    records.call_id::string as call_id,
    texts.call::string as call,
    records.call_times_known::integer as call_times_known,
    records.call_hits_known::integer as call_hits_known,
    records.call_vix_known::double as call_vix_known,

    ---------- in words
    texts.headline::string as headline,
    texts.body::string as body,

    ---------- the day
    readings.day_state::string as day_state,
    readings.selling_pressure::double as selling_pressure,

    ---------- why
    readings.why_day::string as why_day,
    readings.why_5d::string as why_5d,
    readings.why_primary::string as why_primary,
    readings.why_secondary::string as why_secondary,
    readings.shock_class::string as shock_class,

    ---------- where
    readings.quadrant::string as where_quadrant,
    readings.curve_regime::string as where_curve,
    readings.risk_state::string as risk_state,
    readings.event_id::string as reference_event_id,
    readings.reference_date::date as reference_date,
    readings.reference_close::double as reference_close,

    ---------- states
    readings.participation_state::string as participation_state,
    readings.narrowness_state::string as narrowness_state,
    readings.vol_state::string as vol_state,
    readings.implied_corr_state::string as implied_corr_state,

    ---------- when
    readings.stage::string as when_stage,
    readings.stage_since::date as stage_since,
    readings.stage_age_sessions::integer as stage_age_sessions,
    readings.stage_day::integer as stage_day,
    readings.legs_met::string as legs_met,
    readings.legs_missing::string as legs_missing,

    ---------- odds, change, falsifier, calendar
    odds_states.study_id::string as odds_study_id,
    texts.odds_line::string as odds_line,
    texts.changed_since_yesterday::string as changed_since_yesterday,
    texts.falsifier::string as falsifier,
    texts.next_releases::string as next_releases,

    ---------- where every number comes from
    texts.evidence::string as evidence
from readings
left join texts on readings.session_date = texts.session_date
left join records on readings.session_date = records.session_date
left join odds_states on readings.session_date = odds_states.session_date
order by readings.session_date
