{{
    config(
        materialized="incremental",
        incremental_strategy="delete+insert",
        unique_key=["security_id", "session_number"]
    )
}}
-- The one big table: what a security did in a session, and where it stands against its own past. Membership does not
-- enter here, so that a membership change restates nothing. Windows count sessions: a window with a hole is no window.
-- A daily run reads raw and itself from constant bounds on, so that the engine skips the history before them.
{% set changed = changed_name_days() %}
{% if is_incremental() -%}
    {% set first_read = first_read_session(changed) %}
{%- endif %}
with changed as (
    {{ changed }}
),

sessions as (
    select * from {{ ref("int_sessions") }}
),

reach as (
    select
        changed.security_id,
        sessions.session_number as first_changed_number,
        sessions.session_number - {{ name_day_lookback() }} as first_read_number
    from changed
    inner join (
        select
            session_number,
            session_date,
            lag(session_date, 1, date '1900-01-01') over (order by session_number) as previous_session_date
        from sessions
    ) as sessions
        on changed.first_changed_date <= sessions.session_date
        and changed.first_changed_date > sessions.previous_session_date
),

bars as (
    select
        vintages.*,
        sessions.session_number,
        sessions.is_early_close,
        reach.first_changed_number,
        row_number() over (
            partition by vintages.security_id, sessions.session_number
            order by vintages.known_at desc, vintages.batch_id desc
        ) as vintage_age
    from {{ ref("stg_price_vintages") }} as vintages
    inner join sessions on vintages.obs_date = sessions.session_date
    inner join reach
        on vintages.security_id = reach.security_id
        and sessions.session_number >= reach.first_read_number
    {% if is_incremental() -%}
    where vintages.obs_date >= date '{{ first_read.date }}'
    {%- endif %}
),

stepped as (
    select
        *,
        session_number - lag(session_number) over by_name as gap,
        lag(close) over by_name as previous_close,
        lag(adj_close) over by_name as previous_adj_close,
        lag(close, 2) over by_name as close_before_previous,
        coalesce(volume, 1) + coalesce(lag(volume) over by_name, 1) = 0 as is_without_volume
    from bars
    where vintage_age = 1
    window by_name as (partition by security_id order by session_number)
),

moved as (
    select
        *,
        coalesce(is_without_volume and close = previous_close and close = close_before_previous, false) as is_stale,
        case when gap = 1 then close / previous_close - 1 end as price_return,
        case
            -- a split and a dividend on one day are adjusted for each other in adj_close only
            when close is null or previous_close is null or (split <> 1 and dividend > 0 and adj_close is not null)
                then adj_close / previous_adj_close - 1
            else (close + dividend) / previous_close - 1
        end as return_since_last_bar,
        -- where sessions with a close begin to follow one another
        case
            when close is null then session_number + 1
            when coalesce(gap, 0) <> 1 then session_number
        end as first_unbroken_number
    from stepped
),

windowed as (
    select
        *,
        session_number + 1 - last_value(first_unbroken_number ignore nulls) over (by_name rows unbounded preceding)
            as unbroken_closes,
        {% for length in [20, 50, 100, 200] -%}
            avg(close) over (by_name {{ rows_back(length) }}) as mean_{{ length }},
        {% endfor -%}
        {% for length in [21, 63, 252] -%}
            max(close) over (by_name {{ rows_back(length) }}) as high_{{ length }},
            min(close) over (by_name {{ rows_back(length) }}) as low_{{ length }},
        {% endfor -%}
        sum(case when session_number >= first_changed_number and gap <= 252 then ln(1 + return_since_last_bar) end)
            over (by_name rows unbounded preceding) as log_growth,
        case
            when session_number - lag(session_number, 21) over by_name = 21
                then sum(ln(1 + return_since_last_bar)) over (by_name {{ rows_back(21) }})
        end as log_return_21
    from moved
    window by_name as (partition by security_id order by session_number)
){% if is_incremental() %},

stored_lately as (
    select
        reach.security_id,
        {{ value_at_max("name_days.log_total_return_index", "name_days.session_number") }} as log_total_return_index
    from {{ this }} as name_days
    inner join reach
        on name_days.security_id = reach.security_id
        and name_days.session_number < reach.first_changed_number
    where name_days.session_number >= {{ first_read.number }}
    group by reach.security_id
),

-- a name that comes back after more than a year: few names, and without one nothing is read
stored_long_ago as (
    select
        absent.security_id,
        {{ value_at_max("name_days.log_total_return_index", "name_days.session_number") }} as log_total_return_index
    from {{ this }} as name_days
    inner join (
        select * from reach where security_id not in (select security_id from stored_lately)
    ) as absent
        on name_days.security_id = absent.security_id
        and name_days.session_number < absent.first_changed_number
    group by absent.security_id
),

stored as (
    select * from stored_lately
    union all
    select * from stored_long_ago
){% endif %}

select
    windowed.security_id,
    windowed.session_number,
    windowed.obs_date as session_date,

    ---------- prices and returns
    windowed.close,
    windowed.price_return,
    case when windowed.gap = 1 then windowed.return_since_last_bar end as total_return,
    windowed.log_return_21,
    -- ln of the forward-chained total-return index, 0 on the first bar
    {% if is_incremental() -%}
        coalesce(stored.log_total_return_index, 0) + coalesce(windowed.log_growth, 0) as log_total_return_index,
    {%- else -%}
        coalesce(windowed.log_growth, 0) as log_total_return_index,
    {%- endif %}

    ---------- as traded on the day
    case when windowed.gap = 1 then (windowed.close - windowed.previous_close) * windowed.later_splits end as points,
    windowed.volume / windowed.later_splits as volume_traded,

    ---------- breadth: NULL where the name cannot be counted
    case
        when windowed.gap = 1 and not windowed.is_stale then sign(windowed.close - windowed.previous_close)::tinyint
    end as direction,
    {% for length in [20, 50, 100, 200] -%}
        case
            when windowed.unbroken_closes >= {{ length }} and not windowed.is_stale
                then windowed.close > windowed.mean_{{ length }} * (1 + 1e-12)
        end as is_above_sma{{ length }},
    {% endfor -%}
    {% for length in [21, 63, 252] -%}
        case
            when windowed.unbroken_closes >= {{ length }} and not windowed.is_stale
                then windowed.close >= windowed.high_{{ length }}
        end as is_high_{{ length }},
        case
            when windowed.unbroken_closes >= {{ length }} and not windowed.is_stale
                then windowed.close <= windowed.low_{{ length }}
        end as is_low_{{ length }},
    {% endfor %}
    ---------- flags and provenance
    windowed.is_stale,
    coalesce(abs(windowed.price_return) > 0.4 and windowed.split = 1 and windowed.dividend = 0, false) as is_extreme_move,
    coalesce(windowed.split <> 1 and windowed.dividend > 0, false) as is_split_with_dividend,
    windowed.known_at,
    windowed.batch_id,
    {{ build_number() }} as build_number
from windowed
{% if is_incremental() -%}
    left join stored on windowed.security_id = stored.security_id
{%- endif %}
where windowed.session_number >= windowed.first_changed_number
order by windowed.session_number, windowed.security_id
