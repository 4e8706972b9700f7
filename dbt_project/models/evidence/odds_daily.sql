-- For each state that is on, or was on within two weeks: what had followed it before, in counts as they were known on that
-- session (only events and days whose horizon had closed). One row a session, study, track, horizon and target. Shares have
-- Wilson's interval; differences with a bootstrap are in event_study.
{% set horizons = [5, 21] -%}
{% set targets = {
    "down": "forward_return_pct < 0", "drawdown_over_3pct": "has_drawdown", "vix_up_30pct": "has_vix_jump",
} -%}
with sessions as (
    select * from {{ ref("int_sessions") }}
),

studies as (
    select * from {{ ref("studies") }}
),

study_days as (
    select * from {{ ref("int_study_days") }}
),

outcomes as (
    select * from {{ ref("int_study_outcomes") }}
    where horizon in ({{ horizons | join(", ") }}) and forward_return_pct is not null and has_vix_jump is not null
),

events as (
    select * from {{ ref("event_study_events") }}
),

-- one row a study and session on which its state is on or was within the last ten
recent_states as (
    select
        study_days.study_id,
        sessions.session_number,
        sessions.session_date,
        max(study_days.session_number) as last_on_number
    from study_days
    inner join sessions
        on sessions.session_number between study_days.session_number
            and study_days.session_number + {{ threshold("odds_memory") }} - 1
    where study_days.track = 'all' and study_days.is_on
    group by all
),

-- running counts of days and events, dated by the session that closes their horizon
counts_so_far as (
    select
        study_days.study_id,
        study_days.track,
        outcomes.horizon,
        study_days.session_number + outcomes.horizon as closed_number,
        count(*) over so_far as base_n,
        count(events.session_date) over so_far as n_events
        {%- for target, test in targets.items() %},
        count(*) filter (where outcomes.{{ test }}) over so_far as {{ target }}_base_hits,
        count(events.session_date) filter (where outcomes.{{ test }}) over so_far as {{ target }}_hits
        {%- endfor %}
    from study_days
    inner join outcomes on study_days.session_number = outcomes.session_number
    left join events
        on study_days.study_id = events.study_id
        and study_days.track = events.track
        and outcomes.horizon = events.horizon
        and study_days.session_date = events.session_date
    window so_far as (
        partition by study_days.study_id, study_days.track, outcomes.horizon
        order by study_days.session_number rows unbounded preceding
    )
),

-- which tracks a study has follows from the seed, not from its days: those of later sessions are not known yet
study_tracks as (
    select
        studies.study_id,
        tracks.track,
        horizons.horizon
    from studies
    cross join (values ('all'), ('clean'), ('exchange')) as tracks(track)
    cross join (
        values {% for horizon in horizons %}({{ horizon }}){% if not loop.last %}, {% endif %}{% endfor %}
    ) as horizons(horizon)
    where tracks.track <> 'exchange' or studies.exchange_state_id is not null
),

studies_by_session as (
    select
        recent_states.study_id,
        recent_states.session_number,
        recent_states.session_date,
        recent_states.last_on_number,
        study_tracks.track,
        study_tracks.horizon
    from recent_states
    inner join study_tracks on recent_states.study_id = study_tracks.study_id
),

counts_known as (
    select
        studies_by_session.*,
        counts_so_far.* exclude (study_id, track, horizon, closed_number)
    from studies_by_session
    {{ asof_left_join(
        "counts_so_far", "counts_so_far",
        [
            ("studies_by_session.study_id", "counts_so_far.study_id"),
            ("studies_by_session.track", "counts_so_far.track"),
            ("studies_by_session.horizon", "counts_so_far.horizon"),
        ],
        "studies_by_session.session_number", "counts_so_far.closed_number"
    ) }}
),

target_counts as (
    {%- for target in targets %}
    select
        session_date,
        study_id,
        track,
        horizon,
        '{{ target }}' as target,
        session_number - last_on_number as sessions_since_on,
        coalesce(n_events, 0) as n_events,
        coalesce({{ target }}_hits, 0) as hits,
        coalesce(base_n, 0) as base_n,
        coalesce({{ target }}_base_hits, 0) as base_hits
    from counts_known
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

target_shares as (
    select
        *,
        hits / nullif(n_events, 0)::double as share,
        base_hits / nullif(base_n, 0)::double as base_share,
        {{ wilson_low("hits", "n_events") }} as ci_low,
        {{ wilson_high("hits", "n_events") }} as ci_high
    from target_counts
)

select
    ---------- keys
    session_date::date as session_date,
    study_id::varchar as study_id,
    target::varchar as target,
    horizon::integer as horizon,
    track::varchar as track,
    sessions_since_on::integer as sessions_since_on,

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

    ---------- in words
    case
        when n_events < {{ threshold("study_least_events") }} then 'insufficient'
        when ci_low > base_share then 'higher'
        when ci_high < base_share then 'lower'
        else 'not_distinguishable'
    end::varchar as finding
from target_shares
order by session_date, study_id, target, horizon, track
