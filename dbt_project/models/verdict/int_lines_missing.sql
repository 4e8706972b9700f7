-- What is missing of the session. One row a session that is incomplete.
select
    session_date,
    1 as position,
    'Missing: ' || missing || '.' as sentence,
    '[]' as evidence
from {{ ref("int_verdict_readings") }}
where missing <> ''
order by session_date
