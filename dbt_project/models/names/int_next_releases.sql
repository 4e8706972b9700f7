-- Which release of each series, and which event of each calendar, comes next, as announced by the cutoff of each session? One
-- row a series and session whose next date is known: while the next period has no date, there is no row.
with announcements as (
    select * from {{ ref("stg_releases") }}
),

sessions as (
    select
        session_number,
        session_date,
        least(cutoff_at, {{ as_of() }}) as knowledge_at
    from {{ ref("int_sessions") }}
),

announcements_with_end as (
    select
        *,
        lead(announced_at) over (partition by series_id, obs_date order by announced_at, announced_on) as superseded_at
    from announcements
),

-- a period is done when it is out, or when it is called off
periods as (
    select
        series_id,
        obs_date,
        case when is_called_off then announced_at else released_at end as done_at,
        lag(case when is_called_off then announced_at else released_at end) over (
            partition by series_id order by obs_date
        ) as previous_done_at
    from announcements_with_end
    where superseded_at is null
),

-- while an announcement of the next period is in force: since it was made and the period before is done
spells as (
    select
        announcements_with_end.series_id,
        announcements_with_end.obs_date,
        announcements_with_end.announced_on,
        announcements_with_end.released_at,
        greatest(announcements_with_end.announced_at, periods.previous_done_at) as starts_at,
        least(
            coalesce(announcements_with_end.superseded_at, timestamp '9999-12-31'),
            coalesce(periods.done_at, timestamp '9999-12-31')
        ) as ends_at
    from announcements_with_end
    inner join periods
        on announcements_with_end.series_id = periods.series_id
        and announcements_with_end.obs_date = periods.obs_date
    where periods.previous_done_at is not null
),

running_spells as (
    select * from spells
    where starts_at < ends_at
),

series as (
    select distinct series_id from running_spells
),

session_spells as (
    select
        sessions.session_number,
        sessions.session_date,
        sessions.knowledge_at,
        series.series_id,
        running_spells.obs_date,
        running_spells.announced_on,
        running_spells.released_at as next_release_at,
        running_spells.ends_at
    from sessions
    cross join series
    {{ asof_left_join("running_spells", "running_spells", [("series.series_id", "running_spells.series_id")],
        "sessions.knowledge_at", "running_spells.starts_at") }}
)

select
    series_id,
    session_number,
    session_date,
    obs_date,
    announced_on,
    next_release_at
from session_spells
where next_release_at is not null and knowledge_at < ends_at
order by series_id, session_number
