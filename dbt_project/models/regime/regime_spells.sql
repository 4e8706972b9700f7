-- What did each asset return in each quadrant? One row a spell: consecutive sessions in one quadrant. Returns run from the
-- close of the first session, when the quadrant becomes known, to the close of the session that ended it. A spell that still
-- runs has no end and is measured to the last session; a closed spell does not change any more after closed_on.
{% set assets = regime_assets() -%}
with regimes as (
    select * from {{ ref("regime_daily") }}
),

sessions as (
    select * from {{ ref("int_sessions") }}
),

asset_days as (
    select * from {{ ref("int_asset_days") }}
),

quadrant_days as (
    select
        sessions.session_number,
        sessions.session_date,
        regimes.quadrant,
        -- within a spell both numbers rise by one a session, so that their difference is constant
        sessions.session_number - row_number() over (partition by regimes.quadrant order by sessions.session_number)
            as spell_number
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
    from quadrant_days
    group by quadrant, spell_number
),

-- that a spell has ended is known only in the session after its last
spell_ends as (
    select
        spells.*,
        closings.session_date as closed_on,
        coalesce(closings.session_number, spells.last_number) as measured_number
    from spells
    left join sessions as closings on spells.last_number + 1 = closings.session_number
),

spell_returns as (
    select
        spell_ends.first_number
        {%- for asset in assets %},
        100 * (exp(
            max(asset_days.log_total_return_index) filter (
                where asset_days.asset_id = '{{ asset }}' and asset_days.session_number = spell_ends.measured_number
            ) - max(asset_days.log_total_return_index) filter (
                where asset_days.asset_id = '{{ asset }}' and asset_days.session_number = spell_ends.first_number
            )
        ) - 1) as {{ asset | lower }}_return_pct
        {%- endfor %}
    from spell_ends
    inner join asset_days
        on asset_days.session_number = spell_ends.first_number
        or asset_days.session_number = spell_ends.measured_number
    group by spell_ends.first_number
)

select
    ---------- spell
    spell_ends.start_date::date as start_date,
    case when spell_ends.closed_on is not null then spell_ends.last_date end::date as end_date,
    spell_ends.closed_on::date as closed_on,
    spell_ends.quadrant::string as quadrant,
    spell_ends.sessions::integer as sessions,
    (spell_ends.closed_on is null)::boolean as is_open,

    ---------- total returns
    {% for asset in assets -%}
    spell_returns.{{ asset | lower }}_return_pct::double as {{ asset | lower }}_return_pct
    {%- if not loop.last %},
    {% endif %}
    {%- endfor %}
from spell_ends
left join spell_returns on spell_ends.first_number = spell_returns.first_number
order by spell_ends.start_date
