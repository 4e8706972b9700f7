-- How often a target came true on any day and on days with such a VIX, as known on each session, and whether it came true then;
-- one row a session with a VIX, horizon and target. Days count from the first VIX on, once their horizon has closed.
{% set targets = odds_targets() -%}
with sessions as (
    select * from {{ ref("int_sessions") }}
),

volatility as (
    select * from {{ ref("volatility_daily") }}
),

outcomes as (
    select * from {{ ref("int_study_outcomes") }}
    where horizon in ({{ odds_horizons() | join(", ") }})
),

-- the bounds between the tenths of all closes of the VIX up to the session
vix_days as (
    select
        sessions.session_number,
        sessions.session_date,
        volatility.vix,
        max(volatility.vix) over so_far as highest
        {%- for tenth in range(1, 10) %},
        {{ discrete_quantile_over("volatility.vix", tenth / 10, "so_far") }} as bound_{{ tenth }}
        {%- endfor %}
    from sessions
    inner join volatility on sessions.session_date = volatility.session_date
    where volatility.vix is not null
    window so_far as (order by sessions.session_number rows unbounded preceding)
),

vix_tenths as {{ materialized() }} (
    select
        session_number,
        session_date,
        vix,
        1 {% for tenth in range(1, 10) %} + (vix > bound_{{ tenth }})::integer{% endfor %} as vix_tenth,
        case
            {%- for tenth in range(9, 0, -1) %}
            when vix > bound_{{ tenth }} then bound_{{ tenth }}
            {%- endfor %}
            else 0
        end as above,
        case
            {%- for tenth in range(1, 10) %}
            when vix <= bound_{{ tenth }} then bound_{{ tenth }}
            {%- endfor %}
            else highest
        end as up_to
    from vix_days
),

-- days whose horizon has closed, dated by the session that closed it
closed_days as {{ materialized() }} (
    select
        outcomes.horizon,
        outcomes.session_number,
        outcomes.session_number + outcomes.horizon as closed_number,
        vix_tenths.vix
        {%- for target, test in targets.items() %},
        (outcomes.{{ test }})::integer as {{ target }}
        {%- endfor %}
    from outcomes
    inner join vix_tenths on outcomes.session_number = vix_tenths.session_number
    where outcomes.forward_return_pct is not null and outcomes.has_vix_jump is not null
),

any_day as (
    select
        horizon,
        closed_number,
        count(*) over so_far as base_n
        {%- for target in targets %},
        sum({{ target }}) over so_far as {{ target }}_base_hits
        {%- endfor %}
    from closed_days
    window so_far as (partition by horizon order by session_number rows unbounded preceding)
),

-- the bounds move with every session, so that the days between them are counted again for each
same_tenth as (
    select
        vix_tenths.session_number,
        closed_days.horizon,
        count(*) as tenth_n
        {%- for target in targets %},
        sum(closed_days.{{ target }}) as {{ target }}_tenth_hits
        {%- endfor %}
    from vix_tenths
    inner join closed_days
        on closed_days.vix > vix_tenths.above
        and closed_days.vix <= vix_tenths.up_to
        and closed_days.closed_number <= vix_tenths.session_number
    group by vix_tenths.session_number, closed_days.horizon
),

session_counts as (
    select
        vix_tenths.session_number,
        vix_tenths.session_date,
        vix_tenths.vix,
        vix_tenths.vix_tenth,
        any_day.* {{ exclude() }} (closed_number),
        coalesce(same_tenth.tenth_n, 0) as tenth_n
        {%- for target in targets %},
        coalesce(same_tenth.{{ target }}_tenth_hits, 0) as {{ target }}_tenth_hits,
        closed_days.{{ target }} as {{ target }}_came_true
        {%- endfor %}
    from vix_tenths
    cross join (
        values {% for horizon in odds_horizons() %}({{ horizon }}){% if not loop.last %}, {% endif %}{% endfor %}
    ) as horizons (listed_horizon)
    {{ asof_left_join(
        "any_day", "any_day", [("horizons.listed_horizon", "any_day.horizon")],
        "vix_tenths.session_number", "any_day.closed_number"
    ) }}
    left join same_tenth
        on vix_tenths.session_number = same_tenth.session_number
        and horizons.listed_horizon = same_tenth.horizon
    left join closed_days
        on vix_tenths.session_number = closed_days.session_number
        and horizons.listed_horizon = closed_days.horizon
    where any_day.base_n is not null
),

target_counts as (
    {%- for target in targets %}
    select
        session_number,
        session_date,
        horizon,
        '{{ target }}' as target,
        vix,
        vix_tenth,
        tenth_n,
        {{ target }}_tenth_hits as tenth_hits,
        base_n,
        {{ target }}_base_hits as base_hits,
        {{ target }}_came_true as came_true
    from session_counts
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
)

select
    session_number,
    session_date,
    horizon::integer as horizon,
    target::string as target,
    vix,
    vix_tenth::integer as vix_tenth,
    tenth_n::integer as tenth_n,
    tenth_hits::integer as tenth_hits,
    base_n::integer as base_n,
    base_hits::integer as base_hits,
    base_hits / base_n::double as base_share,
    (tenth_hits + {{ threshold("odds_tenth_prior") }} * base_hits / base_n::double) / (tenth_n + {{ threshold("odds_tenth_prior") }})
        as base_share_vix,
    came_true::double as came_true
from target_counts
order by target, horizon, session_number
