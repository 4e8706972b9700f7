-- Where the regime is: growth and inflation, the curve, and the risk state. One sentence a session.
{% set facts = ["yield_10y", "yield_obs_date"] -%}
{% set quadrants = {
    "goldilocks": "growth up, inflation down", "reflation": "growth and inflation up",
    "stagflation": "growth down, inflation up", "deflation": "growth and inflation down",
} -%}
with facts_in_text as (
    select
        *
        {{- fact_texts(facts) }}
    from {{ ref("int_verdict_readings") }}
)

select
    session_date,
    1 as position,
    'Regime: ' || case quadrant
        {%- for quadrant, meaning in quadrants.items() %}
        when '{{ quadrant }}' then '{{ quadrant }} ({{ meaning }})'
        {%- endfor %}
        else 'no quadrant'
    end
        || coalesce(', curve ' || replace(curve_regime, '_', ' '), '')
        || coalesce(', ten-year yield ' || yield_10y_text || ' % (of ' || yield_obs_date_text || ')', '')
        || coalesce(', risk ' || risk_state, '') || '.' as sentence,
    {{ evidence_of(facts) }} as evidence
from facts_in_text
order by session_date
