-- The verdict of the day, a row a sentence: its section, its place there, the sentence, and where every number of it comes from.
-- Each section is a model of its own; who reads the verdict chooses by section.
{% set sections = [
    "call", "day", "selling", "why", "where", "breadth", "risk", "regime", "when", "odds", "changed", "levels", "calendar",
    "wrong_if", "missing",
] -%}
with sentences as (
    {%- for section in sections %}
    select
        session_date,
        '{{ section }}' as section,
        position,
        sentence,
        evidence
    from {{ ref("int_lines_" ~ section) }}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

records as (
    select * from {{ ref("int_call_records") }}
)

select
    ---------- keys
    sentences.session_date::date as session_date,
    '{{ main_universe() }}'::string as universe_id,
    sentences.section::string as section,
    sentences.position::integer as position,

    ---------- the sentence
    sentences.sentence::string as sentence,
    sentences.evidence::string as evidence,

    ---------- the track record of the session's call
    records.call_times_known::integer as call_times_known,
    records.call_hits_known::integer as call_hits_known,
    records.call_vix_known::double as call_vix_known
from sentences
left join records on sentences.session_date = records.session_date
order by session_date, section, position
