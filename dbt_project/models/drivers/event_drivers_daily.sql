-- The contributions of every driver summed since every event of the seed, from the close of the anchor session on; one row an
-- event, session and driver.
with contributions as (
    select * from {{ ref("drivers_daily") }}
),

anchors as (
    select * from {{ ref("int_event_anchors") }}
),

sessions as (
    select * from {{ ref("int_sessions") }}
),

contributions_since_event as (
    select
        anchors.event_id,
        anchors.anchor_session,
        contributions.session_date,
        contributions.driver_id,
        contributions.block,
        sessions.session_number - anchors.anchor_number as days_since,
        -- the anchor session ends at the close that the sum starts from, so that its own contribution is not part of it
        case when sessions.session_number > anchors.anchor_number then contributions.contribution_bp end
            as contribution_bp
    from contributions
    inner join sessions on contributions.session_date = sessions.session_date
    inner join anchors on sessions.session_number >= anchors.anchor_number
)

select
    ---------- keys
    event_id::varchar as event_id,
    session_date::date as session_date,
    driver_id::varchar as driver_id,

    ---------- driver
    block::varchar as block,
    anchor_session::date as anchor_session,
    days_since::integer as days_since,

    ---------- since the anchor
    case
        when count(contribution_bp) over so_far = days_since then coalesce(sum(contribution_bp) over so_far, 0)
    end::double as contribution_event_bp
from contributions_since_event
window so_far as (partition by event_id, driver_id order by session_date rows unbounded preceding)
order by event_id, session_date, driver_id
