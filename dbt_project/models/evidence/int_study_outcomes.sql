-- What followed each session at each horizon: the return of the S&P 500, its deepest fall from a high on the way, whether it
-- closed far below the session, and whether the VIX jumped; one row a horizon and session. NULL until the session that closes the horizon is final. Returns are price
-- returns, because prices reach further back than dividends; dividends add about the same to every day, so that differences
-- between days do not depend on them.
with sessions as (
    select * from {{ ref("int_sessions") }}
),

calendar as (
    select * from {{ ref("stg_sessions") }}
),

index_days as (
    select * from {{ ref("index_daily") }} where index_id = '{{ main_universe() }}'
),

volatility as (
    select * from {{ ref("volatility_daily") }}
),

index_levels as (
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

-- one row a start and each session of the longest horizon after it
paths as (
    select
        starts.session_number as start_number,
        starts.price_index as start_price,
        starts.vix as start_vix,
        index_levels.session_number,
        index_levels.price_index,
        index_levels.vix,
        index_levels.price_index / max(index_levels.price_index) over (
            partition by starts.session_number order by index_levels.session_number rows unbounded preceding
        ) - 1 as drawdown
    from index_levels as starts
    inner join index_levels
        on index_levels.session_number between starts.session_number and starts.session_number + {{ study_horizons() | max }}
),

horizon_paths as (
    {%- for horizon in study_horizons() %}
    select
        start_number as session_number,
        {{ horizon }} as horizon,
        any_value(start_price) as start_price,
        any_value(start_vix) as start_vix,
        max(price_index) filter (where session_number = start_number + {{ horizon }}) as end_price,
        min(drawdown) as max_drawdown,
        min(price_index) filter (where session_number > start_number) as lowest_price,
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
    horizon_paths.session_number,
    sessions.session_date,
    horizon_paths.horizon,
    horizon_paths.start_price,
    calendar.session_date as closes_on,
    coalesce(ends.is_final, false) as is_closed,
    case when ends.is_final then 100 * (horizon_paths.end_price / nullif(horizon_paths.start_price, 0) - 1) end
        as forward_return_pct,
    case when ends.is_final and horizon_paths.end_price is not null then 100 * horizon_paths.max_drawdown end
        as forward_max_drawdown_pct,
    case when ends.is_final and horizon_paths.end_price is not null
        then 100 * horizon_paths.max_drawdown < -{{ threshold("study_drawdown_pct") }} - 1e-9
    end as has_drawdown,
    case when ends.is_final and horizon_paths.end_price is not null
        then 100 * (horizon_paths.lowest_price / nullif(horizon_paths.start_price, 0) - 1) < -{{ threshold("study_drawdown_pct") }} - 1e-9
    end as has_fall,
    case when ends.is_final
        then {{ at_least("100 * (horizon_paths.highest_vix / nullif(horizon_paths.start_vix, 0) - 1)", threshold("study_vix_jump_pct")) }}
    end as has_vix_jump
from horizon_paths
inner join sessions on horizon_paths.session_number = sessions.session_number
left join calendar on horizon_paths.session_number + horizon_paths.horizon = calendar.session_number
left join sessions as ends on horizon_paths.session_number + horizon_paths.horizon = ends.session_number
order by horizon_paths.horizon, horizon_paths.session_number
