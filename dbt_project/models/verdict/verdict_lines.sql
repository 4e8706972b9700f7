-- The verdict of the day, a row a sentence: its section, its place there, the sentence, and where every number of it comes from.
-- Each section is a model of its own; who reads the verdict chooses by section.
{% set sections = [
    "day", "selling", "why", "where", "breadth", "risk", "regime", "when", "odds", "changed", "levels", "calendar", "wrong_if",
    "missing",
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
)

select
    ---------- keys
    session_date::date as session_date,
    'SP500'::varchar as universe_id,
    section::varchar as section,
    position::integer as position,

    ---------- the sentence
    sentence::varchar as sentence,
    evidence::varchar as evidence
from sentences
order by session_date, section, position
