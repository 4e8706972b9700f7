-- The days on which each study could have had an event: its state is known, and its pre-filter, if any, is on. One row a
-- study, track and session. Track 'all' has every day, 'clean' the days whose breadth is not survivor-biased, 'exchange' the
-- state as read from exchange counts instead of index members.
with studies as (
    select * from {{ ref("studies") }}
),

states as (
    select * from {{ ref("states_daily") }}
),

sessions as (
    select * from {{ ref("int_sessions") }}
),

study_tracks as (
    select
        studies.study_id,
        tracks.track,
        case tracks.track when 'exchange' then studies.exchange_state_id else studies.state_id end as state_id,
        studies.pre_filter_state_id
    from studies
    cross join (values ('all'), ('clean'), ('exchange')) as tracks(track)
)

select
    study_tracks.study_id::string as study_id,
    study_tracks.track::string as track,
    study_tracks.state_id::string as state_id,
    sessions.session_number,
    sessions.session_date,
    states.is_on,
    states.is_onset,
    states.value,
    states.is_clean and coalesce(filters.is_clean, true) as is_clean
from study_tracks
inner join states on study_tracks.state_id = states.state_id
inner join sessions on states.session_date = sessions.session_date
left join states as filters
    on study_tracks.pre_filter_state_id = filters.state_id
    and states.session_date = filters.session_date
where states.is_on is not null
    and (study_tracks.pre_filter_state_id is null or filters.is_on)
    and (study_tracks.track <> 'clean' or (states.is_clean and coalesce(filters.is_clean, true)))
order by study_tracks.study_id, study_tracks.track, sessions.session_number
