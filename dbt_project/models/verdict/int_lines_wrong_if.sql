-- What would prove the call of the day wrong, and its track record as known that night. Two sentences a session.
{% set record_facts = ["call_times_known", "call_hits_known", "call_vix_known"] -%}
with calls as (
    select * from {{ ref("int_calls") }}
),

rules as (
    select * from {{ ref("stg_calls") }}
),

records as (
    select * from {{ ref("int_call_records") }}
),

facts_in_text as (
    select
        calls.*,
        rules.level_words,
        rules.state_words,
        records.call_times_known,
        records.call_hits_known,
        records.call_vix_known,
        {{ target_in_words("calls.target", "calls.horizon") }} as target_words,
        {{ within_in_words("calls.horizon") }} as within_words,
        {{ spoken_number("calls.wrong_level", 2) }} as wrong_level_text
        {{- fact_texts(record_facts) }}
    from calls
    inner join rules on calls.call_id = rules.call_id
    inner join records on calls.session_date = records.session_date
),

sentences as (
    select
        session_date,
        1 as position,
        case
            when wrong_level_id is not null
                then 'Wrong if ' || within_words || ' ' || replace(level_words, '{level}', wrong_level_text)
            when wrong_state_id is not null then 'Wrong if ' || within_words || ' ' || state_words
            else 'No level within a month''s reach would prove this call wrong'
        end || '.' as sentence,
        {{ rows_as_json([{
            "id": "'wrong_level'", "text": "wrong_level_text", "value": rounded("wrong_level", 6), "factor": 1,
            "mart": "'levels_next'", "column_name": "'level'",
            "filter": "'universe_id=" ~ main_universe() ~ "; level_id=' || wrong_level_id", "session": "session_date::string",
        }]) }} as evidence
    from facts_in_text
    union all
    select
        session_date,
        2 as position,
        case
            when call_times_known = 0 then 'No earlier session with this call has its horizon behind it'
            else case argues_for when 'less' then 'No ' else 'A ' end || target_words || ' followed ' || call_hits_known_text
                || ' of ' || call_times_known_text || ' earlier sessions with this call, where the VIX alone said '
                || call_vix_known_text || ' %'
        end || '.' as sentence,
        {{ evidence_of(record_facts) }} as evidence
    from facts_in_text
)

select * from sentences
order by session_date, position
