-- What is missing of the session, and index weights that are old. At most two sentences a session.
{% set facts = ["weights_age_sessions", "weights_date"] -%}
with facts_in_text as (
    select
        *
        {{- fact_texts(facts) }}
    from {{ ref("int_verdict_readings") }}
),

sentences as (
    select
        session_date,
        1 as position,
        'Missing: ' || missing || '.' as sentence,
        '[]' as evidence
    from facts_in_text
    where missing <> ''
    union all
    select
        session_date,
        2 as position,
        'The newest index weights are of ' || weights_date_text || ', ' || weights_age_sessions_text || ' sessions before.'
            as sentence,
        {{ evidence_of(facts) }} as evidence
    from facts_in_text
    where has_old_weights
)

select * from sentences
where sentence is not null
order by session_date, position
