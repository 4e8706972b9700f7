-- For each state that is on: how often a target had come true after its earlier cases, as known on the session, and the share
-- that follows once those few cases are shrunk towards what the VIX alone says. One row a session, study, track, horizon and
-- target.
{% set targets = odds_targets() -%}
with studies as (
    select * from {{ ref("studies") }}
),

study_days as (
    select * from {{ ref("int_study_days") }}
    where track = 'all' and is_on
),

states as (
    select * from {{ ref("states_daily") }}
),

sessions as (
    select * from {{ ref("int_sessions") }}
),

events as (
    select * from {{ ref("event_study_events") }}
    where horizon in ({{ odds_horizons() | join(", ") }}) and forward_return_pct is not null and has_vix_jump is not null
),

vix_odds as (
    select * from {{ ref("int_vix_odds") }}
),

priors as (
    select
        targets.target,
        thresholds.value as prior_days
    from (values {% for target in targets %}('{{ target }}'){% if not loop.last %}, {% endif %}{% endfor %}) as targets (target)
    inner join {{ ref("thresholds") }} as thresholds on 'odds_prior_' || targets.target = thresholds.threshold_id
),

-- running counts of the cases, dated by the session that closes their horizon
event_counts as (
    select
        events.study_id,
        events.track,
        events.horizon,
        sessions.session_number + events.horizon as closed_number,
        count(*) over so_far as n_events
        {%- for target, test in targets.items() %},
        count(*) filter (where events.{{ test }}) over so_far as {{ target }}
        {%- endfor %}
    from events
    inner join sessions on events.session_date = sessions.session_date
    window so_far as (
        partition by events.study_id, events.track, events.horizon order by events.session_date rows unbounded preceding
    )
),

-- which tracks a study has follows from the seed, not from its days: those of later sessions are not known yet
studied_sessions as (
    select
        study_days.study_id,
        study_days.session_number,
        study_days.session_date,
        study_days.state_id,
        states.age_sessions,
        tracks.track,
        horizons.horizon
    from study_days
    inner join studies on study_days.study_id = studies.study_id
    inner join states on study_days.state_id = states.state_id and study_days.session_date = states.session_date
    cross join (values ('all'), ('clean'), ('exchange')) as tracks (track)
    cross join (
        values {% for horizon in odds_horizons() %}({{ horizon }}){% if not loop.last %}, {% endif %}{% endfor %}
    ) as horizons (horizon)
    where tracks.track <> 'exchange' or studies.exchange_state_id is not null
),

counts_known as (
    select
        studied_sessions.*,
        event_counts.* {{ exclude() }} (study_id, track, horizon, closed_number)
    from studied_sessions
    {{ asof_left_join(
        "event_counts", "event_counts",
        [
            ("studied_sessions.study_id", "event_counts.study_id"),
            ("studied_sessions.track", "event_counts.track"),
            ("studied_sessions.horizon", "event_counts.horizon"),
        ],
        "studied_sessions.session_number", "event_counts.closed_number"
    ) }}
),

target_counts as (
    {%- for target in targets %}
    select
        session_number,
        session_date,
        study_id,
        state_id,
        age_sessions,
        track,
        horizon,
        '{{ target }}' as target,
        coalesce(n_events, 0) as n_events,
        coalesce({{ target }}, 0) as hits
    from counts_known
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
)

select
    target_counts.session_number,
    target_counts.session_date,
    target_counts.study_id::string as study_id,
    target_counts.state_id::string as state_id,
    target_counts.age_sessions::integer as age_sessions,
    target_counts.track::string as track,
    target_counts.horizon::integer as horizon,
    target_counts.target::string as target,
    target_counts.n_events::integer as n_events,
    target_counts.hits::integer as hits,
    target_counts.hits / nullif(target_counts.n_events, 0)::double as share,
    vix_odds.base_n,
    vix_odds.base_hits,
    vix_odds.base_share,
    vix_odds.base_share_vix,
    {{ shrunk_share("target_counts.hits", "target_counts.n_events", "vix_odds.base_share_vix", "priors.prior_days") }} as share_shrunk,
    vix_odds.came_true
from target_counts
inner join priors on target_counts.target = priors.target
left join vix_odds
    on target_counts.session_number = vix_odds.session_number
    and target_counts.horizon = vix_odds.horizon
    and target_counts.target = vix_odds.target
order by study_id, track, horizon, target, session_number
