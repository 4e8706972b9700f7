-- The contributions of both kinds of news and of every driver summed since every event of the seed, from the close of the
-- anchor session on; one row an event, session and driver. The range of the news is that of the sum at one common angle of all
-- its sessions (macros/news_split.sql).
with contributions as (
    select * from {{ ref("drivers_daily") }}
),

news_splits as (
    select * from {{ ref("int_news_splits") }}
),

anchors as (
    select * from {{ ref("int_event_anchors") }}
),

sessions as (
    select * from {{ ref("int_sessions") }}
),

-- the anchor session ends at the close that the sum starts from, so that its own return is not part of it
contributions_since_event as (
    select
        anchors.event_id,
        anchors.anchor_session,
        sessions.session_number >= anchors.known_number as is_known,
        contributions.session_date,
        contributions.driver_id,
        contributions.block,
        sessions.session_number - anchors.anchor_number as days_since,
        case when sessions.session_number > anchors.anchor_number then contributions.contribution_bp end
            as contribution_bp
    from contributions
    inner join sessions on contributions.session_date = sessions.session_date
    inner join anchors on sessions.session_number >= anchors.anchor_number
),

news_since_event as (
    select
        anchors.event_id,
        news_splits.session_date,
        case
            when count(news_splits.cross_bp) over so_far = news_splits.session_number - anchors.anchor_number
                then sum(news_splits.total_1_bp) over so_far
        end as total_bp,
        sum(news_splits.cross_bp) over so_far as cross_bp,
        max(news_splits.angle_low) over so_far as angle_low,
        min(news_splits.angle_high) over so_far as angle_high
    from anchors
    inner join news_splits on anchors.anchor_number < news_splits.session_number
    window so_far as (partition by anchors.event_id order by news_splits.session_number rows unbounded preceding)
),

news_ranges as (
    select
        *,
        {{ news_growth_least("total_bp", "cross_bp", "angle_low", "angle_high") }} as growth_bp_low,
        {{ news_growth_greatest("total_bp", "cross_bp", "angle_low", "angle_high") }} as growth_bp_high
    from news_since_event
),

driver_ranges as (
    select
        event_id,
        session_date,
        'news_growth' as driver_id,
        growth_bp_low as bp_low,
        growth_bp_high as bp_high
    from news_ranges
    union all
    select
        event_id,
        session_date,
        'news_discount' as driver_id,
        total_bp - growth_bp_high as bp_low,
        total_bp - growth_bp_low as bp_high
    from news_ranges
),

event_sums as (
    select
        *,
        case
            when count(contribution_bp) over so_far = days_since then coalesce(sum(contribution_bp) over so_far, 0)
        end as contribution_event_bp
    from contributions_since_event
    window so_far as (partition by event_id, driver_id order by session_date rows unbounded preceding)
)

select
    ---------- keys
    event_sums.event_id::string as event_id,
    event_sums.session_date::date as session_date,
    event_sums.driver_id::string as driver_id,

    ---------- driver
    event_sums.block::string as block,
    event_sums.anchor_session::date as anchor_session,
    event_sums.days_since::integer as days_since,

    ---------- since the anchor
    event_sums.contribution_event_bp::double as contribution_event_bp,
    case when event_sums.days_since = 0 and event_sums.block = 'news' then 0 else driver_ranges.bp_low end::double
        as contribution_event_bp_low,
    case when event_sums.days_since = 0 and event_sums.block = 'news' then 0 else driver_ranges.bp_high end::double
        as contribution_event_bp_high
from event_sums
left join driver_ranges
    on event_sums.event_id = driver_ranges.event_id
    and event_sums.session_date = driver_ranges.session_date
    and event_sums.driver_id = driver_ranges.driver_id
where event_sums.is_known
order by event_sums.event_id, event_sums.session_date, event_sums.driver_id
