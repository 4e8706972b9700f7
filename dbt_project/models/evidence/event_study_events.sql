-- The events of every study and what followed each; one row a study, track, horizon and event. An event is the first day of
-- a state, unless the last event counted is less than a cooldown before it (the horizon itself unless the study has its own):
-- with a cooldown of 10, onsets in sessions 1, 8, 12 and 21 give the events 1 and 12. What followed is NULL while the horizon
-- is open; event_study does not count such events.
with studies as (
    select * from {{ ref("studies") }}
),

study_days as (
    select * from {{ ref("int_study_days") }}
),

outcomes as (
    select * from {{ ref("int_study_outcomes") }}
),

horizons as (
    select horizon
    from (values {% for horizon in study_horizons() %}({{ horizon }}){% if not loop.last %}, {% endif %}{% endfor %}) as listed(horizon)
),

-- one row a study, track and horizon, its events as a list of session numbers
event_lists as (
    select
        study_days.study_id,
        study_days.track,
        horizons.horizon,
        {{ spaced_numbers(
            "study_days.session_number", "any_value(coalesce(studies.cooldown_sessions::integer, horizons.horizon))"
        ) }} as session_numbers
    from study_days
    inner join studies on study_days.study_id = studies.study_id
    cross join horizons
    where study_days.is_onset
    group by study_days.study_id, study_days.track, horizons.horizon
),

event_sessions as (
    select
        study_id,
        track,
        horizon,
        {{ unnested("session_numbers") }} as session_number
    from event_lists
)

select
    ---------- keys
    '{{ main_universe() }}'::string as universe_id,
    event_sessions.study_id::string as study_id,
    event_sessions.track::string as track,
    event_sessions.horizon::integer as horizon,
    study_days.session_date::date as session_date,

    ---------- the event
    study_days.state_id::string as state_id,
    study_days.value::double as state_value,
    study_days.is_clean::boolean as is_clean,
    outcomes.start_price::double as entry_level,

    ---------- the horizon
    outcomes.closes_on::date as closes_on,
    outcomes.is_closed::boolean as is_closed,

    ---------- what followed
    outcomes.forward_return_pct::double as forward_return_pct,
    outcomes.forward_max_drawdown_pct::double as forward_max_drawdown_pct,
    outcomes.has_drawdown::boolean as has_drawdown,
    outcomes.has_fall::boolean as has_fall,
    outcomes.has_vix_jump::boolean as has_vix_jump
from event_sessions
inner join study_days
    on event_sessions.study_id = study_days.study_id
    and event_sessions.track = study_days.track
    and event_sessions.session_number = study_days.session_number
inner join outcomes
    on event_sessions.session_number = outcomes.session_number
    and event_sessions.horizon = outcomes.horizon
order by study_id, track, horizon, session_date
