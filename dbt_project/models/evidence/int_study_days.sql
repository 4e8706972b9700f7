-- The days on which each study could have had an event, by track: the state is known and the pre-filter, if any, is on.
-- 'all' takes every day, 'clean' those whose breadth is not survivor-biased, 'exchange' the state read from exchange counts.
with studies as (
    select * from {{ ref("studies") }}
),

states as (
    select * from {{ ref("states_daily") }}
),

sessions as (
    select * from {{ ref("int_sessions") }}
),

tracked as (
    select
        studies.study_id,
        tracks.track,
        case tracks.track when 'exchange' then studies.exchange_state_id else studies.state_id end as state_id,
        studies.pre_filter_state_id
    from studies
    cross join (values ('all'), ('clean'), ('exchange')) as tracks(track)
)

select
    tracked.study_id::varchar as study_id,
    tracked.track::varchar as track,
    tracked.state_id::varchar as state_id,
    sessions.session_number,
    sessions.session_date,
    states.is_on,
    states.is_onset,
    states.value,
    states.is_clean and coalesce(filters.is_clean, true) as is_clean
from tracked
inner join states on tracked.state_id = states.state_id
inner join sessions on states.session_date = sessions.session_date
left join states as filters
    on tracked.pre_filter_state_id = filters.state_id
    and states.session_date = filters.session_date
where states.is_on is not null
    and (tracked.pre_filter_state_id is null or filters.is_on)
    and (tracked.track <> 'clean' or (states.is_clean and coalesce(filters.is_clean, true)))
order by tracked.study_id, tracked.track, sessions.session_number
