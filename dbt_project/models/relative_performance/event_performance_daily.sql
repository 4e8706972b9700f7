-- What every traded series has done since an event. The base is its last bar no later than the first session on or
-- after the anchor date, and no older than five sessions.
{% set max_age_sessions = 5 -%}
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

priced as (
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
based as (
    select
        anchors.event_id,
        anchors.event_name,
        anchors.anchor_number,
        anchors.anchor_session,
        priced.series_id,
        max(priced.session_number) as base_number,
        {{ value_at_max("priced.close", "priced.session_number") }} as base_close,
        {{ value_at_max("priced.log_price_index", "priced.session_number") }} as base_log_price,
        {{ value_at_max("priced.log_total_return_index", "priced.session_number") }} as base_log_total_return
    from anchors
    inner join priced
        on anchors.anchor_number >= priced.session_number
        and anchors.anchor_number <= priced.session_number + {{ max_age_sessions }}
    group by all
),

-- one row a session, with or without a bar
measured as (
    select
        based.*,
        sessions.session_number,
        sessions.session_date,
        priced.close,
        exp(priced.log_price_index - based.base_log_price) as price_relative,
        exp(priced.log_total_return_index - based.base_log_total_return) as total_return_relative,
        benchmark_days.total_return_index / nullif(benchmark_bases.total_return_index, 0) as benchmark_relative
    from based
    inner join sessions on based.anchor_number <= sessions.session_number
    left join priced
        on based.series_id = priced.series_id
        and sessions.session_number = priced.session_number
    left join benchmark_days on sessions.session_date = benchmark_days.session_date
    left join benchmark_days as benchmark_bases on based.anchor_session = benchmark_bases.session_date
),

peaked as (
    select
        *,
        -- the base itself is a peak, also where it lies before the anchor session
        greatest(1, max(total_return_relative) over so_far) as peak
    from measured
    window so_far as (partition by event_id, series_id order by session_number rows unbounded preceding)
)

select
    ---------- keys
    event_id::varchar as event_id,
    series_id::varchar as series_id,
    session_date::date as session_date,

    ---------- event and base
    event_name::varchar as event_name,
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
    end::varchar as null_reason
from peaked
order by event_id, series_id, session_date
