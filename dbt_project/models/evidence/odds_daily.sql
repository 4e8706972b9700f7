-- For each state that is on: what had followed it before, in counts as they were known on that session (only cases and days
-- whose horizon had closed), beside what the level of the VIX alone says. One row a session, study, track, horizon and target.
-- Shares have Wilson's interval; differences with a bootstrap are in event_study.
with study_odds as (
    select * from {{ ref("int_study_odds") }}
),

forecasts as (
    select
        study_id,
        track,
        horizon,
        target,
        session_number + horizon as closed_number,
        {{ whole_quotient("session_number", "greatest(2 * horizon, 21)") }} as block,
        power(share_shrunk - came_true, 2) as error,
        power(base_share_vix - came_true, 2) as reference_error
    from study_odds
    where came_true is not null
),

-- how much better the state's own cases have made the forecast than the VIX alone, on all earlier sessions with the state on
skills as (
    select * from {{ running_skill(
        "forecasts", ["study_id", "track", "horizon", "target"], threshold("odds_least_blocks")
    ) }}
),

judged_odds as (
    select
        study_odds.*,
        {{ wilson_low("study_odds.hits", "study_odds.n_events") }} as ci_low,
        {{ wilson_high("study_odds.hits", "study_odds.n_events") }} as ci_high,
        skills.skill as skill_known,
        skills.skill_low as skill_known_low,
        skills.skill_high as skill_known_high
    from study_odds
    {{ asof_left_join(
        "skills", "skills",
        [
            ("study_odds.study_id", "skills.study_id"),
            ("study_odds.track", "skills.track"),
            ("study_odds.horizon", "skills.horizon"),
            ("study_odds.target", "skills.target"),
        ],
        "study_odds.session_number", "skills.closed_number"
    ) }}
)

select
    ---------- keys
    session_date::date as session_date,
    '{{ main_universe() }}'::string as universe_id,
    study_id::string as study_id,
    target::string as target,
    horizon::integer as horizon,
    track::string as track,

    ---------- the state
    state_id::string as state_id,
    age_sessions::integer as age_sessions,

    ---------- counts as known on the session
    n_events::integer as n_events,
    hits::integer as hits,
    base_n::integer as base_n,
    base_hits::integer as base_hits,

    ---------- shares
    share::double as share,
    ci_low::double as ci_low,
    ci_high::double as ci_high,
    base_share::double as base_share,
    base_share_vix::double as base_share_vix,
    share_shrunk::double as share_shrunk,
    (100 * (share_shrunk - base_share_vix))::double as adds_pp,

    ---------- how good they were, as known on the session
    skill_known::double as skill_known,
    skill_known_low::double as skill_known_low,
    skill_known_high::double as skill_known_high,
    case when skill_known_low > 0 then share_shrunk else base_share_vix end::double as share_said,

    ---------- in words
    case
        when n_events < {{ threshold("study_least_events") }} then 'insufficient'
        when ci_low > greatest(base_share, base_share_vix) then 'higher'
        when ci_high < least(base_share, base_share_vix) then 'lower'
        else 'not_distinguishable'
    end::string as finding
from judged_odds
order by session_date, study_id, target, horizon, track
