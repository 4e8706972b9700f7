-- What would breadth be tomorrow if every member moved by the same? One row a session, universe and move: the breadth that
-- the next session would show, exact from the members' own closes. Members, and the names with a price, are those of the
-- session; the next session's closes are taken to be traded.
{% set crossings = ["high_252_crossings", "low_252_crossings"] -%}
{% for length in mean_windows() %}{% do crossings.append("sma" ~ length ~ "_crossings") %}{% endfor -%}
with bounds as (
    {{ threshold_row(["coverage_floor", "clean_coverage", "clean_eligible"]) }}
),

counts as (
    select * from {{ ref("int_ladder_counts") }}
),

members as (
    select * from {{ ref("int_members_by_session") }}
    where segment_id = 'ALL'
),

universes as (
    select * from {{ ref("stg_universes") }}
),

first_sessions as (
    select
        universe_id,
        min(session_number) as first_number
    from counts
    group by universe_id
),

-- a session whose members have no price, or that has no members, has no counts but a row that says so
rung_counts as (
    select
        universe_id,
        session_number,
        session_date,
        priced,
        rung
        {%- for crossing in crossings %},
        {{ crossing }}
        {%- endfor %}
    from counts
    union all
    select
        members.universe_id,
        members.session_number,
        members.session_date,
        0 as priced,
        rungs.number as rung
        {%- for crossing in crossings %},
        null as {{ crossing }}
        {%- endfor %}
    from members
    inner join first_sessions
        on members.universe_id = first_sessions.universe_id
        and members.session_number > first_sessions.first_number
    anti join counts
        on members.universe_id = counts.universe_id
        and members.session_number = counts.session_number
    cross join {{ whole_numbers(ladder_rungs() + 1) }} as rungs
),

-- names above a mean or at a high are those that cross at this rung or below, names at a low those that cross above it
rung_days as (
    select
        rung_counts.universe_id,
        rung_counts.session_number,
        rung_counts.session_date,
        rung_counts.rung,
        members.members,
        rung_counts.priced as valid,
        rung_counts.priced / nullif(members.members, 0)::double as coverage,
        universes.min_members,
        bounds.*,
        {% for length in mean_windows() -%}
            sum(rung_counts.sma{{ length }}_crossings) over so_far as above_sma{{ length }},
            sum(rung_counts.sma{{ length }}_crossings) over session as eligible_sma{{ length }},
        {% endfor -%}
        sum(rung_counts.high_252_crossings) over so_far as new_highs_252,
        sum(rung_counts.low_252_crossings) over session - sum(rung_counts.low_252_crossings) over so_far as new_lows_252,
        sum(rung_counts.high_252_crossings) over session as eligible_252
    from rung_counts
    inner join members
        on rung_counts.universe_id = members.universe_id
        and rung_counts.session_number = members.session_number
    inner join universes on rung_counts.universe_id = universes.universe_id
    cross join bounds
    window
        so_far as (partition by rung_counts.universe_id, rung_counts.session_number order by rung_counts.rung rows unbounded preceding),
        session as (partition by rung_counts.universe_id, rung_counts.session_number)
),

rung_days_with_reason as (
    select
        *,
        case
            when valid < min_members then 'fewer than ' || min_members || ' members with prices'
            when coverage < coverage_floor or coverage is null
                then 'coverage below ' || {{ fixed("coverage_floor", 2) }}
        end as null_reason
    from rung_days
    where rung < {{ ladder_rungs() }}
)

select
    ---------- keys
    session_date::date as session_date,
    universe_id::string as universe_id,
    ({{ move_of_rung("rung") }})::double as move_pct,

    ---------- coverage
    members::integer as members,
    valid::integer as valid,
    coverage::double as coverage,
    (
        null_reason is null and coverage >= clean_coverage
        {%- for eligible in ["eligible_sma20", "eligible_sma50", "eligible_sma100", "eligible_sma200", "eligible_252"] %}
        and {{ eligible }} >= clean_eligible * members
        {%- endfor %}
    )::boolean as is_clean,
    null_reason::string as null_reason,

    ---------- shares of members above an average
    {% for length in mean_windows() -%}
        case when null_reason is null and eligible_sma{{ length }} >= coverage_floor * members
            then 100e0 * above_sma{{ length }} / nullif(eligible_sma{{ length }}, 0)::double end as pct_above_sma{{ length }},
        case when null_reason is null then eligible_sma{{ length }} end::integer as eligible_sma{{ length }},
    {% endfor %}
    ---------- highs and lows
    case when null_reason is null then new_highs_252 end::integer as new_highs_252,
    case when null_reason is null then new_lows_252 end::integer as new_lows_252,
    case when null_reason is null then eligible_252 end::integer as eligible_252
from rung_days_with_reason
order by session_date, universe_id, move_pct
