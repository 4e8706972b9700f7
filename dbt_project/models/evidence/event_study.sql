-- What each state was followed by, compared with all days on which it could have begun: means, medians, shares and their
-- intervals; one row a study, track, horizon and target. An estimate from the whole file, so that a row changes as history
-- grows; odds_daily has what was known on each day.
{# {target: its unit, whether a median is given, and the hits that Wilson's interval counts} -#}
{% set targets = {
    "forward_return": {"unit": "%", "has_median": true, "is_share": false, "hits": "events_down"},
    "forward_max_drawdown": {"unit": "%", "has_median": true, "is_share": false, "hits": "null::double"},
    "fall_over_3pct": {"unit": "share", "has_median": false, "is_share": true, "hits": "fall_over_3pct_hits"},
    "drawdown_over_3pct": {"unit": "share", "has_median": false, "is_share": true, "hits": "drawdown_over_3pct_hits"},
    "vix_up_30pct": {"unit": "share", "has_median": false, "is_share": true, "hits": "vix_up_30pct_hits"},
} -%}
{% set key = ["study_id", "track", "horizon"] -%}
{% set matched_targets = targets.keys() | map("replace", "", "matched_", 1) | list -%}
with studies as (
    select * from {{ ref("studies") }}
),

study_days as (
    select * from {{ ref("int_study_days") }}
),

outcomes as (
    select * from {{ ref("int_study_outcomes") }}
),

volatility as (
    select * from {{ ref("volatility_daily") }}
),

events as (
    select * from {{ ref("event_study_events") }}
),

---------- counts, means and medians: one row a study, track and horizon
-- in which tenth of the study's days the VIX of a day was, 1 to 10; days with the same VIX are in the same tenth
study_tenths as (
    select
        study_days.study_id,
        study_days.track,
        study_days.session_number,
        study_days.session_date,
        {{ whole_quotient(
            "(10 * count(*) over (partition by study_days.study_id, study_days.track order by volatility.vix)"
            ~ " + count(*) over (partition by study_days.study_id, study_days.track) - 1)",
            "count(*) over (partition by study_days.study_id, study_days.track)"
        ) }} as vix_tenth
    from study_days
    inner join volatility on study_days.session_date = volatility.session_date
    where volatility.vix is not null
),

-- days on which the study could have had an event, and whose horizon has closed
eligible_days as {{ materialized() }} (
    select
        study_tenths.study_id,
        study_tenths.track,
        outcomes.horizon,
        study_tenths.session_number,
        study_tenths.vix_tenth,
        (events.session_date is not null)::integer as is_event,
        outcomes.forward_return_pct as forward_return,
        outcomes.forward_max_drawdown_pct as forward_max_drawdown,
        outcomes.has_fall::integer::double as fall_over_3pct,
        outcomes.has_drawdown::integer::double as drawdown_over_3pct,
        outcomes.has_vix_jump::integer::double as vix_up_30pct
    from study_tenths
    inner join outcomes on study_tenths.session_number = outcomes.session_number
    left join events
        on study_tenths.study_id = events.study_id
        and study_tenths.track = events.track
        and outcomes.horizon = events.horizon
        and study_tenths.session_date = events.session_date
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
        {%- if traits.is_share %},
        count(*) filter (where is_event = 1 and {{ target }} = 1) as {{ target }}_hits
        {%- endif %}
        {%- endfor %}
    from eligible_days
    group by study_id, track, horizon
),

-- what days of the same tenth of the VIX were followed by
tenth_means as (
    select
        study_id,
        track,
        horizon,
        vix_tenth
        {%- for target in targets %},
        avg({{ target }}) as {{ target }}_tenth_mean
        {%- endfor %}
    from eligible_days
    group by study_id, track, horizon, vix_tenth
),

-- every eligible day; on event days also each outcome less the mean of its tenth, which is 0 over all days
matched_days as {{ materialized() }} (
    select
        eligible_days.*
        {%- for target in targets %},
        eligible_days.{{ target }} - tenth_means.{{ target }}_tenth_mean as matched_{{ target }}
        {%- endfor %}
    from eligible_days
    left join tenth_means
        on eligible_days.is_event = 1
        and eligible_days.study_id = tenth_means.study_id
        and eligible_days.track = tenth_means.track
        and eligible_days.horizon = tenth_means.horizon
        and eligible_days.vix_tenth = tenth_means.vix_tenth
),

matched_counts as (
    select
        study_id,
        track,
        horizon
        {%- for target in targets %},
        avg(matched_{{ target }}) as matched_{{ target }}_mean
        {%- endfor %}
    from matched_days
    where is_event = 1
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
        matched_days.*,
        matched_days.study_id || ' ' || matched_days.horizon as salt,
        greatest(2 * matched_days.horizon, 21) as block_length
    from matched_days
    inner join drawn_studies
        on matched_days.study_id = drawn_studies.study_id
        and matched_days.track = drawn_studies.track
        and matched_days.horizon = drawn_studies.horizon
    where drawn_studies.track = drawn_studies.drawn_track
),

intervals as (
    select * from {{ circular_block_bootstrap(
        "bootstrap_days", key, "session_number", targets.keys() | list, centred=matched_targets
    ) }}
),

---------- together: one row a study, track and horizon, then one a target
study_results as (
    select
        listed_event_counts.*,
        closed_event_counts.* {{ exclude() }} (study_id, track, horizon),
        matched_counts.* {{ exclude() }} (study_id, track, horizon),
        intervals.* {{ exclude() }} (study_id, track, horizon)
    from listed_event_counts
    left join closed_event_counts
        on listed_event_counts.study_id = closed_event_counts.study_id
        and listed_event_counts.track = closed_event_counts.track
        and listed_event_counts.horizon = closed_event_counts.horizon
    left join matched_counts
        on listed_event_counts.study_id = matched_counts.study_id
        and listed_event_counts.track = matched_counts.track
        and listed_event_counts.horizon = matched_counts.horizon
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
        {{ traits.is_share | lower }} as is_share,
        coalesce(n_events, 0) as n_events,
        n_open,
        coalesce(base_n, 0) as base_n,
        {{ target }}_mean as mean,
        {{ target }}_base_mean as base_mean,
        {{ target ~ "_median" if traits.has_median else "null::double" }} as median,
        {{ target ~ "_base_median" if traits.has_median else "null::double" }} as base_median,
        {{ "events_down / nullif(n_events, 0)::double" if loop.first else "null::double" }} as p_down,
        {{ "base_down / nullif(base_n, 0)::double" if loop.first else "null::double" }} as base_p_down,
        {{ traits.hits }} as hits,
        {{ target }}_mean - {{ target }}_base_mean as diff,
        matched_{{ target }}_mean as diff_vix_matched,
        {{ target }}_low as drawn_low,
        {{ target }}_high as drawn_high,
        {{ target }}_p as drawn_p,
        matched_{{ target }}_low as matched_low,
        matched_{{ target }}_high as matched_high
    from study_results
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

-- where every case or none came true, each draw repeats that: Wilson's interval takes the place of the draws', and the binomial
-- chance of so one-sided a count that of their p
results_with_wilson as (
    select
        *,
        {{ wilson_low("hits", "n_events") }} as share_ci_low,
        {{ wilson_high("hits", "n_events") }} as share_ci_high,
        drawn_low is not null and is_share and hits in (0, n_events) as is_one_sided
    from target_results
),

results_with_intervals as (
    select
        *,
        case when is_one_sided then share_ci_low - base_mean else drawn_low end as diff_ci_low,
        case when is_one_sided then share_ci_high - base_mean else drawn_high end as diff_ci_high,
        case when is_one_sided then share_ci_low - mean + diff_vix_matched else matched_low end as diff_vix_matched_ci_low,
        case when is_one_sided then share_ci_high - mean + diff_vix_matched else matched_high end as diff_vix_matched_ci_high,
        case
            when is_one_sided and hits = 0 then least(1, 2 * power(1 - base_mean, n_events))
            when is_one_sided then least(1, 2 * power(base_mean, n_events))
            else drawn_p
        end as p_value
    from results_with_wilson
),

-- the more rows are tested at once, the more look significant by chance: q controls for that within each track
results_with_q as (
    select * from {{ benjamini_hochberg("results_with_intervals", "p_value", ["track"]) }}
),

survivor_biased_studies as (
    select distinct study_id
    from study_days
    where track = 'all' and not is_clean
)

select
    ---------- keys
    '{{ main_universe() }}'::string as universe_id,
    results_with_q.study_id::string as study_id,
    results_with_q.target::string as target,
    results_with_q.horizon::integer as horizon,
    results_with_q.track::string as track,
    results_with_q.unit::string as unit,

    ---------- events and base
    studies.name::string as study_name,
    studies.state_id::string as state_id,
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
    results_with_q.share_ci_low::double as share_ci_low,
    results_with_q.share_ci_high::double as share_ci_high,

    ---------- difference to the base
    results_with_q.diff::double as diff,
    results_with_q.diff_ci_low::double as diff_ci_low,
    results_with_q.diff_ci_high::double as diff_ci_high,
    results_with_q.p_value::double as p_value,
    results_with_q.q::double as q,
    results_with_q.family_size::integer as family_size,

    ---------- difference to days with the same VIX
    results_with_q.diff_vix_matched::double as diff_vix_matched,
    results_with_q.diff_vix_matched_ci_low::double as diff_vix_matched_ci_low,
    results_with_q.diff_vix_matched_ci_high::double as diff_vix_matched_ci_high,

    ---------- in words: only where every interval is on the same side and the family of tests allows for it
    case
        when results_with_q.diff_ci_low is null then 'insufficient'
        when results_with_q.q > {{ threshold("study_most_q") }} then 'not_distinguishable'
        when results_with_q.diff_ci_low > 0
            and results_with_q.diff_vix_matched_ci_low > 0
            and (not results_with_q.is_share or results_with_q.share_ci_low > results_with_q.base_mean) then 'higher'
        when results_with_q.diff_ci_high < 0
            and results_with_q.diff_vix_matched_ci_high < 0
            and (not results_with_q.is_share or results_with_q.share_ci_high < results_with_q.base_mean) then 'lower'
        else 'not_distinguishable'
    end::string as verdict,
    (results_with_q.track = 'all' and survivor_biased_studies.study_id is not null)::boolean as is_survivor_biased
from results_with_q
inner join studies on results_with_q.study_id = studies.study_id
left join survivor_biased_studies on results_with_q.study_id = survivor_biased_studies.study_id
order by study_id, target, horizon, track
