{{ config(materialized="by_session", post_hook="{{ remember_sql() }}") }}
{%- set fields = [("total_return", "coalesce(total_return, 0)")] -%}
{%- set weight_fields = [] -%}
{%- for length in correlation_windows() -%}
    {%- do fields.append(("inverse_sigma_" ~ length, "coalesce(1 / sigma_" ~ length ~ ", 0)")) -%}
    {%- do weight_fields.append(("weight_" ~ length, "coalesce(weight_" ~ length ~ ", 0)")) -%}
{%- endfor %}
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
    where session_number between {{ first_of_stretch() }} and {{ last_of_stretch() }}
),

sessions as (
    select
        session_number,
        session_date
    from {{ ref("int_sessions") }}
    where session_number > {{ first_of_stretch() }} - {{ correlation_lookback() }} and session_number <= {{ last_of_stretch() }}
),

name_days as (
    select
        security_id,
        session_number,
        -- three unchanged closes without volume are no return
        case when not is_stale then total_return end as total_return
        {%- for length in correlation_windows() %},
        -- a price that does not move has no correlation: sigma must stand above the rounding of a return
        case when sigma_{{ length }} > 1e-12 then sigma_{{ length }} end as sigma_{{ length }}
        {%- endfor %}
    from {{ ref("int_name_days") }}
    where session_number > {{ first_of_stretch() }} - {{ correlation_lookback() }} and session_number <= {{ last_of_stretch() }}
),

memberships as (
    select * from {{ ref("int_memberships") }}
),

weights as (
    select * from {{ ref("int_index_weights_daily") }}
),

-- most indices have holdings for their last years only, others have none
weighed as (
    select
        index_id,
        min(session_number) as first_number
    from weights
    group by index_id
),

-- one number for each name of a universe: to sort by a number takes half of the time
names as (
    select
        members.universe_id,
        universes.index_id,
        members.security_id,
        row_number() over (order by members.universe_id, members.security_id) as slot
    from (select distinct universe_id, security_id from memberships) as members
    inner join {{ ref("universes") }} as universes on members.universe_id = universes.universe_id
    where members.universe_id in (select universe_id from ends)
),

-- every name in every session, traded or not, so that all lists have one length; a member with every return in it has a
-- window, and reads its returns on days before it was a member
complete as (
    select
        names.universe_id,
        names.slot,
        sessions.session_number,
        name_days.total_return,
        sessions.session_number >= weighed.first_number as has_weights
        {%- for length in correlation_windows() %}
        {%- set holds = "memberships.security_id is not null and name_days.sigma_" ~ length ~ " is not null" %},
        case when {{ holds }} then name_days.sigma_{{ length }} end as sigma_{{ length }},
        case when {{ holds }} then weights_{{ length }}.weight end as weight_{{ length }},
        {{ holds }} and weights_{{ length }}.is_dated_eve as is_dated_eve_{{ length }}
        {%- endfor %}
    from names
    cross join sessions
    left join name_days
        on names.security_id = name_days.security_id
        and sessions.session_number = name_days.session_number
    left join memberships
        on names.universe_id = memberships.universe_id
        and names.security_id = memberships.security_id
        and sessions.session_date >= memberships.valid_from
        and sessions.session_date < memberships.valid_to
    left join weighed on names.index_id = weighed.index_id
    {%- for length in correlation_windows() %}
    -- a weight stands at the close before its session: before the first return of the window
    left join weights as weights_{{ length }}
        on names.index_id = weights_{{ length }}.index_id
        and names.security_id = weights_{{ length }}.security_id
        and sessions.session_number - {{ length - 1 }} = weights_{{ length }}.session_number
    {%- endfor %}
),

-- sums over the names, and the names themselves in one order, 0 for who is not in the window
collected as (
    select
        universe_id,
        session_number
        {%- for length in correlation_windows() %},
        count(sigma_{{ length }}) as names_used_{{ length }},
        sum(weight_{{ length }}) as weight_total_{{ length }},
        bool_or(is_dated_eve_{{ length }}) as has_dated_eve_{{ length }},
        sum(sigma_{{ length }}) as sigma_total_{{ length }},
        sum(sigma_{{ length }} * sigma_{{ length }}) as sigma_squares_{{ length }},
        sum(weight_{{ length }} * sigma_{{ length }}) as weighted_total_{{ length }},
        sum(weight_{{ length }} * sigma_{{ length }} * weight_{{ length }} * sigma_{{ length }}) as weighted_squares_{{ length }}
        {%- endfor %},
        {{ ordered_rows(fields, "slot") }} as names,
        {{ ordered_rows(weight_fields, "slot") }} filter (where has_weights) as held_names
    from complete
    group by universe_id, session_number
),

vectors as {{ materialized() }} (
    select
        * exclude (names, held_names),
        {{ each("names", "total_return") }} as total_returns
        {%- for length in correlation_windows() %},
        {{ each("names", "inverse_sigma_" ~ length) }} as inverse_sigmas_{{ length }},
        {{ each("held_names", "weight_" ~ length) }} as weights_{{ length }}
        {%- endfor %}
    from collected
),

return_vectors as (
    select
        universe_id,
        session_number,
        total_returns
    from vectors
),

windows as (
    {% for length in correlation_windows() -%}
    select
        universe_id,
        session_number,
        {{ length }} as window_sessions,
        names_used_{{ length }} as names_used,
        -- weights of less than half of the index are no weights
        case
            when coalesce(weight_total_{{ length }}, 0) < 0.5 then 'equal'
            when has_dated_eve_{{ length }} then 'holdings'
            else 'drifted'
        end as weight_basis,
        weight_total_{{ length }} as weight_total,
        sigma_total_{{ length }} as sigma_total,
        sigma_squares_{{ length }} as sigma_squares,
        weighted_total_{{ length }} as weighted_total,
        weighted_squares_{{ length }} as weighted_squares,
        inverse_sigmas_{{ length }} as inverse_sigmas,
        weights_{{ length }} as weights
    from vectors
    where names_used_{{ length }} > 0 and session_number >= {{ first_of_stretch() }}
    {% if not loop.last -%}
    union all
    {% endif -%}
    {% endfor %}
),

weighted as (
    select
        universe_id,
        session_number,
        window_sessions,
        names_used,
        weight_basis,
        inverse_sigmas,
        case when weight_basis = 'equal' then {{ signs("inverse_sigmas") }} else weights end as weights,
        case when weight_basis = 'equal' then names_used else weight_total end as weight_total,
        case when weight_basis = 'equal' then sigma_total else weighted_total end as weighted_sigma,
        case when weight_basis = 'equal' then sigma_squares else weighted_squares end as own_variance
    from windows
),

multiplied as (
    {% call(part) in_parts() %}
    {%- for length in correlation_windows() %}
    select
        weighted.universe_id,
        weighted.session_number,
        weighted.window_sessions,
        {{ dot_product("return_vectors.total_returns", "weighted.inverse_sigmas") }} as standardised_sum,
        {{ dot_product("return_vectors.total_returns", "weighted.weights") }} as basket_sum
    from weighted
    cross join {{ whole_numbers(length) }} as steps_back
    -- one key: by two, the engine would meet every pair of sessions and their vectors before it drops most of them
    inner join return_vectors
        on {{ joint_key("weighted.universe_id", "weighted.session_number - steps_back.number") }}
        = {{ joint_key("return_vectors.universe_id", "return_vectors.session_number") }}
    where weighted.window_sessions = {{ length }} and {{ is_of_part("weighted.session_number", part) }}
    {% if not loop.last -%}
    union all
    {%- endif -%}
    {%- endfor -%}
    {% endcall %}
),

spread as (
    select
        universe_id,
        session_number,
        window_sessions,
        var_samp(standardised_sum) as correlation_sum,
        var_samp(basket_sum) as basket_variance
    from multiplied
    group by universe_id, session_number, window_sessions
),

lengths as (
    {% for length in correlation_windows() -%}
    select {{ length }} as window_sessions
    {% if not loop.last -%}
    union all
    {% endif -%}
    {% endfor %}
)

select
    ends.universe_id,
    ends.session_number,
    ends.session_date,
    lengths.window_sessions,
    coalesce(weighted.names_used, 0) as names_used,
    weighted.weight_basis,
    spread.correlation_sum,
    spread.basket_variance / power(weighted.weight_total, 2) as basket_variance,
    weighted.weighted_sigma / weighted.weight_total as weighted_sigma,
    weighted.own_variance / power(weighted.weight_total, 2) as own_variance,
    {{ newest_change() }} as build_number
from ends
cross join lengths
left join weighted
    on ends.universe_id = weighted.universe_id
    and ends.session_number = weighted.session_number
    and lengths.window_sessions = weighted.window_sessions
left join spread
    on ends.universe_id = spread.universe_id
    and ends.session_number = spread.session_number
    and lengths.window_sessions = spread.window_sessions
order by ends.universe_id, ends.session_number, lengths.window_sessions
