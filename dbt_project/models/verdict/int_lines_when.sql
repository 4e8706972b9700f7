-- When is it over? The stage with its day, the legs with the age of their hits, and positioning. At most three sentences a session.
{% set legs = ["washout", "panic", "volatility", "correlation", "positioning", "exhaustion", "trigger"] -%}
{% set leg_facts = ["washout_age", "panic_age", "volatility_age", "correlation_age", "positioning_age", "exhaustion_age",
    "trigger_age"] -%}
{% set stage_facts = ["stage_day", "stage_since", "capitulation_age"] -%}
{% set position_facts = ["asset_manager_net_pct_oi", "report_date", "asset_manager_pctl_156w", "cta_exposure"] -%}
with facts_in_text as (
    select
        *
        {{- fact_texts(leg_facts + stage_facts + position_facts) }}
    from {{ ref("int_verdict_readings") }}
),

named_legs as (
    select
        *,
        concat_ws(
            ', '
            {%- for leg in legs %},
            case
                when contains(legs_met, '{{ leg }}')
                    then '{{ leg }}' || coalesce(' (' || {{ sessions_ago(leg ~ "_age_text") }} || ')', '')
            end
            {%- endfor %}
        ) as met
    from facts_in_text
),

sentences as (
    select
        session_date,
        1 as position,
        case
            when stage = 'none' then 'No stage of capitulation.'
            else 'Stage: ' || {{ stage_in_words() }} || ' (since ' || stage_since_text || '); ' || {{ positioning_in_words() }} || '.'
        end as sentence,
        {{ evidence_of(stage_facts) }} as evidence
    from named_legs
    union all
    select
        session_date,
        2 as position,
        concat_ws(
            '; ',
            'Legs met: ' || coalesce(nullif(met, ''), 'none'),
            'missing: ' || nullif(legs_missing, ''),
            'not known: ' || nullif(legs_unknown, '')
        ) || '.' as sentence,
        {{ evidence_of(leg_facts) }} as evidence
    from named_legs
    where legs_met is not null
    union all
    select
        session_date,
        3 as position,
        'Asset managers hold ' || asset_manager_net_pct_oi_text || ' % of open interest net (report of ' || report_date_text || ')'
            || coalesce(', ' || {{ place_among("asset_manager_pctl_156w_text", "the past three years") }}, '')
            || coalesce('; the proxy of trend followers holds ' || cta_exposure_text || ' times its capital', '')
            || '.' as sentence,
        {{ evidence_of(position_facts) }} as evidence
    from named_legs
)

select * from sentences
where sentence is not null
order by session_date, position
