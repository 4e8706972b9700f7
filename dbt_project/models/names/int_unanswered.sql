-- Sessions for which a source has not answered yet; one row a session. If the newest load of a table failed, every session that
-- closed after its last good load is unanswered, until the next good load. A session whose bars did not come has no row of its
-- own: the newest session that has bars names it.
with sessions as (
    select * from {{ ref("stg_sessions") }}
),

sessions_with_bars as (
    select * from {{ ref("int_sessions") }}
),

runs as (
    select * from {{ ref("stg_ingestion_runs") }}
    where started_at <= {{ as_of() }}
),

last_answers as (
    select
        table_name,
        {{ value_at_max("source", "batch_id") }} as source,
        {{ value_at_max("status", "batch_id") }} as status,
        {{ value_at_max("window_end", "batch_id") }} as window_end,
        max(started_at) filter (where status = 'ok') as answered_at
    from runs
    group by table_name
),

failed_answers as (
    select
        *,
        replace(table_name, '_', ' ') || ' (' || source || ')' as answer_name
    from last_answers
    where status <> 'ok'
),

newest_sessions as (
    select max(session_date) as session_date
    from sessions_with_bars
),

gaps as (
    select
        sessions.session_date,
        failed_answers.answer_name,
        false as awaits_bars
    from sessions
    inner join failed_answers on sessions.close_at > failed_answers.answered_at
    where sessions.close_at <= {{ as_of() }}
    union all
    select
        newest_sessions.session_date,
        failed_answers.answer_name || ' of ' || failed_answers.window_end::string as answer_name,
        true as awaits_bars
    from newest_sessions
    inner join failed_answers on newest_sessions.session_date < failed_answers.window_end
    where failed_answers.table_name = 'prices'
)

select
    session_date,
    {{ joined_text("answer_name", "answer_name") }} as unanswered,
    bool_or(awaits_bars) as awaits_bars
from gaps
group by session_date
