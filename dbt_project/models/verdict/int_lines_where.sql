-- Where the index is: against the reference, against small caps, and how the mega-caps carry it. At most three sentences a session.
{% set index_facts = [
    "spx_close", "spx_chg_pct", "reference_date", "reference_close", "small_cap_chg_pct", "bond_index_100",
] -%}
{% set gap_facts = ["gap_pp", "mega_cap_pp"] -%}
{% set mega_cap_facts = ["mega_cap_slope", "mega_cap_slope_chg", "mega_cap_bond_corr"] -%}
with facts_in_text as (
    select
        *
        {{- fact_texts(index_facts + gap_facts + mega_cap_facts) }}
    from {{ ref("int_verdict_readings") }}
),

sentences as (
    select
        session_date,
        1 as position,
        '{{ "The " if main_universe() == "SP500" }}{{ index_name() }} closed at ' || spx_close_text || case
            when event_id is not null
                then ', ' || case spx_chg_pct_text when '0.00' then 'level with' else spx_chg_pct_text || ' % from' end
                    || ' its close of ' || reference_date_text || ' (' || reference_close_text || ')'
                    || coalesce('; the Russell 2000 ' || small_cap_chg_pct_text || ' %', '')
                    || coalesce('; long bonds (TLT with income, 100 on that day) at ' || bond_index_100_text, '')
            else ', against ' || reference_close_text || ' on ' || reference_date_text || ', a month of sessions before'
        end || '.' as sentence,
        {{ evidence_of(index_facts) }} as evidence
    from facts_in_text
    union all
    select
        session_date,
        2 as position,
        'Of the ' || gap_pp_text || ' points of total return between it and the Russell 2000 the seven mega-caps are '
            || mega_cap_pp_text || case
                when mega_cap_share_pct >= 50 then ', more than half.'
                when mega_cap_share_pct between 0 and 50 then ', less than half.'
                else '.'
            end as sentence,
        {{ evidence_of(gap_facts) }} as evidence
    from facts_in_text
    where gap_pp_text <> '0.0'
    union all
    select
        session_date,
        3 as position,
        'The mega-caps against SPY are ' || case
            when mega_cap_state in ('leading', 'leading_slowing') then 'above'
            when mega_cap_state in ('lagging', 'lagging_improving') then 'below'
        end || ' their mean of a quarter and ' || case
            when mega_cap_slope_text = '0.0' then 'flat'
            when mega_cap_slope > 0 then 'rising'
            else 'falling'
        end || ' (trend ' || mega_cap_slope_text || ' bp a day'
            || coalesce(case mega_cap_slope_chg_text
                when '0.0' then ', as five sessions ago'
                else ', ' || mega_cap_slope_chg_text || ' against five sessions ago'
            end, '')
            || ')'
            || coalesce(case
                when has_weak_bond_link
                    then '; the data do not bear out a link of that to bonds (correlation ' || mega_cap_bond_corr_text
                        || ' over a quarter)'
                else '; that moved with bonds at a correlation of ' || mega_cap_bond_corr_text || ' over a quarter'
            end, '') || '.' as sentence,
        {{ evidence_of(mega_cap_facts) }} as evidence
    from facts_in_text
)

select * from sentences
where sentence is not null
order by session_date, position
