-- What would breadth be tomorrow if every member moved by the same? One row a session, universe and move: the breadth that
-- the next session would show, exact from the members' own closes. Members, and the names with a price, are those of the
-- session; the next session's closes are taken to be traded.
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
    select * from {{ ref("universes") }}
),

-- names above a mean or at a high are those that cross at this rung or below, names at a low those that cross above it
rung_days as (
    select
        counts.universe_id,
        counts.session_number,
        counts.session_date,
        counts.rung,
        members.members,
        counts.priced as valid,
        counts.priced / nullif(members.members, 0)::double as coverage,
        universes.min_members,
        bounds.*,
        {% for length in mean_windows() -%}
            sum(counts.sma{{ length }}_crossings) over so_far as above_sma{{ length }},
            sum(counts.sma{{ length }}_crossings) over session as eligible_sma{{ length }},
        {% endfor -%}
        sum(counts.high_252_crossings) over so_far as new_highs_252,
        sum(counts.low_252_crossings) over session - sum(counts.low_252_crossings) over so_far as new_lows_252,
        sum(counts.high_252_crossings) over session as eligible_252
    from counts
    inner join members
        on counts.universe_id = members.universe_id
        and counts.session_number = members.session_number
    inner join universes on counts.universe_id = universes.universe_id
    cross join bounds
    window
        so_far as (partition by counts.universe_id, counts.session_number order by counts.rung rows unbounded preceding),
        session as (partition by counts.universe_id, counts.session_number)
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
    universe_id::varchar as universe_id,
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
    null_reason::varchar as null_reason,

    ---------- shares of members above an average
    {% for length in mean_windows() -%}
        case when null_reason is null and eligible_sma{{ length }} >= coverage_floor * members
            then 100.0 * above_sma{{ length }} / nullif(eligible_sma{{ length }}, 0)::double end as pct_above_sma{{ length }},
        case when null_reason is null then eligible_sma{{ length }} end::integer as eligible_sma{{ length }},
    {% endfor %}
    ---------- highs and lows
    case when null_reason is null then new_highs_252 end::integer as new_highs_252,
    case when null_reason is null then new_lows_252 end::integer as new_lows_252,
    case when null_reason is null then eligible_252 end::integer as eligible_252
from rung_days_with_reason
order by session_date, universe_id, move_pct
