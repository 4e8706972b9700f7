-- The call: the argument of the day and whether the odds bear it, the readings that it joins, and the odds of what it argues for.
-- At most three sentences a session, the first always.
{% set ground_facts = [
    "valid", "pct_above_sma50", "participation_extreme_date", "narrowness_extreme_date", "cor1m", "vix", "vix_vix3m",
    "capitulation_age", "bond_move",
] -%}
{% set odds_facts = ["call_base_share_vix", "call_base_share"] -%}
with calls as (
    select * from {{ ref("int_calls") }}
),

rules as (
    select * from {{ ref("stg_calls") }}
),

readings as (
    select * from {{ ref("int_verdict_readings") }}
),

vix_odds as (
    select * from {{ ref("vix_odds_daily") }}
),

known_facts as (
    select
        readings.*,
        rules.sentence as argument,
        rules.grounds,
        calls.argues_for,
        calls.target as call_target,
        calls.horizon as call_horizon,
        vix_odds.finding as odds_finding,
        vix_odds.base_share_vix as call_base_share_vix,
        vix_odds.base_share as call_base_share,
        coalesce(vix_odds.skill_known_low, 0) > 0 as has_skill
    from calls
    inner join rules on calls.call_id = rules.call_id
    inner join readings on calls.session_date = readings.session_date
    left join vix_odds
        on calls.session_date = vix_odds.session_date
        and calls.target = vix_odds.target
        and calls.horizon = vix_odds.horizon
),

facts_in_text as (
    select
        *
        {{- fact_texts(ground_facts + odds_facts) }}
    from known_facts
),

facts_in_words as (
    select
        *,
        {{ target_in_words("call_target", "call_horizon") }} as target_words,
        nullif(concat_ws(
            ', '
            {%- for place in [1, 2, 3] %},
            {{ ground_in_words("split_part(grounds, '|', " ~ place ~ ")") }}
            {%- endfor %}
        ), '') as grounds_in_words
    from facts_in_text
),

sentences as (
    select
        session_date,
        1 as position,
        argument || case
            when argues_for = 'usual' then
                case when odds_finding = 'higher' then '; only the level of the VIX does' else '' end
                || case when missing <> '' then '; not every input is known' else '' end
            when odds_finding is null then '; the odds are not known'
            when odds_finding = case argues_for when 'more' then 'higher' else 'lower' end then '; the odds bear it out'
            else '; the odds do not show it'
        end || '.' as sentence,
        '[]' as evidence
    from facts_in_words
    union all
    select
        session_date,
        2 as position,
        {{ capitalised("grounds_in_words") }} || '.' as sentence,
        {{ evidence_of(ground_facts, said_in="grounds_in_words") }} as evidence
    from facts_in_words
    union all
    select
        session_date,
        3 as position,
        -- a share that rounds to 0 or 100 % is left out: it would read as if the outcome were impossible or certain
        case
            when least(call_base_share_vix, call_base_share) >= 0.005e0 and greatest(call_base_share_vix, call_base_share) < 0.995e0
                then 'A ' || target_words || ': ' || call_base_share_vix_text || ' % with such a VIX, on any day '
                    || call_base_share_text || ' %' || case when has_skill then '' else ' (no skill shown)' end || '.'
        end as sentence,
        {{ evidence_of(odds_facts) }} as evidence
    from facts_in_words
)

select * from sentences
where sentence is not null
order by session_date, position
