-- Is there selling, and how broad? At most two sentences a session.
{% set counts = ["declines", "advances", "valid", "up_volume_pct", "neg_breadth_streak"] -%}
with facts_in_text as (
    select
        *
        {{- fact_texts(counts + ["selling_pressure"]) }}
    from {{ ref("int_verdict_readings") }}
),

sentences as (
    select
        session_date,
        1 as position,
        declines_text || ' of ' || valid_text || ' ' || {{ members_in_words() }} || case when valid < {{ fewest_members() }} then ' in' else ' of' end || ' {{ "the " if main_universe() == "SP500" }}{{ index_name() }} fell and ' || advances_text || ' rose'
            || coalesce('; ' || up_volume_pct_text || ' % of their volume was in rising names', '')
            || case when neg_breadth_streak > 1
                then '; declines have led for ' || neg_breadth_streak_text || ' sessions running' else '' end
            || '.' as sentence,
        {{ evidence_of(counts) }} as evidence
    from facts_in_text
    union all
    select
        session_date,
        2 as position,
        'Selling pressure is ' || selling_pressure_text || ' of 100 in its year.' as sentence,
        {{ evidence_of(["selling_pressure"]) }} as evidence
    from facts_in_text
)

select * from sentences
where sentence is not null
order by session_date, position
