{{
    config(
        materialized="incremental",
        incremental_strategy="delete+insert",
        unique_key="session_number",
        post_hook="{{ store_build_note() }}"
    )
}}
-- For each session, the build that last changed an input of its aggregates: a name-day of this session or of an earlier
-- one, the members of a universe, the holdings of an index. Aggregates compute again from the first session that changed
-- after they were built (macros/builds.sql).
--
-- Members and holdings are compared by a hash of the set in force in a session, +hash on the date a spell starts and
-- -hash on the date it ends: the running sum identifies the set, and its cost follows the number of spells.
with sessions as (
    select * from {{ ref("int_sessions") }}
),

universes as (
    select * from {{ ref("stg_universes") }}
),

memberships as (
    select * from {{ ref("int_memberships") }}
),

holdings as (
    select * from {{ ref("stg_index_weights") }}
),

-- a row for each start and each end; holdings have no end, the sum is that of all holdings so far
hash_changes as (
    select
        valid_from as change_date,
        {{ row_hash(["universe_id", "security_id", "segment_id"]) }} as hash_change
    from memberships
    union all
    select
        valid_to as change_date,
        -{{ row_hash(["universe_id", "security_id", "segment_id"]) }} as hash_change
    from memberships
    union all
    select
        weights_date as change_date,
        {{ row_hash(["index_id", "security_id", "weights_date", "weight", "known_at"]) }} as hash_change
    from holdings
    union all
    select
        -- before every session
        date '1900-01-01' as change_date,
        {{ row_hash(["universe_id", "basis", "index_id"]) }} as hash_change
    from universes
),

hash_changes_by_date as (
    select
        change_date,
        sum(hash_change) as hash_change
    from hash_changes
    group by change_date
),

-- a change between two sessions takes effect in the later one
hash_changes_by_session as (
    select
        sessions.session_number,
        sum(changes.hash_change) as hash_change
    from hash_changes_by_date as changes
    {{ asof_next_join("sessions", "sessions", [], "changes.change_date", "sessions.session_date") }}
    group by sessions.session_number
),

hashed_sessions as (
    select
        sessions.session_number,
        sessions.session_date,
        sum(coalesce(changes.hash_change, 0)) over (order by sessions.session_number rows unbounded preceding)
            as input_hash
    from sessions
    left join hash_changes_by_session as changes on sessions.session_number = changes.session_number
){% if is_incremental() %},

first_new_name_day as (
    {%- set seen = value_of("select coalesce(max(name_days_build), 0) from " ~ this) %}
    {%- set newest = value_of("select coalesce(max(build_number), 0) from " ~ ref("int_name_days")) %}
    select min(session_number) as session_number
    from {{ ref("int_name_days") }}
    -- 0, which is every row, where they were rebuilt while the clock was behind
    where build_number > {{ seen if newest and newest >= seen else 0 }}
),

first_new_hash as (
    select min(hashed_sessions.session_number) as session_number
    from hashed_sessions
    left join {{ this }} as stored on hashed_sessions.session_number = stored.session_number
    where hashed_sessions.input_hash is distinct from stored.input_hash
){% endif %}

select
    session_number,
    session_date,
    input_hash,
    (select max(build_number) from {{ ref("int_name_days") }}) as name_days_build,
    {{ build_number() }} as build_number
from hashed_sessions
{% if is_incremental() -%}
    where session_number >= least(
        (select session_number from first_new_name_day),
        (select session_number from first_new_hash)
    )
{%- endif %}
order by session_number
