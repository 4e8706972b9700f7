-- How fresh and how complete is each series? One row a table and series: its first and last day, when the newest row was known
-- and stored, and its rows compared with the days of its own calendar between first and last.
with sessions as (
    select * from {{ ref("int_sessions") }}
),

securities as (
    select * from {{ ref("stg_securities") }}
),

instruments as (
    select * from {{ ref("stg_instruments") }}
),

prices as (
    select * from {{ ref("stg_price_vintages") }}
),

levels as (
    select * from {{ ref("stg_series_vintages") }}
),

series as (
    select * from {{ ref("series") }}
),

releases as (
    select series_id, obs_date
    from {{ ref("stg_releases") }}
    group by series_id, obs_date
    having not bool_or(is_called_off)
),

reports as (
    select * from {{ ref("stg_positioning_vintages") }}
),

counts as (
    select * from {{ ref("stg_exchange_breadth") }}
),

price_spans as (
    select
        'prices' as table_name,
        coalesce(instruments.symbol, 'all other ' || coalesce(securities.asset_type, 'unnamed')) as series_id,
        prices.security_id,
        min(prices.obs_date) as first_obs_date,
        max(prices.obs_date) as last_obs_date,
        max(prices.known_at) as last_known_at,
        max(prices.ingested_at) as last_ingested_at,
        count(distinct prices.obs_date) filter (where sessions.session_number is not null) as rows_held
    from prices
    inner join securities on prices.security_id = securities.security_id
    left join instruments on securities.symbol = instruments.symbol
    left join sessions on prices.obs_date = sessions.session_date
    group by all
),

price_spans_with_sessions as (
    select
        price_spans.*,
        ends.session_number - starts.session_number + 1 as rows_expected
    from price_spans
    {{ asof_left_join("sessions", "starts", [], "price_spans.first_obs_date", "starts.session_date") }}
    {{ asof_left_join("sessions", "ends", [], "price_spans.last_obs_date", "ends.session_date") }}
),

price_freshness as (
    select
        table_name,
        series_id,
        min(first_obs_date) as first_obs_date,
        max(last_obs_date) as last_obs_date,
        max(last_known_at) as last_known_at,
        max(last_ingested_at) as last_ingested_at,
        sum(rows_held) as rows_held,
        sum(greatest(rows_expected, rows_held)) as rows_expected
    from price_spans_with_sessions
    group by table_name, series_id
),

level_spans as (
    select
        case when series.source = 'cboe' then 'index_levels' else 'macro_observations' end as table_name,
        series.series_id,
        min(levels.obs_date) as first_obs_date,
        max(levels.obs_date) as last_obs_date,
        max(levels.known_at) as last_known_at,
        max(levels.ingested_at) as last_ingested_at,
        count(distinct levels.obs_date) as rows_held
    from levels
    inner join series on levels.series_id = series.series_id
    group by all
),

level_freshness as (
    select
        level_spans.*,
        count(releases.obs_date) as rows_expected
    from level_spans
    left join releases
        on level_spans.series_id = releases.series_id
        and releases.obs_date between level_spans.first_obs_date and level_spans.last_obs_date
    group by all
),

report_freshness as (
    select
        'positioning' as table_name,
        contract_code as series_id,
        min(report_date) as first_obs_date,
        max(report_date) as last_obs_date,
        max(known_at) as last_known_at,
        null::timestamp as last_ingested_at,
        count(distinct report_date) as rows_held,
        {{ whole_quotient(days_between("min(report_date)", "max(report_date)"), 7) }} + 1 as rows_expected
    from reports
    group by contract_code
),

count_spans as (
    select
        'exchange_breadth' as table_name,
        universe_id as series_id,
        min(session_date) as first_obs_date,
        max(session_date) as last_obs_date,
        null::timestamp as last_known_at,
        null::timestamp as last_ingested_at,
        count(declines) as rows_held
    from counts
    group by universe_id
),

count_freshness as (
    select
        count_spans.*,
        count(sessions.session_number) as rows_expected
    from count_spans
    left join sessions on sessions.session_date between count_spans.first_obs_date and count_spans.last_obs_date
    group by all
),

series_freshness as (
    select * from price_freshness
    union all
    select * from level_freshness
    union all
    select * from report_freshness
    union all
    select * from count_freshness
)

-- a series may have days that its calendar lacks (Cboe quotes on holidays, FRED at month ends), which are not an error
select
    * {{ exclude() }} (rows_expected),
    greatest(rows_expected, rows_held) as rows_expected
from series_freshness
