-- Every traded series as an index, so that its return between any two sessions is one division; one row a session and series
-- with a bar: instruments, the baskets of the seed, the mega-caps in each weighting, and the S&P 500 without them.
with asset_days as (
    select * from {{ ref("int_asset_days") }}
),

instruments as (
    select * from {{ ref("stg_instruments") }}
),

event_series as (
    select * from {{ ref("event_series") }}
),

mega_caps as (
    select * from {{ ref("mega_cap_index_daily") }}
    where weighting in ('ew_q', 'cw')
),

index_without_mega_caps as (
    select * from {{ ref("index_attribution_daily") }}
    where index_id = 'SP500' and bucket_id = 'MAG7' and horizon = '1'
),

sessions as (
    select * from {{ ref("int_sessions") }}
),

-- the total return of a price index is that of another symbol
asset_series as (
    select
        asset_days.session_date,
        asset_days.asset_id as series_id,
        coalesce(event_series.name, instruments.name) as series_name,
        coalesce(event_series.total_return_symbol, asset_days.asset_id) as total_return_symbol,
        asset_days.close,
        100 * exp(totals.log_total_return_index) as total_return_index
    from asset_days
    left join event_series on asset_days.asset_id = event_series.series_id
    left join instruments on asset_days.asset_id = instruments.symbol
    left join asset_days as totals
        on coalesce(event_series.total_return_symbol, asset_days.asset_id) = totals.asset_id
        and asset_days.session_number = totals.session_number
),

mega_cap_series as (
    select
        session_date,
        case weighting when 'ew_q' then 'MAG7_EW_Q' else 'MAG7_CW' end as series_id,
        case weighting
            when 'ew_q' then 'Seven mega-caps, equal weight each quarter'
            else 'Seven mega-caps, weights of the S&P 500'
        end as series_name,
        level as total_return_index
    from mega_caps
    where level is not null
),

-- 100 at the close before the first session with weights
remainder_levels as (
    select
        index_without_mega_caps.session_date,
        sessions.session_number,
        index_without_mega_caps.ex_bucket_return_pct,
        sum(ln(1 + index_without_mega_caps.ex_bucket_return_pct / 100)) over (
            order by sessions.session_number rows unbounded preceding
        ) as log_level
    from index_without_mega_caps
    inner join sessions on index_without_mega_caps.session_date = sessions.session_date
),

remainder_series as (
    select
        session_date,
        100 * exp(log_level) as total_return_index
    from remainder_levels
    where ex_bucket_return_pct is not null
    union all
    select
        sessions.session_date,
        100e0 as total_return_index
    from sessions
    inner join (select min(session_number) as first_number from remainder_levels) as starts
        on sessions.session_number = starts.first_number - 1
),

series_days as (
    select
        session_date,
        series_id,
        series_name,
        total_return_symbol,
        close,
        total_return_index
    from asset_series
    union all
    select
        session_date,
        series_id,
        series_name,
        series_id as total_return_symbol,
        null as close,
        total_return_index
    from mega_cap_series
    union all
    select
        session_date,
        'SPX_EX_MAG7' as series_id,
        'S&P 500 without the seven mega-caps' as series_name,
        'SPX_EX_MAG7' as total_return_symbol,
        null as close,
        total_return_index
    from remainder_series
)

select
    session_date::date as session_date,
    series_id::string as series_id,
    coalesce(
        series_name, case series_id when 'CYCLICALS' then 'Cyclical sectors' when 'DEFENSIVES' then 'Defensive sectors' end,
        series_id
    )::string as series_name,
    close::double as close,
    total_return_index::double as total_return_index,
    total_return_symbol::string as total_return_symbol
from series_days
order by series_id, session_date
