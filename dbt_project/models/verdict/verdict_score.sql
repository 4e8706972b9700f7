-- Were the calls any good? How often each was made, what came within a week and a month, what the VIX alone had said of that, and
-- how often it was proved wrong; one row a call of the seed. A summary of the whole file; verdict_daily has the track record
-- of its call as known on each session.
{% set outcomes = {"drawdown_21": ("drawdown_over_3pct", 21), "fall_5": ("fall_over_3pct", 5)} -%}
with rules as (
    select * from {{ ref("stg_calls") }}
),

calls as (
    select * from {{ ref("int_calls") }}
),

call_outcomes as (
    select * from {{ ref("int_call_outcomes") }}
),

vix_odds as (
    select * from {{ ref("int_vix_odds") }}
),

-- sessions of one call follow each other and see the same weeks: intervals count the blocks of the calendar that hold one
call_days as (
    select
        calls.*,
        call_outcomes.came_as_argued,
        call_outcomes.share_vix_as_argued,
        call_outcomes.is_proved_wrong
        {%- for name in outcomes %},
        {{ name }}.came_true as {{ name }}_came,
        {{ name }}.base_share_vix as {{ name }}_share_vix
        {%- endfor %}
    from calls
    left join call_outcomes on calls.session_number = call_outcomes.session_number
    {%- for name, (target, horizon) in outcomes.items() %}
    left join vix_odds as {{ name }}
        on calls.session_number = {{ name }}.session_number
        and {{ name }}.target = '{{ target }}'
        and {{ name }}.horizon = {{ horizon }}
    {%- endfor %}
),

counts as (
    select
        call_id,
        count(*) as n_sessions,
        count(came_as_argued) as n_closed,
        sum(came_as_argued) as hits,
        avg(came_as_argued) as share,
        avg(case when came_as_argued is not null then share_vix_as_argued end) as share_vix,
        count(distinct case when came_as_argued is not null then {{ whole_quotient("session_number", "greatest(2 * horizon, 21)") }} end) as n_blocks
        {%- for name, (target, horizon) in outcomes.items() %},
        count({{ name }}_came) as {{ name }}_n,
        avg({{ name }}_came) as {{ name }}_share,
        avg(case when {{ name }}_came is not null then {{ name }}_share_vix end) as {{ name }}_share_vix,
        count(distinct case when {{ name }}_came is not null then {{ whole_quotient("session_number", [2 * horizon, 21] | max) }} end) as {{ name }}_n_blocks
        {%- endfor %},
        count(is_proved_wrong) as n_with_proof,
        count(*) filter (where is_proved_wrong) as n_proved_wrong,
        max(session_date) as last_date
    from call_days
    group by call_id
),

all_days as (
    select count(*) as n_days from calls
)

select
    ---------- keys
    '{{ main_universe() }}'::string as universe_id,
    rules.call_id::string as call_id,

    ---------- the call
    rules.name::string as call_name,
    rules.target::string as target,
    rules.horizon::integer as horizon,
    rules.argues_for::string as argues_for,

    ---------- how often it was made
    coalesce(counts.n_sessions, 0)::integer as n_sessions,
    (coalesce(counts.n_sessions, 0) / nullif(all_days.n_days, 0)::double)::double as share_of_days,
    counts.last_date::date as last_date,

    ---------- did what it argues for come, within its own horizon
    coalesce(counts.n_closed, 0)::integer as n_closed,
    coalesce(counts.n_blocks, 0)::integer as n_blocks,
    coalesce(counts.hits, 0)::integer as hits,
    counts.share::double as share,
    {{ wilson_low("counts.share * counts.n_blocks", "counts.n_blocks") }}::double as ci_low,
    {{ wilson_high("counts.share * counts.n_blocks", "counts.n_blocks") }}::double as ci_high,
    counts.share_vix::double as share_vix,
    {%- for name in outcomes %}

    ---------- {{ name }}
    coalesce(counts.{{ name }}_n, 0)::integer as {{ name }}_n,
    counts.{{ name }}_share::double as {{ name }}_share,
    {{ wilson_low("counts." ~ name ~ "_share * counts." ~ name ~ "_n_blocks", "counts." ~ name ~ "_n_blocks") }}::double
        as {{ name }}_ci_low,
    {{ wilson_high("counts." ~ name ~ "_share * counts." ~ name ~ "_n_blocks", "counts." ~ name ~ "_n_blocks") }}::double
        as {{ name }}_ci_high,
    counts.{{ name }}_share_vix::double as {{ name }}_share_vix,
    {%- endfor %}

    ---------- proved wrong
    coalesce(counts.n_with_proof, 0)::integer as n_with_proof,
    coalesce(counts.n_proved_wrong, 0)::integer as n_proved_wrong,
    (counts.n_proved_wrong / nullif(counts.n_with_proof, 0)::double)::double as share_proved_wrong
from rules
cross join all_days
left join counts on rules.call_id = counts.call_id
order by rules.position
