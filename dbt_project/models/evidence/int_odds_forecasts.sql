-- What was forecast on each session that is scored, by every forecast of the odds, and what came true; one row a session, horizon,
-- target, track and study whose state was on. A session without a state on has one row with the study 'none': its forecast is
-- then what the VIX says, and a state's bare share is that of any day.
with odds as (
    select * from {{ ref("odds_daily") }}
),

vix_odds as (
    select * from {{ ref("int_vix_odds") }}
    where session_date >= {{ odds_scored_since() }} and came_true is not null
),

tracks as (
    select listed.track
    from (values ('all'), ('clean'), ('exchange')) as listed (track)
)

select
    vix_odds.session_number,
    vix_odds.session_date,
    vix_odds.target,
    vix_odds.horizon,
    tracks.track,
    coalesce(odds.study_id, 'none') as study_id,
    odds.study_id is not null as is_on,
    vix_odds.came_true,
    -- each session counts once, however many states are on
    1e0 / count(*) over (
        partition by vix_odds.session_number, vix_odds.target, vix_odds.horizon, tracks.track
    ) as weight,
    coalesce(odds.share, vix_odds.base_share) as share,
    odds.ci_low,
    odds.ci_high,
    coalesce(odds.share_shrunk, vix_odds.base_share_vix) as share_shrunk,
    coalesce(odds.share_said, vix_odds.base_share_vix) as share_said,
    vix_odds.base_share_vix,
    vix_odds.base_share
from vix_odds
cross join tracks
left join odds
    on vix_odds.session_date = odds.session_date
    and vix_odds.target = odds.target
    and vix_odds.horizon = odds.horizon
    and tracks.track = odds.track
order by target, horizon, track, session_number, study_id
