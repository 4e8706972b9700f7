-- What each member weighs in its index at the close before a session, as known at the cutoff of that session: the
-- newest dated holdings then known, moved on with split-adjusted prices. Between two holdings a leaver is dropped and
-- an entrant comes in with the median weight of the members on its eve (measured against ^GSPC from 2024-03-20 to
-- 2025-03-06: 95 % of sessions within 1.1 bp; 1.4 bp if entrants take the leavers' weight, 2.6 bp with the mean).
-- Weights add up to 1 over the members with a price. No rows before the first holdings.
with weights as (
    select * from {{ ref("stg_index_weights") }}
),

universes as (
    select * from {{ ref("universes") }}
    where index_id is not null
),

memberships as (
    select * from {{ ref("int_memberships") }}
),

sessions as (
    select * from {{ ref("int_sessions") }}
),

name_days as (
    select * from {{ ref("int_name_days") }}
),

-- a restated weight counts in every session, as a restated price does
anchors as (
    select
        index_id,
        weights_date,
        min(known_at) as known_at
    from weights
    group by index_id, weights_date
),

anchored_sessions as (
    select
        anchors.index_id,
        sessions.session_number,
        sessions.session_date,
        max(anchors.weights_date) as weights_date
    from sessions
    inner join anchors
        on sessions.session_date > anchors.weights_date
        and sessions.cutoff_at >= anchors.known_at
    group by all
),

dated_sessions as (
    select
        anchored_sessions.*,
        described.session_number as weights_number
    from anchored_sessions
    {{ asof_left_join("sessions", "described", [], "anchored_sessions.weights_date", "described.session_date") }}
),

members as (
    select
        dated_sessions.*,
        dated_sessions.session_number - 1 as eve_number,
        memberships.security_id,
        memberships.segment_id as sector,
        memberships.valid_from,
        weights.weight as dated_weight
    from dated_sessions
    inner join universes on dated_sessions.index_id = universes.index_id
    inner join memberships
        on universes.universe_id = memberships.universe_id
        and dated_sessions.session_date >= memberships.valid_from
        and dated_sessions.session_date < memberships.valid_to
    left join weights
        on dated_sessions.index_id = weights.index_id
        and dated_sessions.weights_date = weights.weights_date
        and memberships.security_id = weights.security_id
),

-- the days that weights are moved on over, and a month before for a name without a bar on the day of the holdings
spanned_sessions as (
    select session_number
    from sessions
    where session_number >= (select min(weights_number) from dated_sessions) - 20
),

member_days as (
    select
        names.security_id,
        spanned_sessions.session_number,
        name_days.close,
        count(name_days.close) over (
            partition by names.security_id order by spanned_sessions.session_number rows unbounded preceding
        ) as bars_so_far
    from (select distinct security_id from members) as names
    cross join spanned_sessions
    left join name_days
        on names.security_id = name_days.security_id
        and spanned_sessions.session_number = name_days.session_number
),

-- a name that did not trade keeps its last close
closes as (
    select
        security_id,
        session_number,
        max(close) over (partition by security_id, bars_so_far) as close
    from member_days
),

priced as (
    select
        members.*,
        eve_closes.close as eve_close,
        dated_closes.close as dated_close
    from members
    left join closes as eve_closes
        on members.security_id = eve_closes.security_id
        and members.eve_number = eve_closes.session_number
    left join closes as dated_closes
        on members.security_id = dated_closes.security_id
        and members.weights_number = dated_closes.session_number
),

moved as (
    select
        *,
        dated_weight * eve_close / nullif(dated_close, 0) as moved_weight
    from priced
),

-- what an entrant of the session is given
medians as (
    select
        index_id,
        session_number,
        median(moved_weight) as entry_weight
    from moved
    group by index_id, session_number
),

-- the first session in which an entrant has a price to start from
entries as (
    select
        moved.index_id,
        moved.weights_date,
        moved.security_id,
        moved.valid_from,
        {{ value_at_min("moved.eve_close", "moved.session_number") }} as entry_close,
        {{ value_at_min("medians.entry_weight", "moved.session_number") }} as entry_weight
    from moved
    inner join medians
        on moved.index_id = medians.index_id
        and moved.session_number = medians.session_number
    where moved.dated_weight is null
        and moved.valid_from > moved.weights_date
        and moved.eve_close is not null
    group by all
),

weighed as (
    select
        moved.*,
        coalesce(
            moved.moved_weight,
            entries.entry_weight * moved.eve_close / nullif(entries.entry_close, 0)
        ) as unscaled_weight
    from moved
    left join entries
        on moved.index_id = entries.index_id
        and moved.weights_date = entries.weights_date
        and moved.security_id = entries.security_id
        and moved.valid_from = entries.valid_from
)

select
    index_id,
    session_number,
    session_date,
    security_id,
    sector,
    unscaled_weight / nullif(sum(unscaled_weight) over (partition by index_id, session_number), 0) as weight,
    case
        when unscaled_weight is null then null
        when dated_weight is null then 'entrant'
        when weights_number = eve_number then 'holdings'
        else 'drifted'
    end as weight_basis,
    dated_weight,
    weights_date,
    weights_number = eve_number as is_dated_eve
from weighed
order by index_id, session_number, security_id
