-- The track record of each session's call as it was known that night: on how many earlier sessions the same call was made whose
-- horizon had closed, how often what it argues for came, and what the VIX alone had said of that. One row a session.
with calls as (
    select * from {{ ref("int_calls") }}
),

outcomes as (
    select * from {{ ref("int_call_outcomes") }}
    where came_as_argued is not null
),

records as (
    select
        call_id,
        closed_number,
        count(*) over so_far as times_known,
        sum(came_as_argued) over so_far as hits_known,
        avg(share_vix_as_argued) over so_far as vix_known
    from outcomes
    window so_far as (partition by call_id order by closed_number rows unbounded preceding)
)

select
    calls.session_date,
    calls.call_id,
    coalesce(records.times_known, 0)::integer as call_times_known,
    coalesce(records.hits_known, 0)::integer as call_hits_known,
    records.vix_known as call_vix_known
from calls
{{ asof_left_join(
    "records", "records", [("calls.call_id", "records.call_id")], "calls.session_number", "records.closed_number"
) }}
order by calls.session_date
