{{
    config(
        materialized="incremental",
        incremental_strategy="delete+insert",
        unique_key="session_number",
        post_hook="{{ remember() }}"
    )
}}
-- Which build last changed what a session's aggregates are made of: a name-day of this session or of an earlier one, who
-- is a member, what an index holds. The aggregates compute again from the first session on that changed since they were
-- built, whatever the change: a new session, a split, a restated close, a late row, a membership or a weight.
with sessions as (
    select * from {{ ref("int_sessions") }}
),

universes as (
    select * from {{ ref("universes") }}
),

memberships as (
    select * from {{ ref("int_memberships") }}
),

holdings as (
    select * from {{ ref("stg_index_weights") }}
),

-- what begins counts from its day on, what ends is taken back on its day: the sum so far is what counts in a session
steps as (
    select
        valid_from as step_date,
        {{ row_hash(["universe_id", "security_id", "segment_id"]) }} as step
    from memberships
    union all
    select
        valid_to as step_date,
        -{{ row_hash(["universe_id", "security_id", "segment_id"]) }} as step
    from memberships
    union all
    select
        weights_date as step_date,
        {{ row_hash(["index_id", "security_id", "weights_date", "weight", "known_at"]) }} as step
    from holdings
    union all
    select
        date '1900-01-01' as step_date,
        {{ row_hash(["universe_id", "basis", "index_id"]) }} as step
    from universes
),

dated as (
    select
        sessions.session_number,
        sum(steps.step) as step
    from (select step_date, sum(step) as step from steps group by step_date) as steps
    {{ asof_next_join("sessions", "sessions", [], "steps.step_date", "sessions.session_date") }}
    group by sessions.session_number
),

hashed as (
    select
        sessions.session_number,
        sessions.session_date,
        sum(coalesce(dated.step, 0)) over (order by sessions.session_number rows unbounded preceding) as input_hash
    from sessions
    left join dated on sessions.session_number = dated.session_number
){% if is_incremental() %},

rewritten as (
    {%- set seen = value_of("select coalesce(max(name_days_build), 0) from " ~ this) %}
    {%- set newest = value_of("select coalesce(max(build_number), 0) from " ~ ref("int_name_days")) %}
    select min(session_number) as first_number
    from {{ ref("int_name_days") }}
    -- 0: they were rebuilt while the clock was behind
    where build_number > {{ seen if newest and newest >= seen else 0 }}
),

rehashed as (
    select min(hashed.session_number) as first_number
    from hashed
    left join {{ this }} as stored on hashed.session_number = stored.session_number
    where hashed.input_hash is distinct from stored.input_hash
){% endif %}

select
    session_number,
    session_date,
    input_hash,
    (select max(build_number) from {{ ref("int_name_days") }}) as name_days_build,
    {{ build_number() }} as build_number
from hashed
{% if is_incremental() -%}
    where session_number >= least((select first_number from rewritten), (select first_number from rehashed))
{%- endif %}
order by session_number
