-- What every traded series has done since an event; one row an event, series and session. The base is the last bar up to the
-- anchor session (the first session on or after the event's date), at most event_base_max_age sessions older.
with anchors as (
    select * from {{ ref("int_event_anchors") }}
),

event_series as (
    select * from {{ ref("event_series") }}
),

sessions as (
    select * from {{ ref("int_sessions") }}
),

asset_days as (
    select * from {{ ref("int_asset_days") }}
),

benchmark_days as (
    select * from {{ ref("index_daily") }}
    where index_id = 'SP500'
),

series_prices as (
    select
        event_series.series_id,
        event_series.total_return_symbol,
        asset_days.session_number,
        asset_days.session_date,
        asset_days.close,
        asset_days.log_price_index,
        totals.log_total_return_index
    from event_series
    inner join asset_days on event_series.series_id = asset_days.asset_id
    left join asset_days as totals
        on event_series.total_return_symbol = totals.asset_id
        and asset_days.session_number = totals.session_number
),

-- the last bar of each series at the anchor
base_bars as (
    select
        anchors.event_id,
        anchors.event_name,
        anchors.anchor_number,
        anchors.known_number,
        anchors.anchor_session,
        series_prices.series_id,
        max(series_prices.session_number) as base_number,
        {{ value_at_max("series_prices.close", "series_prices.session_number") }} as base_close,
        {{ value_at_max("series_prices.log_price_index", "series_prices.session_number") }} as base_log_price,
        {{ value_at_max("series_prices.log_total_return_index", "series_prices.session_number") }} as base_log_total_return
    from anchors
    inner join series_prices
        on anchors.anchor_number >= series_prices.session_number
        and anchors.anchor_number <= series_prices.session_number + {{ threshold("event_base_max_age") }}
    group by all
),

-- every session has a row, with or without a bar
days_since_base as (
    select
        base_bars.*,
        sessions.session_number,
        sessions.session_date,
        series_prices.close,
        exp(series_prices.log_price_index - base_bars.base_log_price) as price_relative,
        exp(series_prices.log_total_return_index - base_bars.base_log_total_return) as total_return_relative,
        benchmark_days.total_return_index / nullif(benchmark_bases.total_return_index, 0) as benchmark_relative
    from base_bars
    inner join sessions on base_bars.anchor_number <= sessions.session_number
    left join series_prices
        on base_bars.series_id = series_prices.series_id
        and sessions.session_number = series_prices.session_number
    left join benchmark_days on sessions.session_date = benchmark_days.session_date
    left join benchmark_days as benchmark_bases on base_bars.anchor_session = benchmark_bases.session_date
),

days_with_peak as (
    select
        *,
        -- the base counts as a peak too, even if it lies before the anchor session
        greatest(1, max(total_return_relative) over so_far) as peak
    from days_since_base
    window so_far as (partition by event_id, series_id order by session_number rows unbounded preceding)
),

event_days as (
    select
        ---------- keys
        event_id::string as event_id,
        series_id::string as series_id,
        session_date::date as session_date,

        ---------- event and base
        event_name::string as event_name,
        anchor_session::date as anchor_session,
        base_close::double as anchor_close,
        nullif(anchor_number - base_number, 0)::integer as anchor_stale_days,

        ---------- since the anchor
        (session_number - anchor_number)::integer as days_since,
        close::double as close,
        (100 * (price_relative - 1))::double as price_chg_pct,
        (100 * (total_return_relative - 1))::double as total_return_pct,
        (100 * total_return_relative)::double as index_100,
        (100 * (total_return_relative - benchmark_relative))::double as rel_vs_spx_pp,
        (
            100 * min(total_return_relative / peak - 1) over (
                partition by event_id, series_id order by session_number rows unbounded preceding
            )
        )::double as max_drawdown_since_pct,

        ---------- below the anchor
        (price_relative < 1)::boolean as below_anchor,
        case
            when price_relative is not null
                then count(*) filter (where price_relative < 1) over (
                    partition by event_id, series_id order by session_number rows unbounded preceding
                )
        end::integer as days_below_anchor,

        ---------- why a value is missing
        case
            when price_relative is null and total_return_relative is null then 'no bar'
            when price_relative is null then 'only adjusted closes on file: no price'
            when total_return_relative is null then 'no total return on file'
        end::string as null_reason,
        session_number >= known_number as is_known
    from days_with_peak
)

select event_days.* {{ exclude() }} (is_known)
from event_days
-- what was summed or counted since the anchor is shown from the day on which the event was known
where is_known
order by event_id, series_id, session_date
