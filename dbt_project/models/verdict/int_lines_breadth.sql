-- Is breadth extreme, on which side, turning or failing? At most three sentences a session.
{% set averages = ["pct_above_sma50", "eligible_sma50", "pct_above_sma200", "eligible_sma200"] -%}
{% set scores = {
    "participation": ("few names take part", "nearly all names take part"),
    "narrowness": ("the advance is unusually broad", "few names carry the index"),
} -%}
with facts_in_text as (
    select
        *
        {{- fact_texts(
            averages + ["participation_score", "participation_extreme_date", "narrowness_score", "narrowness_extreme_date"]
        ) }}
    from {{ ref("int_verdict_readings") }}
),

sentences as (
    {%- for score, meanings in scores.items() %}
    select
        session_date,
        {{ loop.index }} as position,
        {{ reading_in_words(score, meanings[0], meanings[1]) }} as sentence,
        {{ evidence_of([score ~ "_score", score ~ "_extreme_date"]) }} as evidence
    from facts_in_text
    union all
    {%- endfor %}
    select
        session_date,
        3 as position,
        pct_above_sma50_text || ' % of ' || eligible_sma50_text || ' ' || {{ members_in_words() }} || ' are above their average of fifty sessions, '
            || pct_above_sma200_text || ' % of ' || eligible_sma200_text || ' above that of two hundred.' as sentence,
        {{ evidence_of(averages) }} as evidence
    from facts_in_text
)

select * from sentences
where sentence is not null
order by session_date, position
