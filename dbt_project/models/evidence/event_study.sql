-- What each state was followed by, compared with all days on which it could have begun: means, medians, shares and their
-- intervals; one row a study, track, horizon and target. An estimate from the whole file, so that a row changes as history
-- grows; odds_daily has what was known on each day.
{# {target: its unit, whether a median is given, and what Wilson's interval counts} -#}
{% set targets = {
    "forward_return": {"unit": "%", "has_median": true, "successes": "events_down"},
    "forward_max_drawdown": {"unit": "%", "has_median": true, "successes": "null::double"},
    "drawdown_over_3pct": {"unit": "share", "has_median": false, "successes": "drawdown_over_3pct_mean * n_events"},
    "vix_up_30pct": {"unit": "share", "has_median": false, "successes": "vix_up_30pct_mean * n_events"},
} -%}
{% set key = ["study_id", "track", "horizon"] -%}
with studies as (
    select * from {{ ref("studies") }}
),

study_days as (
    select * from {{ ref("int_study_days") }}
),

outcomes as (
    select * from {{ ref("int_study_outcomes") }}
),

events as (
    select * from {{ ref("event_study_events") }}
),

---------- counts, means and medians: one row a study, track and horizon
-- days on which the study could have had an event, and whose horizon has closed
eligible_days as (
    select
        study_days.study_id,
        study_days.track,
        outcomes.horizon,
        study_days.session_number,
        (events.session_date is not null)::integer as is_event,
        outcomes.forward_return_pct as forward_return,
        outcomes.forward_max_drawdown_pct as forward_max_drawdown,
        outcomes.has_drawdown::integer::double as drawdown_over_3pct,
        outcomes.has_vix_jump::integer::double as vix_up_30pct
    from study_days
    inner join outcomes on study_days.session_number = outcomes.session_number
    left join events
        on study_days.study_id = events.study_id
        and study_days.track = events.track
        and outcomes.horizon = events.horizon
        and study_days.session_date = events.session_date
    where outcomes.forward_return_pct is not null and outcomes.has_vix_jump is not null
),

closed_event_counts as (
    select
        study_id,
        track,
        horizon,
        sum(is_event) as n_events,
        count(*) as base_n,
        count(*) filter (where is_event = 1 and forward_return < 0) as events_down,
        count(*) filter (where forward_return < 0) as base_down
        {%- for target, traits in targets.items() %},
        avg({{ target }}) filter (where is_event = 1) as {{ target }}_mean,
        avg({{ target }}) as {{ target }}_base_mean
        {%- if traits.has_median %},
        {{ quantile_of(target, 0.5) }} filter (where is_event = 1) as {{ target }}_median,
        {{ quantile_of(target, 0.5) }} as {{ target }}_base_median
        {%- endif %}
        {%- endfor %}
    from eligible_days
    group by study_id, track, horizon
),

-- open events too: a study whose events are all open has a row, with zero events
listed_event_counts as (
    select
        study_id,
        track,
        horizon,
        count(*) filter (where not is_closed) as n_open
    from events
    group by study_id, track, horizon
),

---------- intervals of the differences, by bootstrap
-- 'clean' has the days of 'all' where no day is survivor-biased: such a study is drawn once, for both
drawn_studies as (
    select
        closed_event_counts.study_id,
        closed_event_counts.track,
        closed_event_counts.horizon,
        case
            when closed_event_counts.track = 'clean' and closed_event_counts.base_n = all_days.base_n then 'all'
            else closed_event_counts.track
        end as drawn_track
    from closed_event_counts
    left join closed_event_counts as all_days
        on closed_event_counts.study_id = all_days.study_id
        and closed_event_counts.horizon = all_days.horizon
        and all_days.track = 'all'
    where closed_event_counts.n_events >= {{ threshold("study_least_events") }}
),

bootstrap_days as (
    select
        eligible_days.*,
        eligible_days.study_id || ' ' || eligible_days.horizon as salt,
        greatest(2 * eligible_days.horizon, 21) as block_length
    from eligible_days
    inner join drawn_studies
        on eligible_days.study_id = drawn_studies.study_id
        and eligible_days.track = drawn_studies.track
        and eligible_days.horizon = drawn_studies.horizon
    where drawn_studies.track = drawn_studies.drawn_track
),

intervals as (
    select * from {{ circular_block_bootstrap("bootstrap_days", key, "session_number", targets.keys() | list) }}
),

---------- together: one row a study, track and horizon, then one a target
study_results as (
    select
        listed_event_counts.*,
        closed_event_counts.* exclude (study_id, track, horizon),
        intervals.* exclude (study_id, track, horizon)
    from listed_event_counts
    left join closed_event_counts
        on listed_event_counts.study_id = closed_event_counts.study_id
        and listed_event_counts.track = closed_event_counts.track
        and listed_event_counts.horizon = closed_event_counts.horizon
    left join drawn_studies
        on listed_event_counts.study_id = drawn_studies.study_id
        and listed_event_counts.track = drawn_studies.track
        and listed_event_counts.horizon = drawn_studies.horizon
    left join intervals
        on drawn_studies.study_id = intervals.study_id
        and drawn_studies.drawn_track = intervals.track
        and drawn_studies.horizon = intervals.horizon
),

target_results as (
    {%- for target, traits in targets.items() %}
    select
        study_id,
        track,
        horizon,
        '{{ target }}' as target,
        '{{ traits.unit }}' as unit,
        coalesce(n_events, 0) as n_events,
        n_open,
        coalesce(base_n, 0) as base_n,
        {{ target }}_mean as mean,
        {{ target }}_base_mean as base_mean,
        {{ target ~ "_median" if traits.has_median else "null::double" }} as median,
        {{ target ~ "_base_median" if traits.has_median else "null::double" }} as base_median,
        {{ "events_down / nullif(n_events, 0)::double" if loop.first else "null::double" }} as p_down,
        {{ "base_down / nullif(base_n, 0)::double" if loop.first else "null::double" }} as base_p_down,
        {{ traits.successes }} as successes,
        {{ target }}_low as diff_ci_low,
        {{ target }}_high as diff_ci_high,
        {{ target }}_p as p_value
    from study_results
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

-- the more rows are tested at once, the more look significant by chance: q controls for that within each track
results_with_q as (
    select * from {{ benjamini_hochberg("target_results", "p_value", ["track"]) }}
),

survivor_biased_studies as (
    select distinct study_id
    from study_days
    where track = 'all' and not is_clean
)

select
    ---------- keys
    results_with_q.study_id::varchar as study_id,
    results_with_q.target::varchar as target,
    results_with_q.horizon::integer as horizon,
    results_with_q.track::varchar as track,
    results_with_q.unit::varchar as unit,

    ---------- events and base
    studies.state_id::varchar as state_id,
    results_with_q.n_events::integer as n_events,
    results_with_q.n_open::integer as n_open,
    results_with_q.base_n::integer as base_n,

    ---------- what followed
    results_with_q.mean::double as mean,
    results_with_q.base_mean::double as base_mean,
    results_with_q.median::double as median,
    results_with_q.base_median::double as base_median,
    results_with_q.p_down::double as p_down,
    results_with_q.base_p_down::double as base_p_down,
    {{ wilson_low("results_with_q.successes", "results_with_q.n_events") }}::double as share_ci_low,
    {{ wilson_high("results_with_q.successes", "results_with_q.n_events") }}::double as share_ci_high,

    ---------- difference to the base
    (results_with_q.mean - results_with_q.base_mean)::double as diff,
    results_with_q.diff_ci_low::double as diff_ci_low,
    results_with_q.diff_ci_high::double as diff_ci_high,
    results_with_q.p_value::double as p_value,
    results_with_q.q::double as q,
    results_with_q.family_size::integer as family_size,

    ---------- in words
    case
        when results_with_q.diff_ci_low is null then 'insufficient'
        when results_with_q.diff_ci_low > 0 then 'higher'
        when results_with_q.diff_ci_high < 0 then 'lower'
        else 'not_distinguishable'
    end::varchar as verdict,
    (results_with_q.track = 'all' and survivor_biased_studies.study_id is not null)::boolean as is_survivor_biased
from results_with_q
inner join studies on results_with_q.study_id = studies.study_id
left join survivor_biased_studies on results_with_q.study_id = survivor_biased_studies.study_id
order by study_id, target, horizon, track
