-- The level of each input of the regime's impulses in a session, signed so that up is more growth, more inflation or
-- more liquidity: log ratios of total-return indices as traded, and published series as known at the cutoff.
{% set ratios = {
    "cyclical": ("growth", "CYCLICALS", "DEFENSIVES"),
    "small_cap": ("growth", "IWM", "SPY"),
    "credit": ("growth", "HYG", "IEF"),
    "linkers": ("inflation", "TIP", "IEF"),
} -%}
{% set levels = {
    "claims": ("growth", "ICSA", "-ln(value)"),
    "breakeven": ("inflation", "T10YIE", "value"),
    "real_yield": ("liquidity", "DFII10", "-value"),
    "short_yield": ("liquidity", "DGS2", "-value"),
    "dollar": ("liquidity", "DTWEXBGS", "-ln(value)"),
    "spread": ("liquidity", "BAMLH0A0HYM2", "-value"),
} -%}
{# overnight reverse repurchases were tests before 2014, and FRED lists a few days of them only #}
{% set first_reverse_repo_date = "2014-01-01" -%}
with sessions as (
    select
        *,
        least(cutoff_at, {{ as_of() }}) as knowledge_at
    from {{ ref("int_sessions") }}
),

asset_days as (
    select * from {{ ref("int_asset_days") }}
),

series_days as (
    select * from {{ ref("int_series_days") }}
),

consumer_prices as (
    select
        obs_date,
        known_at,
        {{ value_at_max("value", "batch_id") }} as value
    from {{ ref("stg_series_vintages") }}
    where series_id = 'CPIAUCSL'
    group by obs_date, known_at
),

ratio_levels as (
    {% for input_id, (impulse_id, numerator, denominator) in ratios.items() -%}
    select
        numerators.session_number,
        '{{ impulse_id }}' as impulse_id,
        '{{ input_id }}' as input_id,
        numerators.log_total_return_index - denominators.log_total_return_index as level
    from asset_days as numerators
    inner join asset_days as denominators on numerators.session_number = denominators.session_number
    where numerators.asset_id = '{{ numerator }}'
        and denominators.asset_id = '{{ denominator }}'
    {% if not loop.last -%}
    union all
    {% endif -%}
    {% endfor %}
),

published_levels as (
    {% for input_id, (impulse_id, series_id, expression) in levels.items() -%}
    select
        session_number,
        '{{ impulse_id }}' as impulse_id,
        '{{ input_id }}' as input_id,
        {{ expression }} as level
    from series_days
    where series_id = '{{ series_id }}'
    {% if not loop.last -%}
    union all
    {% endif -%}
    {% endfor %}
),

-- USD mn; reverse repurchases are quoted in USD bn
balance_sheet as (
    select
        assets.session_number,
        'liquidity' as impulse_id,
        'balance_sheet' as input_id,
        assets.value - treasury.value - case
            when assets.session_date < date '{{ first_reverse_repo_date }}' then 0
            else 1000 * repos.value
        end as level
    from series_days as assets
    inner join series_days as treasury
        on assets.session_number = treasury.session_number
        and treasury.series_id = 'WTREGEN'
    left join series_days as repos
        on assets.session_number = repos.session_number
        and repos.series_id = 'RRPONTSYD'
    where assets.series_id = 'WALCL'
),

-- the months that the newest known index is held against, each in the vintage known then
price_months as (
    select
        series_days.session_number,
        sessions.knowledge_at,
        series_days.value,
        (series_days.obs_date - interval 3 month)::date as quarter_before,
        (series_days.obs_date - interval 12 month)::date as year_before
    from series_days
    inner join sessions on series_days.session_number = sessions.session_number
    where series_days.series_id = 'CPIAUCSL'
),

acceleration as (
    select
        price_months.session_number,
        'inflation' as impulse_id,
        'consumer_prices' as input_id,
        100 * (power(price_months.value / nullif(quarters.value, 0), 4) - price_months.value / nullif(years.value, 0))
            as level
    from price_months
    {{ asof_left_join("consumer_prices", "quarters", [("price_months.quarter_before", "quarters.obs_date")],
        "price_months.knowledge_at", "quarters.known_at") }}
    {{ asof_left_join("consumer_prices", "years", [("price_months.year_before", "years.obs_date")],
        "price_months.knowledge_at", "years.known_at") }}
),

combined as (
    select * from ratio_levels
    union all
    select * from published_levels
    union all
    select * from balance_sheet
    union all
    select * from acceleration
),

starts as (
    select
        impulse_id,
        input_id,
        min(session_number) as first_number
    from combined
    where level is not null
    group by impulse_id, input_id
)

-- one row a session from the first level on, so that windows count sessions
select
    starts.impulse_id,
    starts.input_id,
    sessions.session_number,
    sessions.session_date,
    combined.level
from starts
inner join sessions on starts.first_number <= sessions.session_number
left join combined
    on starts.input_id = combined.input_id
    and sessions.session_number = combined.session_number
order by starts.input_id, sessions.session_number
