-- The level of each input of the regime's impulses, signed so that up means more growth, more inflation or more liquidity; one
-- row an input and session from the input's first level. Inputs are log ratios of total-return indices as traded, and
-- published series as known at the cutoff.
{# {input: (impulse, numerator, denominator)} -#}
{% set ratios = {
    "cyclical": ("growth", "CYCLICALS", "DEFENSIVES"),
    "small_cap": ("growth", "IWM", "SPY"),
    "credit": ("growth", "HYG", "IEF"),
    "linkers": ("inflation", "TIP", "IEF"),
} -%}
{# {input: (impulse, series, expression of its value)} -#}
{% set levels = {
    "claims": ("growth", "ICSA", "-ln(value)"),
    "breakeven": ("inflation", "T10YIE", "value"),
    "real_yield": ("liquidity", "DFII10", "-value"),
    "short_yield": ("liquidity", "DGS2", "-value"),
    "dollar": ("liquidity", "DTWEXBGS", "-ln(value)"),
    "spread": ("liquidity", "BAMLH0A0HYM2", "-value"),
} -%}
{# before 2014 overnight reverse repurchases were tests, and FRED lists only a few days of them #}
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

-- in USD mn: assets less the Treasury's account and reverse repurchases, which are quoted in USD bn
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

-- for the newest consumer prices known: the months to compare with, each in the vintage known at the same time
months_to_compare as (
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

price_acceleration as (
    select
        months_to_compare.session_number,
        'inflation' as impulse_id,
        'consumer_prices' as input_id,
        100 * (power(months_to_compare.value / nullif(quarters.value, 0), 4) - months_to_compare.value / nullif(years.value, 0))
            as level
    from months_to_compare
    {{ asof_left_join("consumer_prices", "quarters", [("months_to_compare.quarter_before", "quarters.obs_date")],
        "months_to_compare.knowledge_at", "quarters.known_at") }}
    {{ asof_left_join("consumer_prices", "years", [("months_to_compare.year_before", "years.obs_date")],
        "months_to_compare.knowledge_at", "years.known_at") }}
),

input_levels as (
    select * from ratio_levels
    union all
    select * from published_levels
    union all
    select * from balance_sheet
    union all
    select * from price_acceleration
),

input_starts as (
    select
        impulse_id,
        input_id,
        min(session_number) as first_number
    from input_levels
    where level is not null
    group by impulse_id, input_id
)

-- every session has a row, so that windows count sessions
select
    input_starts.impulse_id,
    input_starts.input_id,
    sessions.session_number,
    sessions.session_date,
    input_levels.level
from input_starts
inner join sessions on input_starts.first_number <= sessions.session_number
left join input_levels
    on input_starts.input_id = input_levels.input_id
    and sessions.session_number = input_levels.session_number
order by input_starts.input_id, sessions.session_number
