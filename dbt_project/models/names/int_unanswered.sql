-- Sessions for which a source has not answered yet; one row a session. If the newest load of a table failed, every session that
-- closed after its last good load is unanswered, until the next good load.
with sessions as (
    select * from {{ ref("stg_sessions") }}
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
        max(started_at) filter (where status = 'ok') as answered_at
    from runs
    group by table_name
)

select
    sessions.session_date,
    {{ joined_text("replace(last_answers.table_name, '_', ' ') || ' (' || last_answers.source || ')'", "last_answers.table_name") }}
        as unanswered
from sessions
inner join last_answers on sessions.close_at > last_answers.answered_at
where last_answers.status <> 'ok' and sessions.close_at <= {{ as_of() }}
group by sessions.session_date
