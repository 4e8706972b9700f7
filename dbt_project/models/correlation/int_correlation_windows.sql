{{
    config(
        materialized="in_chunks",
        chunks_of="sessions",
        pre_hook="{{ forget_changed_sessions() }}",
        post_hook="{{ remember() }}"
    )
}}
-- Sums over a window from which average and implied-form correlation follow, for the members with every return in it.
-- Linear in names: with s the sigma of a name inside the window,
--     sum over all pairs (i, j) of corr_ij = var over the window's sessions of (sum over names of r_i / s_i),
-- so a window needs one number a session, the dot product of the session's returns with the window's 1 / s. The
-- basket's variance is the same with the weights in place of 1 / s.
with ends as (
    select
        universe_id,
        session_number,
        session_date
    from {{ ref("int_member_return_days") }}
    where session_number between {{ first_of_chunk() }} and {{ last_of_chunk() }}
),

sessions as (
    select
        session_number,
        session_date
    from {{ ref("int_sessions") }}
    where session_number > {{ first_of_chunk() }} - {{ correlation_lookback() }} and session_number <= {{ last_of_chunk() }}
),

-- read afresh by each step that wants it: to keep it would cost more
name_days as {{ not_materialized() }} (
    select
        security_id,
        session_number,
        session_date,
        -- three unchanged closes without volume are no return
        case when not is_stale then total_return end as total_return
        {%- for length in correlation_windows() %},
        -- a price that does not move has no correlation: sigma must stand above the rounding of a return
        case when sigma_{{ length }} > 1e-12 then sigma_{{ length }} end as sigma_{{ length }}
        {%- endfor %}
    from {{ ref("int_name_days") }}
    where session_number > {{ first_of_chunk() }} - {{ correlation_lookback() }} and session_number <= {{ last_of_chunk() }}
),

-- numbers in place of names: to join, sort and group by them takes half of the time
numbered_universes as (
    select
        universe_id,
        index_id,
        row_number() over (order by universe_id) as universe_number
    from {{ ref("universes") }}
    where universe_id in (select universe_id from ends)
),

spells as (
    select
        numbered_universes.universe_number,
        memberships.security_id,
        memberships.valid_from,
        memberships.valid_to
    from {{ ref("int_memberships") }} as memberships
    inner join numbered_universes on memberships.universe_id = numbered_universes.universe_id
),

weights as (
    select
        numbered_universes.universe_number,
        weighed.security_id,
        weighed.session_number,
        weighed.weight,
        weighed.is_dated_eve
    from {{ ref("int_index_weights_daily") }} as weighed
    inner join numbered_universes on weighed.index_id = numbered_universes.index_id
),

-- the names of a universe, and when each was a member and when not: one row for any day
stays as (
    select
        *,
        true as is_member
    from spells
    union all
    select
        universe_number,
        security_id,
        lag(valid_to, 1, date '0001-01-01') over (partition by universe_number, security_id order by valid_from) as valid_from,
        valid_from as valid_to,
        false as is_member
    from spells
    union all
    select
        universe_number,
        security_id,
        max(valid_to) as valid_from,
        date '9999-12-31' as valid_to,
        false as is_member
    from spells
    group by universe_number, security_id
),

slots as (
    select
        stays.*,
        -- the place of a name in every list
        (dense_rank() over (order by stays.universe_number, stays.security_id))::integer as slot,
        -- most indices have holdings for their last years only, others have none
        weighed.first_weighed
    from stays
    left join (select universe_number, min(session_number) as first_weighed from weights group by universe_number) as weighed
        on stays.universe_number = weighed.universe_number
),

-- all lists have to have one length: a name without a bar in some session has a place there all the same
incomplete as (
    select security_id
    from name_days
    group by security_id
    having count(*) < (select count(*) from sessions)
),

holes as {{ materialized() }} (
    select
        incomplete.security_id,
        sessions.session_number,
        sessions.session_date
    from incomplete
    cross join sessions
    where not exists (
            select 1
            from name_days
            where name_days.security_id = incomplete.security_id
                and name_days.session_number = sessions.session_number
        )
),

-- sums over the names, and the names themselves in the order of their slots, 0 for who is not in the window
vectors as {{ materialized() }} (
    {% call(part) in_parts() %}
    with filled as (
        select * from name_days
        where {{ is_of_share("session_number", part, correlation_lookback()) }}
        union all by name
        select * from holes
        where {{ is_of_share("session_number", part, correlation_lookback()) }}
    ),

    -- a member with every return in it has a window, and reads its returns on days before it was a member
    placed as (
        select
            slots.universe_number,
            slots.slot,
            filled.session_number,
            filled.total_return,
            filled.session_number >= slots.first_weighed as has_weights
            {%- for length in correlation_windows() %}
            {%- set holds = "slots.is_member and filled.sigma_" ~ length ~ " is not null" %},
            case when {{ holds }} then filled.sigma_{{ length }} end as sigma_{{ length }},
            case when {{ holds }} then weights_{{ length }}.weight end as weight_{{ length }},
            {{ holds }} and weights_{{ length }}.is_dated_eve as is_dated_eve_{{ length }}
            {%- endfor %}
        from filled
        inner join slots
            on filled.security_id = slots.security_id
            and filled.session_date >= slots.valid_from
            and filled.session_date < slots.valid_to
        {%- for length in correlation_windows() %}
        -- a weight stands at the close before its session: before the first return of the window
        left join weights as weights_{{ length }}
            on slots.universe_number = weights_{{ length }}.universe_number
            and slots.security_id = weights_{{ length }}.security_id
            and filled.session_number - {{ length - 1 }} = weights_{{ length }}.session_number
        {%- endfor %}
        order by filled.session_number, slots.slot
    ),

    in_order as (
        select
            *,
            {{ place_of_row() }} as place
        from placed
    )

    select
        universe_number,
        session_number,
        max(place) - min(place) + 1 = count(*) as is_in_order,
        list(coalesce(total_return, 0)) as total_returns
        {%- for length in correlation_windows() %},
        count(sigma_{{ length }}) as names_used_{{ length }},
        sum(weight_{{ length }}) as weight_total_{{ length }},
        bool_or(is_dated_eve_{{ length }}) as has_dated_eve_{{ length }},
        sum(sigma_{{ length }}) as sigma_total_{{ length }},
        sum(sigma_{{ length }} * sigma_{{ length }}) as sigma_squares_{{ length }},
        sum(weight_{{ length }} * sigma_{{ length }}) as weighted_total_{{ length }},
        sum(weight_{{ length }} * sigma_{{ length }} * weight_{{ length }} * sigma_{{ length }}) as weighted_squares_{{ length }},
        list(coalesce(1 / sigma_{{ length }}, 0)) as inverse_sigmas_{{ length }},
        list(coalesce(weight_{{ length }}, 0)) filter (where has_weights) as weights_{{ length }}
        {%- endfor %}
    from in_order
    group by universe_number, session_number
    {% endcall %}
),

return_vectors as (
    select
        universe_number,
        session_number,
        case when is_in_order then total_returns else {{ refuse("the names of a session came in no order") }} end as total_returns
    from vectors
),

based as (
    select
        *
        {%- for length in correlation_windows() %},
        -- weights of less than half of the index are no weights
        case
            when names_used_{{ length }} = 0 then null
            when coalesce(weight_total_{{ length }}, 0) < 0.5 then 'equal'
            when has_dated_eve_{{ length }} then 'holdings'
            else 'drifted'
        end as weight_basis_{{ length }}
        {%- endfor %}
    from vectors
    where session_number >= {{ first_of_chunk() }}
),

weighted as (
    select
        universe_number,
        session_number
        {%- for length in correlation_windows() %}
        {%- set is_equal = "weight_basis_" ~ length ~ " = 'equal'" %},
        names_used_{{ length }},
        weight_basis_{{ length }},
        inverse_sigmas_{{ length }},
        case when {{ is_equal }} then {{ signs("inverse_sigmas_" ~ length) }} else weights_{{ length }} end as weights_{{ length }},
        case when {{ is_equal }} then names_used_{{ length }} else weight_total_{{ length }} end as weight_total_{{ length }},
        case when {{ is_equal }} then sigma_total_{{ length }} else weighted_total_{{ length }} end as weighted_sigma_{{ length }},
        case when {{ is_equal }} then sigma_squares_{{ length }} else weighted_squares_{{ length }} end as own_variance_{{ length }}
        {%- endfor %}
    from based
),

-- each window meets every session and takes those in it; by a join on its sessions the engine would copy every list
multiplied as (
    {% call(part) in_parts() %}
    select
        weighted.universe_number,
        weighted.session_number
        {%- for length in correlation_windows() %}
        {%- for sum, factors in [("standardised", "inverse_sigmas"), ("basket", "weights")] %},
        case
            when return_vectors.session_number between weighted.session_number - {{ length - 1 }} and weighted.session_number
                and return_vectors.universe_number = weighted.universe_number and weighted.names_used_{{ length }} > 0
                then {{ dot_product("return_vectors.total_returns", "weighted." ~ factors ~ "_" ~ length) }}
        end as {{ sum }}_sum_{{ length }}
        {%- endfor %}
        {%- endfor %}
    from weighted
    cross join return_vectors
    where {{ is_of_share("weighted.session_number", part) }}
    {% endcall %}
),

spread as (
    select
        universe_number,
        session_number
        {%- for length in correlation_windows() %},
        var_samp(standardised_sum_{{ length }}) as correlation_sum_{{ length }},
        var_samp(basket_sum_{{ length }}) as basket_variance_{{ length }}
        {%- endfor %}
    from multiplied
    group by universe_number, session_number
),

windows as (
    {% for length in correlation_windows() -%}
    select
        ends.universe_id,
        ends.session_number,
        ends.session_date,
        {{ length }} as window_sessions,
        coalesce(weighted.names_used_{{ length }}, 0) as names_used,
        weighted.weight_basis_{{ length }} as weight_basis,
        spread.correlation_sum_{{ length }} as correlation_sum,
        spread.basket_variance_{{ length }} / power(weighted.weight_total_{{ length }}, 2) as basket_variance,
        weighted.weighted_sigma_{{ length }} / weighted.weight_total_{{ length }} as weighted_sigma,
        weighted.own_variance_{{ length }} / power(weighted.weight_total_{{ length }}, 2) as own_variance
    from ends
    inner join numbered_universes on ends.universe_id = numbered_universes.universe_id
    left join weighted
        on numbered_universes.universe_number = weighted.universe_number
        and ends.session_number = weighted.session_number
    left join spread
        on numbered_universes.universe_number = spread.universe_number
        and ends.session_number = spread.session_number
    {% if not loop.last -%}
    union all
    {% endif -%}
    {% endfor %}
)

select
    *,
    {{ newest_change() }} as build_number
from windows
order by universe_id, session_number, window_sessions
