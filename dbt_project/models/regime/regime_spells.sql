-- Each stretch of sessions in one quadrant, and what the main assets returned from the close of its first session, with
-- which the quadrant is known, to the close of the session that ended it. A spell that still runs has no end and is
-- measured to the last session; every closed spell is final from closed_on on.
{% set assets = ["SPY", "IWM", "RSP", "QQQ", "MAG7", "TLT", "IEF", "HYG", "LQD", "TIP", "GLD", "UUP"] -%}
with regimes as (
    select * from {{ ref("regime_daily") }}
),

sessions as (
    select * from {{ ref("int_sessions") }}
),

asset_days as (
    select * from {{ ref("int_asset_days") }}
),

numbered as (
    select
        sessions.session_number,
        sessions.session_date,
        regimes.quadrant,
        -- stays the same from session to session inside a stretch
        sessions.session_number - row_number() over (partition by regimes.quadrant order by sessions.session_number)
            as stretch
    from regimes
    inner join sessions on regimes.session_date = sessions.session_date
    where regimes.quadrant is not null
),

spells as (
    select
        quadrant,
        min(session_number) as first_number,
        max(session_number) as last_number,
        min(session_date) as start_date,
        max(session_date) as last_date,
        count(*) as sessions
    from numbered
    group by quadrant, stretch
),

-- the session after the last of a spell is the first that knows it has ended
ended as (
    select
        spells.*,
        closings.session_date as closed_on,
        coalesce(closings.session_number, spells.last_number) as measured_number
    from spells
    left join sessions as closings on spells.last_number + 1 = closings.session_number
),

returned as (
    select
        ended.first_number
        {%- for asset in assets %},
        100 * (exp(
            max(asset_days.log_total_return_index) filter (
                where asset_days.asset_id = '{{ asset }}' and asset_days.session_number = ended.measured_number
            ) - max(asset_days.log_total_return_index) filter (
                where asset_days.asset_id = '{{ asset }}' and asset_days.session_number = ended.first_number
            )
        ) - 1) as {{ asset | lower }}_return_pct
        {%- endfor %}
    from ended
    inner join asset_days
        on asset_days.session_number = ended.first_number
        or asset_days.session_number = ended.measured_number
    group by ended.first_number
)

select
    ---------- spell
    ended.start_date::date as start_date,
    case when ended.closed_on is not null then ended.last_date end::date as end_date,
    ended.closed_on::date as closed_on,
    ended.quadrant::varchar as quadrant,
    ended.sessions::integer as sessions,
    (ended.closed_on is null)::boolean as is_open,

    ---------- total returns
    {% for asset in assets -%}
    returned.{{ asset | lower }}_return_pct::double as {{ asset | lower }}_return_pct
    {%- if not loop.last %},
    {% endif %}
    {%- endfor %}
from ended
left join returned on ended.first_number = returned.first_number
order by ended.start_date
