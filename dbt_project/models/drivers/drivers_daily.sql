-- What moved with the S&P 500, one row a session and driver: the two kinds of news (block news, int_news_splits), rates and the
-- dollar (block macro), the same move in other markets (block amplifier: credit, volatility), and where inside equities it was
-- (block inside). A contribution to a regression is the beta known the day before times the driver's move; the residual of a
-- block is the rest of the return, the regression's constant included. Contributions over several sessions are sums, so that
-- each block adds up to the return of the index over every horizon.
{% set blocks = {
    "macro": ["rates", "dollar"],
    "amplifier": ["credit", "volatility"],
    "inside": ["mega_cap", "small_cap", "cyclical"],
} -%}
{% set by_driver = "partition by driver_id order by session_number" -%}
with drivers as (
    select * from {{ ref("drivers") }}
),

factors as (
    select * from {{ ref("int_driver_factors") }}
),

fits as (
    select * from {{ ref("int_driver_fits") }}
),

news_splits as (
    select * from {{ ref("int_news_splits") }}
),

anchors as (
    select * from {{ ref("int_event_anchors") }}
    -- an event that was added later is not the newest of any session before
    where known_number = anchor_number
),

driver_moves as (
    select
        factors.session_number,
        factors.session_date,
        10000 * factors.spx_return as spx_return_bp,
        fits.* {{ exclude() }} (session_number),
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

driver_contributions as (
    select
        *
        {%- for block, members in blocks.items() %}
        {%- for driver in members %},
        10000 * beta_{{ driver }} * {{ driver }} as {{ driver }}_bp
        {%- endfor %}
        {%- endfor %}
    from driver_moves
),

contributions as (
    {% for block, members in blocks.items() -%}
    {% for driver in members -%}
    select
        session_number,
        session_date,
        '{{ driver }}' as driver_id,
        100 * {{ driver }} as factor_return_pct,
        beta_{{ driver }} as beta,
        {{ driver }}_bp as contribution_bp
    from driver_contributions
    union all
    {% endfor -%}
    select
        session_number,
        session_date,
        '{{ block }}_residual' as driver_id,
        null as factor_return_pct,
        null as beta,
        spx_return_bp{% for driver in members %} - {{ driver }}_bp{% endfor %} as contribution_bp
    from driver_contributions
    union all
    {% endfor -%}
    {% for news in ["growth", "discount"] -%}
    select
        session_number,
        session_date,
        'news_{{ news }}' as driver_id,
        null as factor_return_pct,
        null as beta,
        {{ news }}_1_bp as contribution_bp
    from news_splits
    {% if not loop.last -%}
    union all
    {% endif -%}
    {% endfor %}
),

contribution_sums as (
    select
        *
        {%- for sessions in [5, 21] %},
        case
            when count(contribution_bp) over ({{ by_driver }} {{ rows_back(sessions) }}) = {{ sessions }}
                then sum(contribution_bp) over ({{ by_driver }} {{ rows_back(sessions) }})
        end as contribution_{{ sessions }}_bp
        {%- endfor %},
        coalesce(sum(contribution_bp) over ({{ by_driver }} rows unbounded preceding), 0) as contribution_cum_bp,
        count(contribution_bp) over ({{ by_driver }} rows unbounded preceding) as contribution_cum_sessions
    from contributions
),

scaled_contributions as (
    select
        *,
        contribution_5_bp / nullif({{ rolling_std("contribution_5_bp", "year_before", 126) }}, 0)
            as contribution_5_scaled
    from contribution_sums
    window year_before as ({{ by_driver }} rows between 252 preceding and 1 preceding)
),

-- the newest event on or before each session
contributions_with_event as (
    select
        scaled_contributions.*,
        latest.event_id,
        latest.anchor_number
    from scaled_contributions
    {{ asof_left_join("anchors", "latest", [], "scaled_contributions.session_number", "latest.anchor_number") }}
),

-- summed from the close of the anchor session on; NULL if a session in between is unknown
contributions_since_event as (
    select
        *,
        case
            when event_id is null then null
            when session_number = anchor_number then 0
            when count(contribution_bp) over after_anchor = session_number - anchor_number
                then sum(contribution_bp) over after_anchor
        end as contribution_event_bp
    from contributions_with_event
    window after_anchor as (
        partition by driver_id, event_id, session_number > anchor_number
        order by session_number rows unbounded preceding
    )
)

select
    ---------- keys
    contributions_since_event.session_date::date as session_date,
    contributions_since_event.driver_id::string as driver_id,

    ---------- driver
    drivers.block::string as block,
    drivers.name::string as driver_name,
    contributions_since_event.factor_return_pct::double as factor_return_pct,
    contributions_since_event.beta::double as beta,

    ---------- contributions
    contributions_since_event.contribution_bp::double as contribution_bp,
    contributions_since_event.contribution_5_bp::double as contribution_5_bp,
    contributions_since_event.contribution_21_bp::double as contribution_21_bp,
    contributions_since_event.contribution_5_scaled::double as contribution_5_scaled,
    contributions_since_event.contribution_cum_bp::double as contribution_cum_bp,
    contributions_since_event.contribution_cum_sessions::integer as contribution_cum_sessions,

    ---------- since the newest event
    contributions_since_event.event_id::string as event_id,
    contributions_since_event.contribution_event_bp::double as contribution_event_bp
from contributions_since_event
inner join drivers on contributions_since_event.driver_id = drivers.driver_id
order by contributions_since_event.session_date, drivers.position
