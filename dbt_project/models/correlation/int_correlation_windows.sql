{{
    config(
        materialized="in_chunks",
        chunks_of="sessions",
        pre_hook="{{ delete_changed_sessions() }}",
        post_hook="{{ store_build_note() }}"
    )
}}
-- For each window of 21 and of 63 sessions: the sums from which equity_correlation_daily derives the average and the
-- implied-form correlation, over the members with every return of the window.
--
-- No pair of names is formed. With r_i the return of a name and s_i its sigma inside the window,
--     sum over all pairs (i, j) of corr_ij = variance over the sessions of (sum over names of r_i / s_i),
-- so each window needs one number for each of its sessions: the dot product of the session's list of returns and the
-- window's list of 1 / s. The variance of the basket is the same with the window's list of weights.
--
-- Every list of a universe has the same names at the same positions, 0 for a name that does not take part. Both window
-- lengths are computed side by side (`…_21`, `…_63`) and become rows at the end.
--
-- What is stored is built again when this SQL changes, not when a seed does: so a bound of its own stands here and not in
-- thresholds.
{#- names that make up less than this share of the index are weighted equally #}
{% set least_weight = 0.5 %}

---------- windows, sessions and name-days of this chunk
with window_ends as (
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

-- not materialized: reading it again costs less than storing it
name_days as {{ not_materialized() }} (
    select
        security_id,
        session_number,
        session_date,
        -- a stale close is not a return
        case when not is_stale then total_return end as total_return
        {%- for length in correlation_windows() %},
        -- a price that does not move has no correlation; its sigma is only the rounding of its returns
        case when sigma_{{ length }} > 1e-12 then sigma_{{ length }} end as sigma_{{ length }}
        {%- endfor %}
    from {{ ref("int_name_days") }}
    where session_number > {{ first_of_chunk() }} - {{ correlation_lookback() }} and session_number <= {{ last_of_chunk() }}
),

---------- who takes part
-- numbers in place of names halve the time of joins, sorts and groups
numbered_universes as (
    select
        universe_id,
        index_id,
        row_number() over (order by universe_id) as universe_number
    from {{ ref("stg_universes") }}
    where universe_id in (select universe_id from window_ends)
),

membership_spells as (
    select
        numbered_universes.universe_number,
        memberships.security_id,
        memberships.valid_from,
        memberships.valid_to
    from {{ ref("int_memberships") }} as memberships
    inner join numbered_universes on memberships.universe_id = numbered_universes.universe_id
),

index_weights as (
    select
        numbered_universes.universe_number,
        weights.security_id,
        weights.session_number,
        weights.weight,
        weights.is_dated_previous_session
    from {{ ref("int_index_weights_daily") }} as weights
    inner join numbered_universes on weights.index_id = numbered_universes.index_id
),

-- for every name of a universe, intervals as a member and as a non-member, which together cover all dates
membership_intervals as (
    select
        *,
        true as is_member
    from membership_spells
    union all
    select
        universe_number,
        security_id,
        lag(valid_to, 1, date '0001-01-01') over (partition by universe_number, security_id order by valid_from) as valid_from,
        valid_from as valid_to,
        false as is_member
    from membership_spells
    union all
    select
        universe_number,
        security_id,
        max(valid_to) as valid_from,
        date '9999-12-31' as valid_to,
        false as is_member
    from membership_spells
    group by universe_number, security_id
),

positioned_names as (
    select
        membership_intervals.*,
        -- where the name is in every list of its universe
        (dense_rank() over (order by membership_intervals.universe_number, membership_intervals.security_id))::integer as list_position,
        -- most indices have holdings for their last years only, some have none
        weights.first_weighted_number
    from membership_intervals
    left join (select universe_number, min(session_number) as first_weighted_number from index_weights group by universe_number) as weights
        on membership_intervals.universe_number = weights.universe_number
),

-- a name without a bar in some session needs a row there too, so that all lists have the same length
names_with_holes as (
    select security_id
    from name_days
    group by security_id
    having count(*) < (select count(*) from sessions)
),

missing_name_days as {{ materialized() }} (
    select
        names_with_holes.security_id,
        sessions.session_number,
        sessions.session_date,
        null::double as total_return
        {%- for length in correlation_windows() %},
        null::double as sigma_{{ length }}
        {%- endfor %}
    from names_with_holes
    cross join sessions
    where not exists (
            select 1
            from name_days
            where name_days.security_id = names_with_holes.security_id
                and name_days.session_number = sessions.session_number
        )
),

---------- sums and lists over the names of a session
session_lists as {{ materialized() }} (
    {% call(part) in_parts() %}
    with complete_name_days as (
        select * from name_days
        where {{ is_in_part("session_number", part, correlation_lookback()) }}
        union all
        select * from missing_name_days
        where {{ is_in_part("session_number", part, correlation_lookback()) }}
    ),

    -- A window is of the members at its end with every return in it, including returns from before they were members.
    window_members as (
        select
            positioned_names.universe_number,
            positioned_names.list_position,
            complete_name_days.session_number,
            complete_name_days.total_return,
            complete_name_days.session_number >= positioned_names.first_weighted_number as has_weights
            {%- for length in correlation_windows() %}
            {%- set takes_part = "positioned_names.is_member and complete_name_days.sigma_" ~ length ~ " is not null" %},
            case when {{ takes_part }} then complete_name_days.sigma_{{ length }} end as sigma_{{ length }},
            case when {{ takes_part }} then weights_{{ length }}.weight end as weight_{{ length }},
            {{ takes_part }} and weights_{{ length }}.is_dated_previous_session as is_dated_previous_session_{{ length }}
            {%- endfor %}
        from complete_name_days
        inner join positioned_names
            on complete_name_days.security_id = positioned_names.security_id
            and complete_name_days.session_date >= positioned_names.valid_from
            and complete_name_days.session_date < positioned_names.valid_to
        {%- for length in correlation_windows() %}
        -- weights at the close before the first return of the window
        left join index_weights as weights_{{ length }}
            on positioned_names.universe_number = weights_{{ length }}.universe_number
            and positioned_names.security_id = weights_{{ length }}.security_id
            and complete_name_days.session_number - {{ length - 1 }} = weights_{{ length }}.session_number
        {%- endfor %}
        {{ ordered_by("complete_name_days.session_number, positioned_names.list_position") }}
    ),

    ordered_members as (
        select
            *,
            {{ place_of_row("partition by universe_number, session_number order by list_position") }} as place
        from window_members
    )

    select
        universe_number,
        session_number,
        max(place) - min(place) + 1 = count(*) as is_in_order,
        {{ listed_in_order("coalesce(total_return, 0)", "list_position") }} as total_returns
        {%- for length in correlation_windows() %},
        count(sigma_{{ length }}) as names_used_{{ length }},
        sum(weight_{{ length }}) as weight_total_{{ length }},
        bool_or(is_dated_previous_session_{{ length }}) as has_dated_previous_session_{{ length }},
        sum(sigma_{{ length }}) as sigma_total_{{ length }},
        sum(sigma_{{ length }} * sigma_{{ length }}) as sigma_squares_{{ length }},
        sum(weight_{{ length }} * sigma_{{ length }}) as weighted_total_{{ length }},
        sum(weight_{{ length }} * sigma_{{ length }} * weight_{{ length }} * sigma_{{ length }}) as weighted_squares_{{ length }},
        {{ listed_in_order("coalesce(1 / sigma_" ~ length ~ ", 0)", "list_position") }} as inverse_sigmas_{{ length }},
        {{ listed_in_order("coalesce(weight_" ~ length ~ ", 0)", "list_position", "has_weights") }} as weights_{{ length }}
        {%- endfor %}
    from ordered_members
    group by universe_number, session_number
    {% endcall %}
),

return_lists as (
    select
        universe_number,
        session_number,
        case when is_in_order then total_returns else {{ refuse("the names of a session did not come in the order of their lists") }} end as total_returns
    from session_lists
),

---------- weights of a window
windows_with_basis as (
    select
        *
        {%- for length in correlation_windows() %},
        case
            when names_used_{{ length }} = 0 then null
            when coalesce(weight_total_{{ length }}, 0) < {{ least_weight }} then 'equal'
            when has_dated_previous_session_{{ length }} then 'holdings'
            else 'drifted'
        end as weight_basis_{{ length }}
        {%- endfor %}
    from session_lists
    where session_number >= {{ first_of_chunk() }}
),

weighted_windows as (
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
    from windows_with_basis
),

---------- dot products
-- Every window meets every session and the `case` picks its own: a join on the sessions of a window copies every list.
session_products as (
    {% call(part) in_parts() %}
    select
        weighted_windows.universe_number,
        weighted_windows.session_number
        {%- for length in correlation_windows() %}
        {%- for sum, factors in [("standardised", "inverse_sigmas"), ("basket", "weights")] %},
        case
            when return_lists.session_number between weighted_windows.session_number - {{ length - 1 }} and weighted_windows.session_number
                and return_lists.universe_number = weighted_windows.universe_number and weighted_windows.names_used_{{ length }} > 0
                then {{ dot_product("return_lists.total_returns", "weighted_windows." ~ factors ~ "_" ~ length) }}
        end as {{ sum }}_sum_{{ length }}
        {%- endfor %}
        {%- endfor %}
    from weighted_windows
    cross join return_lists
    where {{ is_in_part("weighted_windows.session_number", part) }}
    {% endcall %}
),

product_variances as (
    select
        universe_number,
        session_number
        {%- for length in correlation_windows() %},
        var_samp(standardised_sum_{{ length }}) as correlation_sum_{{ length }},
        var_samp(basket_sum_{{ length }}) as basket_variance_{{ length }}
        {%- endfor %}
    from session_products
    group by universe_number, session_number
),

---------- a row for each window
window_sums as (
    {% for length in correlation_windows() -%}
    select
        window_ends.universe_id,
        window_ends.session_number,
        window_ends.session_date,
        {{ length }} as window_sessions,
        coalesce(weighted_windows.names_used_{{ length }}, 0) as names_used,
        weighted_windows.weight_basis_{{ length }} as weight_basis,
        product_variances.correlation_sum_{{ length }} as correlation_sum,
        product_variances.basket_variance_{{ length }} / power(weighted_windows.weight_total_{{ length }}, 2) as basket_variance,
        weighted_windows.weighted_sigma_{{ length }} / weighted_windows.weight_total_{{ length }} as weighted_sigma,
        weighted_windows.own_variance_{{ length }} / power(weighted_windows.weight_total_{{ length }}, 2) as own_variance
    from window_ends
    inner join numbered_universes on window_ends.universe_id = numbered_universes.universe_id
    left join weighted_windows
        on numbered_universes.universe_number = weighted_windows.universe_number
        and window_ends.session_number = weighted_windows.session_number
    left join product_variances
        on numbered_universes.universe_number = product_variances.universe_number
        and window_ends.session_number = product_variances.session_number
    {% if not loop.last -%}
    union all
    {% endif -%}
    {% endfor %}
)

select
    *,
    {{ newest_change() }} as build_number
from window_sums
order by universe_id, session_number, window_sessions
