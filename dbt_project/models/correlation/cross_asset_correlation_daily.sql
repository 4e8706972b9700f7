-- How closely has each pair of assets moved together lately? One row a pair, window and session. Stocks and bonds are the pair
-- SPY and TLT.
{# {window in sessions: joint returns that it must have} -#}
{% set windows = {21: 17, 63: 51, 252: 202} -%}
{% set by_pair = "partition by asset_a, asset_b order by session_number" -%}
with sessions as (
    select * from {{ ref("int_sessions") }}
),

assets as (
    select * from {{ ref("correlation_assets") }}
),

asset_days as (
    select * from {{ ref("int_asset_days") }}
),

asset_starts as (
    select
        asset_id,
        min(session_number) as first_number
    from asset_days
    where total_return is not null
    group by asset_id
),

pairs as (
    select
        assets_a.asset_id as asset_a,
        assets_b.asset_id as asset_b,
        assets_a.position as position_a,
        assets_b.position as position_b,
        greatest(starts_a.first_number, starts_b.first_number) as first_number
    from assets as assets_a
    inner join assets as assets_b on assets_a.position < assets_b.position
    inner join asset_starts as starts_a on assets_a.asset_id = starts_a.asset_id
    inner join asset_starts as starts_b on assets_b.asset_id = starts_b.asset_id
),

-- every session from the first joint return on has a row, so that windows count sessions
pair_returns as (
    select
        pairs.asset_a,
        pairs.asset_b,
        pairs.position_a,
        pairs.position_b,
        sessions.session_number,
        sessions.session_date,
        days_a.total_return as return_a,
        days_b.total_return as return_b
    from pairs
    inner join sessions on pairs.first_number <= sessions.session_number
    left join asset_days as days_a
        on pairs.asset_a = days_a.asset_id
        and sessions.session_number = days_a.session_number
    left join asset_days as days_b
        on pairs.asset_b = days_b.asset_id
        and sessions.session_number = days_b.session_number
),

pair_correlations as (
    select
        *
        {%- for length, least in windows.items() %},
        {{ rolling_corr("return_a", "return_b", "(" ~ by_pair ~ " " ~ rows_back(length) ~ ")", least) }}
            as correlation_{{ length }}
        {%- endfor %}
    from pair_returns
),

window_correlations as (
    {% for length in windows -%}
    select
        session_date,
        asset_a,
        asset_b,
        position_a,
        position_b,
        {{ length }} as window_sessions,
        correlation_{{ length }} as correlation
    from pair_correlations
    {% if not loop.last -%}
    union all
    {% endif -%}
    {% endfor %}
)

select
    session_date,
    asset_a::string as asset_a,
    asset_b::string as asset_b,
    window_sessions,
    correlation
from window_correlations
order by session_date, position_a, position_b, window_sessions
