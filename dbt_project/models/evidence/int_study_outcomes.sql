-- What followed each session at each horizon: return of the S&P 500 (price, which reaches further back than its dividends;
-- they are the same few points on every day and leave no trace in a difference), its deepest fall from a high on the way,
-- and whether the VIX closed higher by a jump. NULL until the session that closes the horizon is final.
with sessions as (
    select * from {{ ref("int_sessions") }}
),

calendar as (
    select * from {{ ref("stg_sessions") }}
),

index_days as (
    select * from {{ ref("index_daily") }} where index_id = 'SP500'
),

volatility as (
    select * from {{ ref("volatility_daily") }}
),

levels as (
    select
        sessions.session_number,
        sessions.session_date,
        sessions.is_final,
        index_days.price_index,
        volatility.vix
    from sessions
    inner join index_days on sessions.session_date = index_days.session_date
    left join volatility on sessions.session_date = volatility.session_date
    where index_days.price_index is not null
),

paths as (
    select
        starts.session_number as start_number,
        starts.price_index as start_price,
        starts.vix as start_vix,
        levels.session_number,
        levels.price_index,
        levels.vix,
        levels.price_index / max(levels.price_index) over (
            partition by starts.session_number order by levels.session_number rows unbounded preceding
        ) - 1 as drawdown
    from levels as starts
    inner join levels
        on levels.session_number between starts.session_number and starts.session_number + {{ study_horizons() | max }}
),

measured as (
    {%- for horizon in study_horizons() %}
    select
        start_number as session_number,
        {{ horizon }} as horizon,
        any_value(start_price) as start_price,
        any_value(start_vix) as start_vix,
        max(price_index) filter (where session_number = start_number + {{ horizon }}) as end_price,
        min(drawdown) as max_drawdown,
        max(vix) filter (where session_number > start_number) as highest_vix
    from paths
    where session_number <= start_number + {{ horizon }}
    group by start_number
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
)

select
    measured.session_number,
    sessions.session_date,
    measured.horizon,
    measured.start_price,
    calendar.session_date as closes_on,
    coalesce(ends.is_final, false) as is_closed,
    case when ends.is_final then 100 * (measured.end_price / nullif(measured.start_price, 0) - 1) end
        as forward_return_pct,
    case when ends.is_final and measured.end_price is not null then 100 * measured.max_drawdown end
        as forward_max_drawdown_pct,
    case when ends.is_final and measured.end_price is not null
        then 100 * measured.max_drawdown < -{{ threshold("study_drawdown_pct") }} - 1e-9
    end as has_drawdown,
    case when ends.is_final
        then {{ at_least("100 * (measured.highest_vix / nullif(measured.start_vix, 0) - 1)", threshold("study_vix_jump_pct")) }}
    end as has_vix_jump
from measured
inner join sessions on measured.session_number = sessions.session_number
left join calendar on measured.session_number + measured.horizon = calendar.session_number
left join sessions as ends on measured.session_number + measured.horizon = ends.session_number
order by measured.horizon, measured.session_number
