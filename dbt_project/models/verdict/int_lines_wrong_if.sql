-- What would prove the verdict wrong. One sentence a session.
{% set facts = ["reference_close", "reference_date", "mega_cap_from_high_pct", "pct_above_sma50"] -%}
with facts_in_text as (
    select
        *
        {{- fact_texts(facts) }}
    from {{ ref("int_verdict_readings") }}
)

select
    session_date,
    1 as position,
    case
        when spx_close is null or reference_close is null
            then 'No level is named: a close to compare the index with is not on file'
        when spx_close < reference_close
            then 'Wrong if the S&P 500 closes above ' || reference_close_text || ' (its close of ' || reference_date_text || ')'
                -- mention a new high only when the mega-caps lead; a lagging group could never trigger it
                || coalesce(case
                    when mega_cap_state in ('leading', 'leading_slowing')
                        then ' and Mag7/SPY makes a new high of a year ('
                            || case when mega_cap_from_high_pct = 0 then 'it is at one'
                                else 'now ' || mega_cap_from_high_pct_text || ' % from it' end || ')'
                end, '')
        else 'Wrong if the S&P 500 closes below ' || reference_close_text || ' (its close of ' || reference_date_text || ')'
            || coalesce(' and fewer members than the ' || pct_above_sma50_text
                || ' % of today are above their average of fifty sessions', '')
    end || '.' as sentence,
    {{ evidence_of(facts) }} as evidence
from facts_in_text
order by session_date
