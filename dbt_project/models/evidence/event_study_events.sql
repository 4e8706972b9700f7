-- Every event of every study: the first day of its state, unless the last event that counted is less than a cooldown away.
-- What followed is NULL while the horizon is open; such events are listed here and counted nowhere.
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

spaced as (
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

chosen as (
    select
        study_id,
        track,
        horizon,
        unnest(session_numbers) as session_number
    from spaced
)

select
    ---------- keys
    chosen.study_id::varchar as study_id,
    chosen.track::varchar as track,
    chosen.horizon::integer as horizon,
    study_days.session_date::date as session_date,

    ---------- the event
    study_days.state_id::varchar as state_id,
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
    outcomes.has_vix_jump::boolean as has_vix_jump
from chosen
inner join study_days
    on chosen.study_id = study_days.study_id
    and chosen.track = study_days.track
    and chosen.session_number = study_days.session_number
inner join outcomes
    on chosen.session_number = outcomes.session_number
    and chosen.horizon = outcomes.horizon
order by study_id, track, horizon, session_date
