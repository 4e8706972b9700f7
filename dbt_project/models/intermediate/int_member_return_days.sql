-- The members' returns of a session, seen across names: how far they disperse, and a hash of everything that a
-- correlation window takes from that session. Where the hash differs from the one a window was computed with, the
-- window is computed again (int_correlation_windows): whether a new session, a restated close, a late row, a membership
-- change or new weights are the reason, does not matter.
with sessions as (
    select * from {{ ref("int_sessions") }}
),

universes as (
    select * from {{ ref("universes") }}
),

name_days as (
    select * from {{ ref("int_name_days") }}
),

holdings as (
    select * from {{ ref("stg_index_weights") }}
),

weights as (
    select * from {{ ref("int_index_weights_daily") }}
),

priced as (
    select
        security_id,
        min(session_number) as first_number
    from name_days
    group by security_id
),

spells as (
    select
        memberships.universe_id,
        universes.index_id,
        memberships.security_id,
        memberships.valid_from,
        memberships.valid_to,
        -- a window that ends on the first day of membership reaches back before it
        greatest(sessions.session_number - {{ correlation_lookback() }}, priced.first_number) as first_read_number
    from {{ ref("int_memberships") }} as memberships
    inner join universes on memberships.universe_id = universes.universe_id and universes.basis = 'members'
    inner join priced on memberships.security_id = priced.security_id
    inner join (
        select
            session_number,
            session_date,
            lag(session_date, 1, date '1900-01-01') over (order by session_number) as previous_session_date
        from sessions
    ) as sessions
        on memberships.valid_from <= sessions.session_date
        and memberships.valid_from > sessions.previous_session_date
),

-- a member without a bar is a row too: it may have a weight, and the hash must see it come and go
joined as (
    select
        spells.universe_id,
        spells.security_id,
        sessions.session_number,
        sessions.session_date >= spells.valid_from as is_member,
        name_days.close,
        -- three unchanged closes without volume are no return
        case when not name_days.is_stale then name_days.total_return end as total_return,
        weights.weight
    from spells
    inner join sessions
        on spells.first_read_number <= sessions.session_number
        and spells.valid_to > sessions.session_date
    left join name_days
        on spells.security_id = name_days.security_id
        and sessions.session_number = name_days.session_number
    left join weights
        on spells.index_id = weights.index_id
        and spells.security_id = weights.security_id
        and sessions.session_number = weights.session_number
),

dispersed as (
    select
        universe_id,
        session_number,
        count(total_return) filter (where is_member) as returns,
        var_pop(total_return) filter (where is_member) as dispersion_variance_equal,
        sum(weight * power(total_return, 2)) filter (where is_member)
            / nullif(sum(weight) filter (where is_member and total_return is not null), 0)
            - power(
                sum(weight * total_return) filter (where is_member)
                / nullif(sum(weight) filter (where is_member and total_return is not null), 0), 2
            ) as dispersion_variance_weighted,
        sum({{ row_hash(["security_id", "is_member", "close", "total_return"]) }}) as returns_hash
    from joined
    group by all
),

-- from the first session with returns on, every session: a hole is a row without returns
spanned as (
    select
        universes.universe_id,
        universes.index_id,
        sessions.session_number,
        sessions.session_date
    from universes
    inner join (
        select
            universe_id,
            min(session_number) as first_number
        from dispersed
        where returns > 0
        group by universe_id
    ) as firsts
        on universes.universe_id = firsts.universe_id
    inner join sessions on firsts.first_number <= sessions.session_number
),

-- holdings count from their day on; how they drift follows from closes and members
held as (
    select
        spanned.universe_id,
        spanned.session_number,
        sum({{ row_hash(["holdings.security_id", "holdings.weights_date", "holdings.weight"]) }}) as holdings_hash
    from spanned
    inner join holdings
        on spanned.index_id = holdings.index_id
        and spanned.session_date >= holdings.weights_date
    group by all
)

select
    spanned.universe_id,
    spanned.session_number,
    spanned.session_date,
    coalesce(dispersed.returns, 0) as returns,
    sqrt(greatest(dispersed.dispersion_variance_equal, 0)) as dispersion_equal,
    sqrt(greatest(dispersed.dispersion_variance_weighted, 0)) as dispersion_weighted,
    coalesce(dispersed.returns_hash, 0) + coalesce(held.holdings_hash, 0) as input_hash
from spanned
left join dispersed
    on spanned.universe_id = dispersed.universe_id
    and spanned.session_number = dispersed.session_number
left join held
    on spanned.universe_id = held.universe_id
    and spanned.session_number = held.session_number
order by spanned.universe_id, spanned.session_number
