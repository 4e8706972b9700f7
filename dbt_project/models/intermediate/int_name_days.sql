{{
    config(
        materialized="incremental",
        incremental_strategy="delete+insert",
        unique_key=["security_id", "session_number"],
        post_hook="{{ remember_sql() }}"
    )
}}
-- The one big table: what a security did in a session, and where it stands against its own past. Membership does not
-- enter here, so that a membership change restates nothing. Windows count sessions: a window with a hole is no window.
-- A daily run reads raw from a constant bound on, so that the engine skips the history before it. Rows are ordered once,
-- by name and session, and every step from there on reads them in that order (`macros/ladder.sql`).
{% set changed = changed_name_days() %}
{% if is_incremental() -%}
    {% set first_read = first_read_date(changed) %}
{%- endif %}
{% set mean_lengths = [20, 50, 100, 200] %}
{% set extreme_lengths = [21, 63, 252] %}
with changed as (
    {{ changed }}
),

sessions as (
    select
        session_number,
        session_date,
        lag(session_date, 1, date '1900-01-01') over (order by session_number) as previous_session_date,
        lag(session_date, {{ name_day_lookback() }}, date '1900-01-01') over (order by session_number) as first_read_date
    from {{ ref("int_sessions") }}
),

reach as (
    select
        changed.security_id,
        sessions.session_number as first_changed_number,
        sessions.first_read_date
    from changed
    inner join sessions
        on changed.first_changed_date <= sessions.session_date
        and changed.first_changed_date > sessions.previous_session_date
),

name_days as (
    {% call(part) in_parts() %}
    with bars as (
        select
            vintages.security_id,
            sessions.session_number,
            vintages.obs_date,
            vintages.close,
            vintages.adj_close,
            vintages.volume,
            vintages.dividend,
            vintages.split,
            vintages.later_splits,
            vintages.known_at,
            vintages.batch_id,
            reach.first_changed_number
        from {{ ref("stg_price_vintages") }} as vintages
        inner join {{ ref("int_sessions") }} as sessions on vintages.obs_date = sessions.session_date
        inner join reach
            on vintages.security_id = reach.security_id
            and vintages.obs_date >= reach.first_read_date
        where {{ is_of_part("vintages.security_id", part) }}
        {%- if is_incremental() %}
            and vintages.obs_date >= date '{{ first_read }}'
        {%- endif %}
        order by vintages.security_id, sessions.session_number, vintages.known_at, vintages.batch_id
    ),

    vintages as (
        select
            *,
            {{ row_after("security_id") }} as next_security_id,
            {{ row_after("session_number") }} as next_session_number
        from bars
    ),

    -- the last vintage of a day is the newest
    newest as (
        select
            *,
            {{ place_of_row() }} as place,
            {{ rows_before("security_id", 1) }} as security_id_1_back,
            {{ rows_before("security_id", 2) }} as security_id_2_back,
            {{ rows_before("session_number", 1) }} as session_number_1_back,
            {{ rows_before("close", 1) }} as close_1_back,
            {{ rows_before("close", 2) }} as close_2_back,
            {{ rows_before("adj_close", 1) }} as adj_close_1_back,
            {{ rows_before("volume", 1) }} as volume_1_back
        from (
            select * exclude (next_security_id, next_session_number)
            from vintages
            where next_security_id is distinct from security_id or next_session_number is distinct from session_number
        )
    ),

    -- the row before is the name's own
    stepped as (
        select
            *,
            case when security_id_1_back = security_id then session_number - session_number_1_back end as gap,
            case when security_id_1_back = security_id then close_1_back end as previous_close,
            case when security_id_1_back = security_id then adj_close_1_back end as previous_adj_close,
            case when security_id_2_back = security_id then close_2_back end as close_before_previous,
            case when security_id_1_back = security_id then volume_1_back end as previous_volume
        from newest
    ),

    returned as (
        select
            *,
            coalesce(
                coalesce(volume, 1) + coalesce(previous_volume, 1) = 0
                and close = previous_close and close = close_before_previous, false
            ) as is_stale,
            case when gap = 1 then close / previous_close - 1 end as price_return,
            case
                -- a split and a dividend on one day are adjusted for each other in adj_close only
                when close is null or previous_close is null or (split <> 1 and dividend > 0 and adj_close is not null)
                    then adj_close / previous_adj_close - 1
                else (close + dividend) / previous_close - 1
            end as return_since_last_bar
        from stepped
    ),

    moved as (
        select
            *,
            case when gap = 1 then return_since_last_bar end as total_return,
            case when gap between 2 and 252 then return_since_last_bar end as gap_return
        from returned
    ),

    -- windows of one row, and how many sessions up to this one follow one another without a hole
    over_1 as (
        select
            *,
            close as closes_1,
            close as highs_1,
            close as lows_1,
            -- without a return in every row a sum is NULL
            ln(1 + total_return) as growth_1,
            -- three unchanged closes without volume are no return
            case when not is_stale then total_return end as mean_1,
            0.0::double as squares_1,
            -- where sessions with a close begin to follow one another
            case when close is null then place + 1 when coalesce(gap, 0) <> 1 then place end as firsts_1
        from moved
    ),

    {% for half in [1, 2, 4, 8, 16, 32, 64, 128] -%}
    over_{{ 2 * half }} as (
        select
            *,
            {{ doubled_greatest("firsts", half) }}
            {%- if half <= 64 %},
            {{ doubled_sum("closes", half) }},
            {{ doubled_greatest("highs", half) }},
            {{ doubled_least("lows", half) }}
            {%- endif %}
            {%- if half <= 8 %},
            {{ doubled_sum("growth", half) }}
            {%- endif %}
            {%- if half <= 16 %},
            {{ doubled_spread(half) }}
            {%- endif %}
        from over_{{ half }}
    ),

    {% endfor -%}
    windowed as (
        select
            *,
            -- none in 256 rows is the same as one long ago
            place + 1 - coalesce(firsts_256, 0) as unbroken_closes,
            {% for length in mean_lengths -%}
                ({{ sum_over("closes", length) }}) / {{ length }} as close_mean_{{ length }},
            {% endfor -%}
            {% for length in extreme_lengths -%}
                {{ greatest_over("highs", length) }} as close_high_{{ length }},
                {{ least_over("lows", length) }} as close_low_{{ length }},
            {% endfor -%}
            {% for length in correlation_windows() -%}
                {{ mean_over(length) }} as return_mean_{{ length }},
            {% endfor -%}
            {{ sum_over("growth", 21) }} as log_return_21
        from over_256
    ),

    spread as (
        select
            *
            {%- for length in correlation_windows() %},
            {{ squares_over(length, "return_mean_" ~ length) }} as return_squares_{{ length }}
            {%- endfor %}
        from windowed
    )

    select *
    from spread
    where session_number >= first_changed_number
    {% endcall %}
)

select
    security_id,
    session_number,
    obs_date as session_date,

    ---------- prices and returns
    close,
    price_return,
    total_return,
    log_return_21,
    -- since the last bar, where that is 2 to 252 sessions ago
    gap_return,
    {% for length in correlation_windows() -%}
        sqrt(return_squares_{{ length }} / {{ length - 1 }}) as sigma_{{ length }},
    {% endfor %}
    ---------- as traded on the day
    case when gap = 1 then (close - previous_close) * later_splits end as points,
    volume / later_splits as volume_traded,

    ---------- breadth
    -- sessions up to this one that follow one another with a close, 252 for more; 0 where the name cannot be counted
    case when is_stale then 0 else least(unbroken_closes, 252) end::smallint as counted_closes,
    {% for length in mean_lengths -%}
        unbroken_closes >= {{ length }} and not is_stale and close > close_mean_{{ length }} * (1 + 1e-12)
            as is_above_sma{{ length }},
    {% endfor -%}
    -- the longest window of which this close is the high or the low, 0 for none
    {% for word, sign in [("high", ">="), ("low", "<=")] -%}
        case
            when is_stale then 0
            {%- for length in extreme_lengths | reverse %}
            when unbroken_closes >= {{ length }} and close {{ sign }} close_{{ word }}_{{ length }} then {{ length }}
            {%- endfor %}
            else 0
        end::smallint as {{ word }}_sessions,
    {% endfor %}
    ---------- flags and provenance
    is_stale,
    coalesce(abs(price_return) > 0.4 and split = 1 and dividend = 0, false) as is_extreme_move,
    coalesce(split <> 1 and dividend > 0, false) as is_split_with_dividend,
    known_at,
    batch_id,
    {{ build_number() }} as build_number
from name_days
order by session_number, security_id
