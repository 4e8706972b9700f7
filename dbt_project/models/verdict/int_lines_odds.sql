-- The odds: what the level of the VIX alone says of falls, against any day, then the cases of one state that is on and whether they
-- are shown to add to it. At most two sentences a session; the second is there every session, with the study that it is about.
{% set vix_facts = ["vix", "drawdown_base_share_vix", "drawdown_base_share", "fall_base_share_vix", "fall_base_share"] -%}
{% set study_facts = [
    "study_hits", "study_n_events", "study_share", "study_ci_low", "study_ci_high", "study_share_said", "study_clean_hits",
    "study_clean_n_events", "study_since",
] -%}
{% set falls = {
    "drawdown": "a drawdown of more than 3 % within a month", "fall": "a close more than 3 % lower within a week",
} -%}
with readings as (
    select * from {{ ref("int_verdict_readings") }}
),

vix_odds as (
    select * from {{ ref("vix_odds_daily") }}
),

odds as (
    select * from {{ ref("odds_daily") }}
    where target = 'drawdown_over_3pct' and horizon = 21
),

states as (
    select * from {{ ref("states_daily") }}
),

studies as (
    select * from {{ ref("studies") }}
),

vix_shares as (
    select
        session_date
        {%- for fall, (target, horizon) in {"drawdown": ("drawdown_over_3pct", 21), "fall": ("fall_over_3pct", 5)}.items() %}
        {%- for column in ["base_share_vix", "base_share", "skill_known_low"] %},
        max({{ column }}) filter (where target = '{{ target }}' and horizon = {{ horizon }}) as {{ fall }}_{{ column }}
        {%- endfor %}
        {%- endfor %}
    from vix_odds
    group by session_date
),

-- of the states that are on, those whose cases are shown to add to the VIX come first, then the one that has been on longest
chosen_studies as (
    select
        session_date,
        {{ value_at_min("study_id", "(coalesce(skill_known_low, 0) <= 0, -age_sessions, study_id)") }} as study_id
    from odds
    where track = 'all'
    group by session_date
),

study_odds as (
    select
        odds.session_date,
        odds.study_id,
        studies.name as study_name,
        odds.state_id as study_state_id,
        states.since as study_since,
        odds.hits as study_hits,
        odds.n_events as study_n_events,
        odds.share as study_share,
        odds.ci_low as study_ci_low,
        odds.ci_high as study_ci_high,
        odds.share_said as study_share_said,
        odds.skill_known_low as study_skill_known_low,
        clean_odds.hits as study_clean_hits,
        clean_odds.n_events as study_clean_n_events
    from chosen_studies
    inner join odds
        on chosen_studies.session_date = odds.session_date
        and chosen_studies.study_id = odds.study_id
        and odds.track = 'all'
    inner join odds as clean_odds
        on odds.session_date = clean_odds.session_date
        and odds.study_id = clean_odds.study_id
        and clean_odds.track = 'clean'
    inner join studies on odds.study_id = studies.study_id
    inner join states on odds.session_date = states.session_date and odds.state_id = states.state_id
),

known_facts as (
    select
        readings.session_date,
        readings.vix,
        vix_shares.* {{ exclude() }} (session_date),
        study_odds.* {{ exclude() }} (session_date)
    from readings
    left join vix_shares on readings.session_date = vix_shares.session_date
    left join study_odds on readings.session_date = study_odds.session_date
),

facts_in_text as (
    select
        *
        {{- fact_texts(vix_facts + study_facts) }}
    from known_facts
),

sentences as (
    select
        session_date,
        1 as position,
        'With the VIX at ' || vix_text || ' ' || nullif(concat_ws(
            '; '
            {%- for fall, words in falls.items() %},
            -- a share that rounds to 0 or 100 % is left out: it would read as if falls were impossible or certain
            case
                when least({{ fall }}_base_share_vix, {{ fall }}_base_share) >= 0.005e0
                    and greatest({{ fall }}_base_share_vix, {{ fall }}_base_share) < 0.995e0
                    then '{{ words }} came on ' || {{ fall }}_base_share_vix_text || ' % of days, on any day '
                        || {{ fall }}_base_share_text || ' %'
                        || case when coalesce({{ fall }}_skill_known_low, 0) <= 0 then ' (no skill shown)' else '' end
            end
            {%- endfor %}
        ), '') || '.' as sentence,
        {{ evidence_of(vix_facts) }} as evidence,
        null::string as study_id
    from facts_in_text
    union all
    select
        session_date,
        2 as position,
        case
            when study_id is null then 'No studied state is on.'
            else '"' || study_name || '" '
                || case when study_since = session_date then 'came on this session' else 'has been on since ' || study_since_text end
                || case
                    when study_n_events = 0 then ': no earlier case is a month old'
                    else ': {{ falls.drawdown }} followed ' || study_hits_text || ' of ' || study_n_events_text
                        || ' earlier cases on all days (' || study_share_text || ' %, interval ' || study_ci_low_text || ' to '
                        || study_ci_high_text || ' %'
                        || case when study_clean_n_events < study_n_events then '; survivor-biased' else '' end || ')'
                        || case
                            when study_clean_n_events = study_n_events then ''
                            when study_clean_n_events = 0 then ', no case on clean days'
                            else ', on clean days ' || study_clean_hits_text || ' of ' || study_clean_n_events_text
                        end
                        || case
                            when coalesce(study_skill_known_low, 0) <= 0 then '; that adds nothing shown to what the VIX says'
                            else coalesce('; together with the VIX that makes ' || study_share_said_text || ' %', '')
                        end
                end || '.'
        end as sentence,
        {{ evidence_of(study_facts) }} as evidence,
        study_id
    from facts_in_text
)

select * from sentences
where sentence is not null
order by session_date, position
