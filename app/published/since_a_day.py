"""Queries that measure from any day, for anchors that are no event: an event has marts of its own."""

from datetime import date

from app.published.answer import Answer
from app.published.file import Published


def change_since(published: Published, anchor: date, session: date) -> Answer:
    """series_id, change_pct and previous_pct: price change from the close of `anchor` to the session and to the one
    before; of a series without a price, such as a basket, its total return."""
    return published.answer(
        "asset_index_daily",
        """
with levels as (
    select
        series_id,
        session_date,
        case
            when bool_or(close is not null) over (partition by series_id) then close
            else total_return_index
        end as level
    from marts.asset_index_daily
    where session_date between $anchor and $session
),

ends as (
    select
        series_id,
        max(level) filter (where session_date = $anchor) as base,
        max(level) filter (where session_date = $session) as level,
        arg_max(level, session_date) filter (where session_date < $session) as previous_level
    from levels
    group by series_id
)

select
    series_id,
    100 * (level / nullif(base, 0) - 1) as change_pct,
    100 * (previous_level / nullif(base, 0) - 1) as previous_pct
from ends
order by series_id
""",
        ["close", "total_return_index"],
        anchor=anchor,
        session=session,
    )


def performance_since(published: Published, anchor: date, session: date) -> Answer:
    """The columns of marts.event_performance_daily that the page shows, from the close of any `anchor`, and `until`.

    One row a series and session, the weakest series first. A series without a bar on the anchor has none; a basket
    without a price has its total return as price.
    """
    return published.answer(
        "asset_index_daily",
        """
with levels as (
    select
        *,
        coalesce(close, total_return_index) as price,
        max(coalesce(close, total_return_index)) filter (where session_date = $anchor) over by_series as anchor_price,
        max(close) filter (where session_date = $anchor) over by_series as anchor_close,
        max(total_return_index) filter (where session_date = $anchor) over by_series as anchor_index
    from marts.asset_index_daily
    where session_date between $anchor and $session
    window by_series as (partition by series_id)
),

changes as (
    select
        series_id,
        session_date,
        close,
        anchor_close,
        lead(session_date, 1, session_date + 1) over by_session as until,
        100 * total_return_index / nullif(anchor_index, 0) as index_100,
        100 * (price / nullif(anchor_price, 0) - 1) as price_chg_pct,
        100 * (total_return_index / nullif(anchor_index, 0) - 1) as total_return_pct,
        greatest(100, max(100 * total_return_index / nullif(anchor_index, 0)) over so_far) as peak
    from levels
    where anchor_index is not null
    window
        by_session as (partition by series_id order by session_date),
        so_far as (partition by series_id order by session_date rows unbounded preceding)
)

select
    series_id,
    session_date,
    until,
    close,
    anchor_close,
    index_100,
    price_chg_pct,
    total_return_pct,
    total_return_pct - max(total_return_pct) filter (where series_id = '^GSPC') over (partition by session_date)
        as rel_vs_spx_pp,
    min(100 * (index_100 / peak - 1)) over so_far as max_drawdown_since_pct,
    price_chg_pct < 0 as below_anchor,
    count(*) filter (where price_chg_pct < 0) over so_far as days_below_anchor
from changes
window so_far as (partition by series_id order by session_date rows unbounded preceding)
order by last_value(index_100) over (
    partition by series_id order by session_date rows between unbounded preceding and unbounded following
), series_id, session_date
""",
        ["close", "total_return_index"],
        anchor=anchor,
        session=session,
    )


def drivers_since(published: Published, anchor: date, session: date) -> Answer:
    """session_date, driver_id, block and contribution_event_bp: the sum of contributions from the close of `anchor` on,
    NULL where a session is missing in it."""
    return published.answer(
        "drivers_daily",
        """
with running_sums as (
    select
        session_date,
        driver_id,
        block,
        contribution_cum_bp - first_value(contribution_cum_bp) over by_session as contribution_event_bp,
        contribution_cum_sessions - first_value(contribution_cum_sessions) over by_session as sessions_summed,
        row_number() over by_session - 1 as sessions_since
    from marts.drivers_daily
    where session_date between $anchor and $session
    window by_session as (partition by driver_id order by session_date)
)

select
    session_date,
    driver_id,
    block,
    case when sessions_summed = sessions_since then contribution_event_bp end as contribution_event_bp
from running_sums
order by session_date, driver_id
""",
        ["contribution_cum_bp", "contribution_cum_sessions"],
        anchor=anchor,
        session=session,
    )
