-- Where two sources publish one number, how far they agree: one row a comparison of the seed of which both have values. Each
-- session is compared in the newest vintage of both.
with comparisons as (
    select * from {{ ref("comparisons") }}
),

securities as (
    select * from {{ ref("stg_securities") }}
),

name_days as (
    select * from {{ ref("int_name_days") }}
),

newest_values as (
    select
        series_id,
        obs_date,
        {{ value_at_max("value", "(known_at, batch_id)") }} as value
    from {{ ref("stg_series_vintages") }}
    where series_id in (select series_id from comparisons)
    group by series_id, obs_date
),

compared_sessions as (
    select
        comparisons.*,
        name_days.session_date,
        name_days.close,
        newest_values.value,
        100 * (name_days.close / nullif(newest_values.value, 0) - 1) as difference_pct
    from comparisons
    inner join securities on comparisons.symbol = securities.symbol
    inner join name_days on securities.security_id = name_days.security_id
    inner join newest_values
        on comparisons.series_id = newest_values.series_id
        and name_days.session_date = newest_values.obs_date
    where name_days.close is not null
)

select
    comparison_id,
    name,
    symbol || ' and ' || series_id as series_id,
    case when source = 'cboe' then 'index_levels' else 'macro_observations' end as table_name,
    min(session_date) as first_obs_date,
    max(session_date) as last_obs_date,
    count(*) as sessions_compared,
    count(*) filter (where abs(difference_pct) > {{ threshold("source_difference_pct") }}) as sessions_differing,
    {{ value_at_max("difference_pct", "(abs(difference_pct), session_date)") }} as largest_difference_pct,
    {{ value_at_max("session_date", "(abs(difference_pct), session_date)") }} as largest_difference_date,
    {{ value_at_max("close", "(abs(difference_pct), session_date)") }} as close_on_that_day,
    {{ value_at_max("value", "(abs(difference_pct), session_date)") }} as value_on_that_day
from compared_sessions
group by comparison_id, name, symbol, series_id, source
