-- What is next, as announced by the session: the nearest releases, and the decision of the Fed, the monthly expiry and the
-- rebalance of the index. At most two sentences a session.
{% set releases = 5 -%}
with readings as (
    select * from {{ ref("int_verdict_readings") }}
),

calendar as (
    select * from {{ ref("calendar_ahead") }}
),

dates as (
    select
        session_date,
        calendar_id,
        calendar_name,
        kind = 'release' as is_release,
        position,
        weekday,
        event_date::string as event_date_text,
        row_number() over (partition by session_date, kind = 'release' order by position) as place
    from calendar
    where kind = 'release' or calendar_id in ('fed_decision', 'monthly_expiry', 'index_rebalance')
),

dates_in_words as (
    select
        *,
        calendar_name || ' ' || weekday || ' ' || event_date_text as words,
        {{ rows_as_json([{
            "id": "'next_' || calendar_id", "text": "event_date_text", "value": "null::double", "factor": 1,
            "mart": "'calendar_ahead'", "column_name": "'event_date'", "filter": "'calendar_id=' || calendar_id",
            "session": "session_date::string",
        }]) }} as evidence
    from dates
    where place <= {{ releases }} or not is_release
),

sentences as (
    select
        session_date,
        case when is_release then 1 else 2 end as position,
        case when is_release then 'Releases: ' else 'Dates: ' end || {{ joined_text("words", "position") }} || '.' as sentence,
        {{ joined_json_lists("evidence", "position") }} as evidence
    from dates_in_words
    group by session_date, is_release
)

select
    sentences.session_date,
    sentences.position,
    sentences.sentence,
    sentences.evidence
from sentences
inner join readings on sentences.session_date = readings.session_date
order by sentences.session_date, sentences.position
