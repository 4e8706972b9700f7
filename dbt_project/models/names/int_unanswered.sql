-- Sessions whose evening some source did not answer, and none since: a table whose newest load failed has answered for
-- the sessions that were over at its last good load. The next good load heals them all.
with sessions as (
    select * from {{ ref("stg_sessions") }}
),

runs as (
    select * from {{ ref("stg_ingestion_runs") }} where started_at <= {{ as_of() }}
),

answers as (
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
    {{ joined_text("replace(answers.table_name, '_', ' ') || ' (' || answers.source || ')'", "answers.table_name") }}
        as unanswered
from sessions
inner join answers on sessions.close_at > answers.answered_at
where answers.status <> 'ok' and sessions.close_at <= {{ as_of() }}
group by sessions.session_date
