-- What moved with the S&P 500 (rates, credit, the dollar), and where inside equities the move was. A contribution is
-- the beta of the day before times what the driver did; the residual is the rest, the regression's constant included.
-- Contributions of several sessions are sums, so that a block adds up over every horizon.
{% set blocks = {
    "macro": ["rates", "credit", "dollar"],
    "inside": ["mega_cap", "small_cap", "cyclical", "volatility"],
} -%}
with drivers as (
    select * from {{ ref("drivers") }}
),

factors as (
    select * from {{ ref("int_driver_factors") }}
),

fits as (
    select * from {{ ref("int_driver_fits") }}
),

anchors as (
    select * from {{ ref("int_event_anchors") }}
),

joined as (
    select
        factors.session_number,
        factors.session_date,
        10000 * factors.spx_return as spx_return_bp,
        fits.* exclude (session_number),
        factors.rates,
        factors.credit - fits.credit_slope_on_rates * factors.rates as credit,
        factors.dollar,
        factors.mega_cap,
        factors.small_cap,
        factors.cyclical,
        factors.volatility
    from factors
    inner join fits on factors.session_number = fits.session_number
),

multiplied as (
    select
        *
        {%- for block, members in blocks.items() %}
        {%- for driver in members %},
        10000 * beta_{{ driver }} * {{ driver }} as {{ driver }}_bp
        {%- endfor %}
        {%- endfor %}
    from joined
),

lengthened as (
    {% for block, members in blocks.items() -%}
    {% for driver in members -%}
    select
        session_number,
        session_date,
        '{{ driver }}' as driver_id,
        100 * {{ driver }} as factor_return_pct,
        beta_{{ driver }} as beta,
        {{ driver }}_bp as contribution_bp
    from multiplied
    union all
    {% endfor -%}
    select
        session_number,
        session_date,
        '{{ block }}_residual' as driver_id,
        null as factor_return_pct,
        null as beta,
        spx_return_bp{% for driver in members %} - {{ driver }}_bp{% endfor %} as contribution_bp
    from multiplied
    {% if not loop.last -%}
    union all
    {% endif -%}
    {% endfor %}
),

summed as (
    select
        *
        {%- for sessions in [5, 21] %},
        case
            when count(contribution_bp) over (by_driver {{ rows_back(sessions) }}) = {{ sessions }}
                then sum(contribution_bp) over (by_driver {{ rows_back(sessions) }})
        end as contribution_{{ sessions }}_bp
        {%- endfor %}
    from lengthened
    window by_driver as (partition by driver_id order by session_number)
),

scaled as (
    select
        *,
        contribution_5_bp / nullif({{ rolling_std("contribution_5_bp", "year_before", 126) }}, 0)
            as contribution_5_scaled
    from summed
    window year_before as (partition by driver_id order by session_number rows between 252 preceding and 1 preceding)
),

-- the newest event on or before each session
anchored as (
    select
        scaled.*,
        latest.event_id,
        latest.anchor_number
    from scaled
    {{ asof_left_join("anchors", "latest", [], "scaled.session_number", "latest.anchor_number") }}
),

-- from the close of the anchor session on
since_event as (
    select
        *,
        case
            when event_id is null then null
            when session_number = anchor_number then 0
            when count(contribution_bp) over after_anchor = session_number - anchor_number
                then sum(contribution_bp) over after_anchor
        end as contribution_event_bp
    from anchored
    window after_anchor as (
        partition by driver_id, event_id, session_number > anchor_number
        order by session_number rows unbounded preceding
    )
)

select
    ---------- keys
    since_event.session_date::date as session_date,
    since_event.driver_id::varchar as driver_id,

    ---------- driver
    drivers.block::varchar as block,
    drivers.name::varchar as driver_name,
    since_event.factor_return_pct::double as factor_return_pct,
    since_event.beta::double as beta,

    ---------- contributions
    since_event.contribution_bp::double as contribution_bp,
    since_event.contribution_5_bp::double as contribution_5_bp,
    since_event.contribution_21_bp::double as contribution_21_bp,
    since_event.contribution_5_scaled::double as contribution_5_scaled,

    ---------- since the newest event
    since_event.event_id::varchar as event_id,
    since_event.contribution_event_bp::double as contribution_event_bp
from since_event
inner join drivers on since_event.driver_id = drivers.driver_id
order by since_event.session_date, drivers.position
