-- What such a state led to before, a month on: of the studies of current states the one with the fewest events that are still
-- enough, without one that with the most. One sentence a session.
{% set facts = verdict_odds_facts() | map(attribute="id") | list -%}
with readings as (
    select * from {{ ref("int_verdict_readings") }}
),

odds as (
    select * from {{ ref("odds_daily") }}
    where horizon = 21
),

studies as (
    select * from {{ ref("studies") }}
),

chosen_studies as (
    select
        session_date,
        {{ value_at_min(
            "study_id",
            "(n_events < " ~ threshold("study_least_events") ~ ", case when n_events < "
            ~ threshold("study_least_events") ~ " then -n_events else n_events end, study_id)"
        ) }} as study_id
    from odds
    where target = 'down' and track = 'all'
    group by session_date
),

study_odds as (
    select
        chosen_studies.session_date,
        chosen_studies.study_id,
        studies.name as study_name,
        {% for target in ["down", "vix_up_30pct"] -%}
            {% for column in ["hits", "n_events", "share", "ci_low", "ci_high", "base_share", "finding"] -%}
                max(odds.{{ column }}) filter (where odds.target = '{{ target }}' and odds.track = 'all')
                    as {{ target }}_{{ column }},
            {% endfor -%}
        {% endfor -%}
        max(odds.hits) filter (where odds.target = 'down' and odds.track = 'clean') as clean_down_hits,
        max(odds.n_events) filter (where odds.target = 'down' and odds.track = 'clean') as clean_down_n_events
    from chosen_studies
    inner join odds on chosen_studies.session_date = odds.session_date and chosen_studies.study_id = odds.study_id
    inner join studies on chosen_studies.study_id = studies.study_id
    group by chosen_studies.session_date, chosen_studies.study_id, studies.name
),

facts_in_text as (
    select
        readings.session_date,
        study_odds.* exclude (session_date)
        {{- fact_texts(facts) }}
    from readings
    left join study_odds on readings.session_date = study_odds.session_date
)

select
    session_date,
    1 as position,
    case
        when study_id is null then 'No studied state is on or was within two weeks: no odds are given.'
        when coalesce(down_n_events, 0) = 0
            then 'After "' || study_name || '" no horizon of a month has closed yet: INSUFFICIENT.'
        else 'A month after "' || study_name || '" the S&P 500 was lower in ' || down_hits_text || ' of '
            || down_n_events_text || ' cases (' || down_share_text || ' %, interval ' || down_ci_low_text || ' to '
            || down_ci_high_text || ' %) against ' || down_base_share_text || ' % of all days'
            || case when clean_down_n_events < down_n_events then ' (survivor-biased): ' else ': ' end
            || case down_finding
                when 'insufficient' then 'INSUFFICIENT, too few cases'
                when 'not_distinguishable' then 'not distinguishable'
                else down_finding
            end
            || coalesce('; the VIX had closed at least 30 % higher in ' || vix_up_30pct_hits_text || ' of ' || vix_up_30pct_n_events_text
                || ' (' || vix_up_30pct_share_text || ' %, interval ' || vix_up_30pct_ci_low_text || ' to '
                || vix_up_30pct_ci_high_text || ' %) against ' || vix_up_30pct_base_share_text || ' %: '
                || case vix_up_30pct_finding
                    when 'insufficient' then 'INSUFFICIENT'
                    when 'not_distinguishable' then 'not distinguishable'
                    else vix_up_30pct_finding
                end, '')
            || case
                when clean_down_n_events = 0 then '; no case on clean days'
                when clean_down_n_events < down_n_events
                    then '; on clean days alone lower in ' || clean_down_hits_text || ' of ' || clean_down_n_events_text
                else ''
            end
            || '.'
    end as sentence,
    {{ evidence_of(facts) }} as evidence,
    study_id
from facts_in_text
order by session_date
