-- Would volatility and correlation blow out? At most two sentences a session.
{% set vix_facts = ["vix", "vix_old_date", "vix_vix3m"] -%}
{% set correlation_facts = ["cor1m", "cor1m_old_date", "cor1m_chg_5d", "cor1m_high_10", "cor1m_pctl_252"] -%}
with facts_in_text as (
    select
        *
        {{- fact_texts(vix_facts + correlation_facts) }}
    from {{ ref("int_verdict_readings") }}
),

sentences as (
    select
        session_date,
        1 as position,
        'The VIX is ' || vix_text || coalesce(' (of ' || vix_old_date_text || ')', '') || coalesce(', ' || vix_vix3m_text || ' of VIX3M', '')
            || coalesce(case
                when vol_state = 'blowout' then ', in a blow-out'
                when vol_state = 'stressed' then ', stressed'
                when vol_state = 'calm' then ', low for its year'
                when vol_state = 'normal' then ', in the middle of its year'
            end, '')
            || case when vix_rollover and vix < vix_high_10 then ', off its high' else '' end || '.' as sentence,
        {{ evidence_of(vix_facts) }} as evidence
    from facts_in_text
    union all
    select
        session_date,
        2 as position,
        'Implied correlation (COR1M) is ' || cor1m_text || coalesce(' (of ' || cor1m_old_date_text || ')', '')
            || coalesce(case cor1m_chg_5d_text
                when '0.0' then ', as five sessions ago'
                else ', ' || cor1m_chg_5d_text || ' points in five sessions'
            end, '')
            || coalesce(case
                when cor1m >= cor1m_high_10 then ', the highest of ten sessions'
                else ', against ' || cor1m_high_10_text || ' at the highest of ten sessions'
            end, '')
            || coalesce(', ' || {{ place_among("cor1m_pctl_252_text", "the past year") }}, '')
            || coalesce(case implied_corr_state
                when 'floor' then ', at its floor'
                when 'blowout' then ', in a blow-out'
                when 'elevated' then ', elevated'
            end, '') || '.' as sentence,
        {{ evidence_of(correlation_facts) }} as evidence
    from facts_in_text
)

select * from sentences
where sentence is not null
order by session_date, position
