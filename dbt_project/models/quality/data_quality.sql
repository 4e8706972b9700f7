-- What may be wrong with the numbers? One row a finding: freshness and gaps of each series, coverage by year, restatements,
-- rejected rows with their reason, rows kept but flagged, holes inside the stored range of a name, months that are known by a
-- lag rule because no release calendar has them, the age of index weights, and how far two sources of one number agree. It
-- describes the whole file and is exempt from the truncation law.
with freshness as (
    select * from {{ ref("int_freshness") }}
),

runs as (
    select
        table_name,
        {{ value_at_max("source", "batch_id") }} as source,
        {{ value_at_max("finished_at", "batch_id") }} as finished_at,
        {{ value_at_max("status", "batch_id") }} as status,
        {{ value_at_max("message", "batch_id") }} as message
    from {{ ref("stg_ingestion_runs") }}
    group by table_name
),

breadth as (
    select * from {{ ref("breadth_daily") }}
),

securities as (
    select * from {{ ref("stg_securities") }}
),

sessions as (
    select * from {{ ref("int_sessions") }}
),

name_days as (
    select * from {{ ref("int_name_days") }}
),

price_restatements as (
    select * from {{ ref("stg_price_restatements") }}
),

series_restatements as (
    select * from {{ ref("stg_series_restatements") }}
),

rejected_rows as (
    select * from {{ ref("stg_rejected_rows") }}
),

attributions as (
    select * from {{ ref("index_attribution_daily") }}
),

source_comparisons as (
    select * from {{ ref("int_source_comparisons") }}
),

freshness_findings as (
    select
        'freshness' as check_id,
        freshness.table_name,
        freshness.series_id,
        freshness.first_obs_date,
        freshness.last_obs_date,
        freshness.last_known_at,
        coalesce(freshness.last_ingested_at, runs.finished_at) as last_ingested_at,
        freshness.rows_held,
        freshness.rows_expected,
        freshness.rows_held / nullif(freshness.rows_expected, 0)::double as coverage,
        null::double as value_before,
        null::double as value_after,
        case when runs.status <> 'ok' then runs.status || ': ' || runs.message end as reason
    from freshness
    left join runs on freshness.table_name = runs.table_name
),

coverage_findings as (
    select
        'coverage' as check_id,
        'index_membership' as table_name,
        universe_id || ' ' || year(session_date) as series_id,
        min(session_date) as first_obs_date,
        max(session_date) as last_obs_date,
        null::timestamp as last_known_at,
        null::timestamp as last_ingested_at,
        sum(valid) as rows_held,
        sum(members) as rows_expected,
        avg(coverage) as coverage,
        null::double as value_before,
        null::double as value_after,
        case when min(coverage) < {{ threshold("clean_coverage") }}
            then 'survivor-biased: below ' || {{ fixed(threshold("clean_coverage"), 2) }} || ' on '
            || count(*) filter (where coverage < {{ threshold("clean_coverage") }}) || ' of ' || count(*) || ' sessions' end as reason
    from breadth
    where segment_id = 'ALL'
    group by universe_id, year(session_date)
),

price_restatement_findings as (
    select
        'restatement' as check_id,
        'prices' as table_name,
        securities.symbol as series_id,
        min(price_restatements.obs_date) as first_obs_date,
        max(price_restatements.obs_date) as last_obs_date,
        max(price_restatements.known_at) as last_known_at,
        null::timestamp as last_ingested_at,
        count(*) as rows_held,
        null::bigint as rows_expected,
        null::double as coverage,
        {{ value_at_max("price_restatements.close_before", "price_restatements.obs_date") }} as value_before,
        {{ value_at_max("price_restatements.close_after", "price_restatements.obs_date") }} as value_after,
        'a later vintage changed the close' as reason
    from price_restatements
    inner join securities on price_restatements.security_id = securities.security_id
    group by securities.symbol, price_restatements.batch_id, price_restatements.known_at
),

series_restatement_findings as (
    select
        'restatement' as check_id,
        'series' as table_name,
        series_id,
        obs_date as first_obs_date,
        obs_date as last_obs_date,
        known_at as last_known_at,
        null::timestamp as last_ingested_at,
        1 as rows_held,
        null::bigint as rows_expected,
        null::double as coverage,
        value_before,
        value_after,
        'a later vintage changed the value' as reason
    from series_restatements
),

rejection_findings as (
    select
        'rejected' as check_id,
        table_name,
        coalesce(symbol, origin) as series_id,
        min(obs_date) as first_obs_date,
        max(obs_date) as last_obs_date,
        null::timestamp as last_known_at,
        max(ingested_at) as last_ingested_at,
        count(*) as rows_held,
        null::bigint as rows_expected,
        null::double as coverage,
        null::double as value_before,
        null::double as value_after,
        reason
    from rejected_rows
    group by table_name, coalesce(symbol, origin), reason
),

flag_findings as (
    select
        'flag' as check_id,
        'prices' as table_name,
        securities.symbol as series_id,
        min(name_days.session_date) as first_obs_date,
        max(name_days.session_date) as last_obs_date,
        null::timestamp as last_known_at,
        null::timestamp as last_ingested_at,
        count(*) as rows_held,
        null::bigint as rows_expected,
        null::double as coverage,
        null::double as value_before,
        {{ value_at_max("name_days.price_return", "name_days.session_number") }} as value_after,
        case
            when name_days.is_split_with_dividend then 'split and dividend on one day: the adj_close return is used'
            when name_days.is_extreme_move then 'moved over 40 % without a dividend, kept'
            else 'three unchanged closes without volume: stale, not counted'
        end as reason
    from name_days
    inner join securities on name_days.security_id = securities.security_id
    where name_days.is_split_with_dividend or name_days.is_extreme_move or name_days.is_stale
    group by all
),

-- names with fewer bars than sessions between their first and their last
names_with_holes as (
    select security_id
    from name_days
    group by security_id
    having count(*) < max(session_number) - min(session_number) + 1
),

bar_steps as (
    select
        name_days.security_id,
        name_days.session_number,
        lead(name_days.session_number) over (
            partition by name_days.security_id order by name_days.session_number
        ) as next_session_number
    from name_days
    inner join names_with_holes on name_days.security_id = names_with_holes.security_id
),

hole_findings as (
    select
        'hole' as check_id,
        'prices' as table_name,
        securities.symbol as series_id,
        first_sessions.session_date as first_obs_date,
        last_sessions.session_date as last_obs_date,
        null::timestamp as last_known_at,
        null::timestamp as last_ingested_at,
        0 as rows_held,
        bar_steps.next_session_number - bar_steps.session_number - 1 as rows_expected,
        null::double as coverage,
        null::double as value_before,
        null::double as value_after,
        'no bar between two that are stored: no window over it counts' as reason
    from bar_steps
    inner join securities on bar_steps.security_id = securities.security_id
    inner join sessions as first_sessions on bar_steps.session_number + 1 = first_sessions.session_number
    inner join sessions as last_sessions on bar_steps.next_session_number - 1 = last_sessions.session_number
    where bar_steps.next_session_number > bar_steps.session_number + 1
),

series as (
    select * from {{ ref("series") }}
),

level_vintages as (
    select * from {{ ref("stg_series_vintages") }}
),

lag_rule_findings as (
    select
        'lag_rule' as check_id,
        'macro_observations' as table_name,
        level_vintages.series_id,
        min(level_vintages.obs_date) as first_obs_date,
        max(level_vintages.obs_date) as last_obs_date,
        max(level_vintages.known_at) as last_known_at,
        null::timestamp as last_ingested_at,
        count(distinct level_vintages.obs_date) as rows_held,
        null::bigint as rows_expected,
        null::double as coverage,
        null::double as value_before,
        null::double as value_after,
        'no release calendar has the month: known by a rule that is never early' as reason
    from level_vintages
    inner join series on level_vintages.series_id = series.series_id
    where series.frequency = 'monthly' and level_vintages.vintage_basis = 'lag_rule'
    group by level_vintages.series_id
),

weights_by_session as (
    select distinct
        index_id,
        session_date,
        weights_date,
        weights_age_sessions,
        weights_note
    from attributions
    where horizon = '1'
),

holdings as (
    select
        index_id,
        min(weights_date) as first_weights_date,
        count(distinct weights_date) as dates,
        max(session_date) as last_session
    from weights_by_session
    group by index_id
),

weights_findings as (
    select
        'weights' as check_id,
        'index_weights' as table_name,
        holdings.index_id as series_id,
        holdings.first_weights_date as first_obs_date,
        weights_by_session.weights_date as last_obs_date,
        null::timestamp as last_known_at,
        null::timestamp as last_ingested_at,
        holdings.dates as rows_held,
        null::bigint as rows_expected,
        null::double as coverage,
        null::double as value_before,
        null::double as value_after,
        weights_by_session.weights_note as reason
    from holdings
    inner join weights_by_session
        on holdings.index_id = weights_by_session.index_id
        and holdings.last_session = weights_by_session.session_date
),

comparison_findings as (
    select
        'comparison' as check_id,
        source_comparisons.table_name,
        source_comparisons.series_id,
        source_comparisons.first_obs_date,
        source_comparisons.last_obs_date,
        null::timestamp as last_known_at,
        null::timestamp as last_ingested_at,
        source_comparisons.sessions_compared as rows_held,
        null::bigint as rows_expected,
        null::double as coverage,
        source_comparisons.close_on_that_day as value_before,
        source_comparisons.value_on_that_day as value_after,
        source_comparisons.name || ' of ' || prices_runs.source || ' and of ' || runs.source || ': '
            || source_comparisons.sessions_differing || ' of ' || source_comparisons.sessions_compared
            || ' sessions differ by more than ' || {{ fixed(threshold("source_difference_pct"), 1) }} || ' %' as reason
    from source_comparisons
    left join runs on source_comparisons.table_name = runs.table_name
    left join runs as prices_runs on prices_runs.table_name = 'prices'
),

findings as (
    select * from freshness_findings
    union all
    select * from coverage_findings
    union all
    select * from price_restatement_findings
    union all
    select * from series_restatement_findings
    union all
    select * from rejection_findings
    union all
    select * from flag_findings
    union all
    select * from hole_findings
    union all
    select * from lag_rule_findings
    union all
    select * from weights_findings
    union all
    select * from comparison_findings
)

select
    '{{ var("market") }}' as market,
    runs.source,
    findings.check_id,
    findings.table_name,
    findings.series_id,
    findings.first_obs_date,
    findings.last_obs_date,
    findings.last_known_at,
    findings.last_ingested_at,
    findings.rows_held::bigint as rows_held,
    findings.rows_expected::bigint as rows_expected,
    greatest(findings.rows_expected - findings.rows_held, 0)::bigint as gaps,
    findings.coverage,
    findings.value_before,
    findings.value_after,
    weights_by_session.weights_age_sessions::integer as age_sessions,
    source_comparisons.sessions_differing::bigint as sessions_differing,
    source_comparisons.largest_difference_pct::double as largest_difference_pct,
    source_comparisons.largest_difference_date::date as largest_difference_date,
    findings.reason::string as reason
from findings
left join runs on findings.table_name = runs.table_name
left join holdings on findings.check_id = 'weights' and findings.series_id = holdings.index_id
left join weights_by_session
    on holdings.index_id = weights_by_session.index_id
    and holdings.last_session = weights_by_session.session_date
left join source_comparisons
    on findings.check_id = 'comparison' and findings.series_id = source_comparisons.series_id
order by findings.check_id, findings.table_name, findings.series_id, findings.first_obs_date
