-- What did assets do in a month that began in each quadrant? One row a session on which a calendar month closed, quadrant and
-- asset: how many such months had closed by then, and the median of the asset's total return over them. A month begins in the
-- quadrant of the last session before it, whose close its return is measured from.
with regimes as (
    select * from {{ ref("regime_daily") }}
),

sessions as (
    select * from {{ ref("int_sessions") }}
),

calendar as (
    select * from {{ ref("stg_sessions") }}
),

asset_days as (
    select * from {{ ref("int_asset_days") }}
),

-- the calendar knows the next session, and so that a month has closed, before it comes
month_ends as (
    select
        sessions.session_number,
        sessions.session_date,
        regimes.quadrant,
        lag(sessions.session_number) over (order by sessions.session_number) as start_number,
        lag(regimes.quadrant) over (order by sessions.session_number) as start_quadrant
    from sessions
    inner join calendar on sessions.session_number + 1 = calendar.session_number
    left join regimes on sessions.session_date = regimes.session_date
    where date_trunc('month', sessions.session_date) <> date_trunc('month', calendar.session_date)
),

quadrants as (
    {% for quadrant in ["goldilocks", "reflation", "stagflation", "deflation"] -%}
        select '{{ quadrant }}' as quadrant
        {%- if not loop.last %}
    union all
        {% endif -%}
    {%- endfor %}
),

assets as (
    {% for asset in regime_assets() -%}
        select '{{ asset }}' as asset
        {%- if not loop.last %}
    union all
        {% endif -%}
    {%- endfor %}
),

asset_months as (
    select
        month_ends.session_number,
        month_ends.session_date,
        quadrants.quadrant,
        assets.asset,
        case
            when month_ends.start_quadrant = quadrants.quadrant
                then 100 * (exp(ends.log_total_return_index - starts.log_total_return_index) - 1)
        end as return_pct
    from month_ends
    cross join quadrants
    cross join assets
    left join asset_days as starts
        on assets.asset = starts.asset_id
        and month_ends.start_number = starts.session_number
    left join asset_days as ends
        on assets.asset = ends.asset_id
        and month_ends.session_number = ends.session_number
    where month_ends.session_number >= (select min(session_number) from month_ends where start_quadrant is not null)
)

select
    ---------- keys
    session_date::date as session_date,
    '{{ main_universe() }}'::string as universe_id,
    quadrant::string as quadrant,
    asset::string as asset,

    ---------- months so far
    (count(return_pct) over so_far)::integer as n,
    ({{ quantile_over("return_pct", 0.5, "so_far") }})::double as median
from asset_months
window so_far as (partition by quadrant, asset order by session_number rows unbounded preceding)
order by session_date, quadrant, asset
