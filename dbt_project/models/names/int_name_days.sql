{{
    config(
        materialized="in_chunks",
        chunks_of="names",
        stored_by=["session_number", "security_id"],
        packed_in="int_packed_name_days",
        pre_hook="{{ delete_changed_name_days() }}",
        post_hook="{{ store_name_days_note() }}"
    )
}}
-- The one big table: a row for each security and session with a bar. Returns, and where the close is within the
-- security's own past. Windows count sessions: one missing session or value, and the window is NULL. Index membership is
-- not used here, so that a membership change rewrites nothing.
-- A full build computes everything; a daily run the names that changed, each from its first changed session on. What is stored
-- is built again when this SQL changes, not when a seed does: so a bound of its own stands here and not in thresholds.
{#- a return that a reader should see in data_quality: 40 % in a session without a dividend #}
{% set extreme_return = 0.4 %}
{% set is_daily_run = is_incremental() %}
{% set first_read = first_read_date() if is_daily_run %}
with {% if is_daily_run %}changed_names as (
    {{ changed_name_days() }}
),

{% endif -%}
bars as (
    select
        vintages.security_id,
        sessions.session_number,
        sessions.session_date,
        vintages.close,
        vintages.adj_close,
        vintages.dividend,
        -- as traded on the day
        vintages.volume / vintages.later_splits as volume_traded,
        vintages.later_splits,
        vintages.dividend <> 0 as has_dividend,
        vintages.split <> 1 and vintages.dividend > 0 as is_split_with_dividend,
        {% if is_daily_run -%}
            changed_names.first_changed_number,
        {% endif -%}
        vintages.known_at,
        vintages.batch_id
    from {{ ref("stg_price_vintages") }} as vintages
    inner join {{ ref("int_sessions") }} as sessions on vintages.obs_date = sessions.session_date
    {% if is_daily_run -%}
    inner join changed_names
        on vintages.security_id = changed_names.security_id
        and sessions.session_number >= changed_names.first_changed_number - {{ name_day_lookback() }}
    {% endif -%}
    where {{ is_in_chunk("vintages.security_id") }}
        {%- if is_daily_run %}
        -- a constant, so that DuckDB skips the row groups before it
        and vintages.obs_date >= date '{{ first_read }}'
        {%- endif %}
),

newest_bars as (
    {{ newest_rows("bars") }}
),

bars_with_previous as (
    select
        *,
        {{ previous("session_number", within=longest_gap()) }} as previous_session_number,
        {{ previous("close", within=longest_gap()) }} as previous_close,
        {{ previous("adj_close", within=longest_gap()) }} as previous_adj_close,
        {{ previous("volume_traded", within=longest_gap()) }} as previous_volume,
        {{ previous("close", within=longest_gap(), back=2) }} as close_before_previous
    from newest_bars
),

returns_since_last_bar as (
    select
        *,
        session_number - previous_session_number as sessions_since_last_bar,
        case
            -- a split and a dividend on one day are adjusted for each other in adj_close only
            when close is null or previous_close is null or (is_split_with_dividend and adj_close is not null)
                then adj_close / previous_adj_close - 1
            else (close + dividend) / previous_close - 1
        end as return_since_last_bar,
        -- three unchanged closes without volume
        coalesce(
            coalesce(volume_traded, 1) + coalesce(previous_volume, 1) = 0
            and close = previous_close and close = close_before_previous, false
        ) as is_stale
    from bars_with_previous
),

returns as (
    select
        *,
        case when sessions_since_last_bar = 1 then close / previous_close - 1 end as price_return,
        case when sessions_since_last_bar = 1 then return_since_last_bar end as total_return,
        case when sessions_since_last_bar > 1 then return_since_last_bar end as gap_return,
        -- a stale close is neither a return nor compared with a window
        case when sessions_since_last_bar = 1 and not is_stale then return_since_last_bar end as traded_return,
        case when not is_stale then close end as traded_close
    from returns_since_last_bar
),

log_returns as (
    select
        *,
        ln(1 + total_return) as log_return
    from returns
),

windows as (
    {{ trailing("log_returns", {
        "close": {"mean": mean_windows(), "high": extreme_windows(), "low": extreme_windows()},
        "log_return": {"sum": [21]},
        "traded_return": {"sigma": correlation_windows()},
    }) }}
),

-- NULL where the close is stale or the window is not full
comparisons as (
    select
        *
        {%- for length in mean_windows() %},
        -- closes that are all the same are not above their mean, whatever its rounding
        traded_close > close_mean_{{ length }} * (1 + 1e-12) as above_mean_{{ length }}
        {%- endfor %}
        {%- for length in extreme_windows() %},
        traded_close >= close_high_{{ length }} as at_high_{{ length }},
        traded_close <= close_low_{{ length }} as at_low_{{ length }}
        {%- endfor %}
    from windows
)

select
    security_id,
    session_number,
    session_date,

    ---------- prices and returns
    close,
    price_return,
    total_return,
    log_return_sum_21 as log_return_21,
    -- since the last bar, where that is 2 to 252 sessions ago
    gap_return,
    {% for length in correlation_windows() -%}
        traded_return_sigma_{{ length }} as sigma_{{ length }},
    {% endfor %}
    ---------- as traded on the day
    case when sessions_since_last_bar = 1 then (close - previous_close) * later_splits end as points,
    volume_traded,

    ---------- flags
    is_stale,
    coalesce(abs(price_return) > {{ extreme_return }} and not has_dividend, false) as is_extreme_move,
    is_split_with_dividend,
    {% for length in mean_windows() -%}
        above_mean_{{ length }} is not null as is_eligible_{{ length }},
        coalesce(above_mean_{{ length }}, false) as is_above_sma{{ length }},
    {% endfor -%}
    {% for length in extreme_windows() -%}
        at_high_{{ length }} is not null as is_eligible_{{ length }},
        coalesce(at_high_{{ length }}, false) as is_high_{{ length }},
        coalesce(at_low_{{ length }}, false) as is_low_{{ length }},
    {% endfor %}
    {{ build_number() }} as build_number
from comparisons
{% if is_daily_run -%}
where session_number >= first_changed_number
{%- endif %}
