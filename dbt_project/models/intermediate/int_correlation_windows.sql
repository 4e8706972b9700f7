{{
    config(
        materialized="incremental",
        incremental_strategy="append",
        pre_hook="{{ forget_changed_sessions() }}"
    )
}}
-- Sums over a window from which average and implied-form correlation follow, for the members with every return in it.
-- Linear in names: with s the sigma of a name inside the window,
--     sum over all pairs (i, j) of corr_ij = var over the window's sessions of (sum over names of r_i / s_i),
-- so a window needs one number a session, the dot product of the session's returns with the window's 1 / s. The
-- basket's variance is the same with the weights in place of 1 / s.
with days as (
    select * from {{ ref("int_member_return_days") }}
),

universes as (
    select * from {{ ref("universes") }}
),

memberships as (
    select * from {{ ref("int_memberships") }}
),

weights as (
    select * from {{ ref("int_index_weights_daily") }}
),

ends as (
    select
        universe_id,
        session_number,
        session_date
    from days
    {% if is_incremental() -%}
    where session_number >= {{ first_changed_session() }}
    {%- endif %}
),

-- a window reads the names that are members at its end, also on days before they were
read as (
    select
        name_days.security_id,
        name_days.session_number,
        name_days.session_date,
        -- three unchanged closes without volume are no return
        case when not name_days.is_stale then name_days.total_return end as total_return
    from {{ ref("int_name_days") }} as name_days
    where name_days.security_id in (select security_id from memberships)
    {% if is_incremental() -%}
        and name_days.session_number > {{ first_changed_session() }} - {{ correlation_lookback() }}
    {%- endif %}
),

rolled as (
    select
        security_id,
        session_number,
        session_date
        {%- for length in correlation_windows() %},
        case
            when session_number - lag(session_number, {{ length - 1 }}) over by_name = {{ length - 1 }}
                and count(total_return) over (by_name {{ rows_back(length) }}) = {{ length }}
                then sqrt(var_samp(total_return) over (by_name {{ rows_back(length) }}))
        end as sigma_{{ length }}
        {%- endfor %}
    from read
    window by_name as (partition by security_id order by session_number)
),

-- a price that does not move has no correlation: sigma must stand above the rounding of a return
complete as (
    {% for length in correlation_windows() -%}
    select
        ends.universe_id,
        universes.index_id,
        ends.session_number,
        {{ length }} as window_sessions,
        rolled.security_id,
        rolled.sigma_{{ length }} as sigma
    from rolled
    inner join ends on rolled.session_number = ends.session_number
    inner join universes on ends.universe_id = universes.universe_id
    inner join memberships
        on ends.universe_id = memberships.universe_id
        and rolled.security_id = memberships.security_id
        and rolled.session_date >= memberships.valid_from
        and rolled.session_date < memberships.valid_to
    where rolled.sigma_{{ length }} > 1e-12
    {% if not loop.last -%}
    union all
    {% endif -%}
    {% endfor %}
),

started as (
    select
        complete.*,
        weights.weight,
        weights.is_dated_eve
    from complete
    -- a weight stands at the close before its session: before the first return of the window
    left join weights
        on complete.index_id = weights.index_id
        and complete.security_id = weights.security_id
        and complete.session_number - complete.window_sessions + 1 = weights.session_number
),

totals as (
    select
        universe_id,
        session_number,
        window_sessions,
        count(*) as names_used,
        sum(weight) as weight_total,
        -- weights of less than half of the index are no weights
        case
            when coalesce(sum(weight), 0) < 0.5 then 'equal'
            when bool_or(is_dated_eve) then 'holdings'
            else 'drifted'
        end as weight_basis
    from started
    group by all
),

weighted as (
    select
        started.universe_id,
        started.session_number,
        started.window_sessions,
        started.security_id,
        started.sigma,
        case
            when totals.weight_basis = 'equal' then 1.0 / totals.names_used
            else coalesce(started.weight, 0) / nullif(totals.weight_total, 0)
        end as weight
    from started
    inner join totals
        on started.universe_id = totals.universe_id
        and started.session_number = totals.session_number
        and started.window_sessions = totals.window_sessions
),

summed as (
    select
        universe_id,
        session_number,
        window_sessions,
        sum(weight * sigma) as weighted_sigma,
        sum(power(weight * sigma, 2)) as own_variance
    from weighted
    group by all
),

---------- vectors: one slot a security, 0 for who is not in the window
slots as (
    select
        security_id,
        row_number() over (order by security_id) as slot
    from weighted
    group by security_id
),

window_vectors as (
    select
        totals.universe_id,
        totals.session_number,
        totals.window_sessions,
        {{ ordered_list("coalesce(1 / weighted.sigma, 0)", "slots.slot") }} as inverse_sigmas,
        {{ ordered_list("coalesce(weighted.weight, 0)", "slots.slot") }} as weights
    from totals
    cross join slots
    left join weighted
        on totals.universe_id = weighted.universe_id
        and totals.session_number = weighted.session_number
        and totals.window_sessions = weighted.window_sessions
        and slots.security_id = weighted.security_id
    group by all
),

read_sessions as (
    select distinct session_number from read
),

return_vectors as (
    select
        sessions.session_number,
        {{ ordered_list("coalesce(read.total_return, 0)", "slots.slot") }} as total_returns
    from read_sessions as sessions
    cross join slots
    left join read
        on sessions.session_number = read.session_number
        and slots.security_id = read.security_id
    group by sessions.session_number
),

-- an equal join: a range join would copy the vectors of every pair of sessions before it drops most of them
multiplied as (
    select
        window_vectors.universe_id,
        window_vectors.session_number,
        window_vectors.window_sessions,
        {{ dot_product("return_vectors.total_returns", "window_vectors.inverse_sigmas") }} as standardised_sum,
        {{ dot_product("return_vectors.total_returns", "window_vectors.weights") }} as basket_return
    from window_vectors
    inner join {{ whole_numbers(correlation_lookback()) }} as steps_back
        on window_vectors.window_sessions > steps_back.number
    inner join return_vectors
        on window_vectors.session_number - steps_back.number = return_vectors.session_number
),

windows as (
    {% for length in correlation_windows() -%}
    select {{ length }} as window_sessions
    {% if not loop.last -%}
    union all
    {% endif -%}
    {% endfor %}
),

spread as (
    select
        universe_id,
        session_number,
        window_sessions,
        var_samp(standardised_sum) as correlation_sum,
        var_samp(basket_return) as basket_variance
    from multiplied
    group by all
)

select
    ends.universe_id,
    ends.session_number,
    ends.session_date,
    windows.window_sessions,
    coalesce(totals.names_used, 0) as names_used,
    totals.weight_basis,
    spread.correlation_sum,
    spread.basket_variance,
    summed.weighted_sigma,
    summed.own_variance,
    {{ newest_change() }} as build_number
from ends
cross join windows
left join totals
    on ends.universe_id = totals.universe_id
    and ends.session_number = totals.session_number
    and windows.window_sessions = totals.window_sessions
left join summed
    on ends.universe_id = summed.universe_id
    and ends.session_number = summed.session_number
    and windows.window_sessions = summed.window_sessions
left join spread
    on ends.universe_id = spread.universe_id
    and ends.session_number = spread.session_number
    and windows.window_sessions = spread.window_sessions
order by ends.universe_id, ends.session_number, windows.window_sessions
