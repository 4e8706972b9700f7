-- What each state was followed by, against all days on which it could have come: means, medians, shares and their
-- intervals. An estimate over the whole file, so exempt from the truncation law; odds_daily says what was known when.
{% set targets = ["forward_return", "forward_max_drawdown", "drawdown_over_3pct", "vix_up_30pct"] -%}
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

-- one row an eligible day whose horizon has closed
eligible as (
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

counted as (
    select
        study_id,
        track,
        horizon,
        sum(is_event) as n_events,
        count(*) as base_n,
        count(*) filter (where is_event = 1 and forward_return < 0) as events_down,
        count(*) filter (where forward_return < 0) as base_down,
        {%- for target in targets %}
        avg({{ target }}) filter (where is_event = 1) as {{ target }}_mean,
        avg({{ target }}) as {{ target }}_base_mean,
        {% if loop.index <= 2 -%}
        {{ quantile_of(target, 0.5) }} filter (where is_event = 1) as {{ target }}_median,
        {{ quantile_of(target, 0.5) }} as {{ target }}_base_median
        {%- else -%}
        null::double as {{ target }}_median,
        null::double as {{ target }}_base_median
        {%- endif %}
        {%- if not loop.last %},{% endif %}
        {%- endfor %}
    from eligible
    group by study_id, track, horizon
),

opened as (
    select
        study_id,
        track,
        horizon,
        count(*) as n_events_listed,
        count(*) filter (where not is_closed) as n_open
    from events
    group by study_id, track, horizon
),

-- a track whose days are those of 'all' has its intervals too: drawn once
sourced as (
    select
        counted.study_id,
        counted.track,
        counted.horizon,
        case
            when counted.track = 'clean' and counted.base_n = whole.base_n then 'all' else counted.track
        end as drawn_track
    from counted
    left join counted as whole
        on counted.study_id = whole.study_id
        and counted.horizon = whole.horizon
        and whole.track = 'all'
    where counted.n_events >= {{ threshold("study_least_events") }}
),

drawable as (
    select
        eligible.*,
        eligible.study_id || ' ' || eligible.horizon as salt,
        greatest(2 * eligible.horizon, 21) as block_length
    from eligible
    inner join sourced
        on eligible.study_id = sourced.study_id
        and eligible.track = sourced.track
        and eligible.horizon = sourced.horizon
    where sourced.track = sourced.drawn_track
),

intervals as (
    select * from {{ circular_block_bootstrap("drawable", key, "session_number", targets) }}
),

lengthened as (
    {%- for target in targets %}
    select
        opened.study_id,
        opened.track,
        opened.horizon,
        '{{ target }}' as target,
        '{{ "share" if loop.index > 2 else "%" }}' as unit,
        coalesce(counted.n_events, 0) as n_events,
        opened.n_open,
        coalesce(counted.base_n, 0) as base_n,
        counted.{{ target }}_mean as mean,
        counted.{{ target }}_median as median,
        counted.{{ target }}_base_mean as base_mean,
        counted.{{ target }}_base_median as base_median,
        {% if loop.first -%}
        counted.events_down / nullif(counted.n_events, 0)::double as p_down,
        counted.base_down / nullif(counted.base_n, 0)::double as base_p_down,
        counted.events_down as successes,
        {% elif loop.index > 2 -%}
        null::double as p_down,
        null::double as base_p_down,
        counted.{{ target }}_mean * counted.n_events as successes,
        {% else -%}
        null::double as p_down,
        null::double as base_p_down,
        null::double as successes,
        {% endif -%}
        intervals.{{ target }}_low as diff_ci_low,
        intervals.{{ target }}_high as diff_ci_high,
        intervals.{{ target }}_p as p_value
    from opened
    left join counted
        on opened.study_id = counted.study_id
        and opened.track = counted.track
        and opened.horizon = counted.horizon
    left join sourced
        on opened.study_id = sourced.study_id
        and opened.track = sourced.track
        and opened.horizon = sourced.horizon
    left join intervals
        on sourced.study_id = intervals.study_id
        and sourced.drawn_track = intervals.track
        and sourced.horizon = intervals.horizon
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

controlled as (
    select * from {{ benjamini_hochberg("lengthened", "p_value", ["track"]) }}
)

select
    ---------- keys
    controlled.study_id::varchar as study_id,
    controlled.target::varchar as target,
    controlled.horizon::integer as horizon,
    controlled.track::varchar as track,
    controlled.unit::varchar as unit,

    ---------- events and base
    studies.state_id::varchar as state_id,
    controlled.n_events::integer as n_events,
    controlled.n_open::integer as n_open,
    controlled.base_n::integer as base_n,

    ---------- what followed
    controlled.mean::double as mean,
    controlled.base_mean::double as base_mean,
    controlled.median::double as median,
    controlled.base_median::double as base_median,
    controlled.p_down::double as p_down,
    controlled.base_p_down::double as base_p_down,
    {{ wilson_low("controlled.successes", "controlled.n_events") }}::double as share_ci_low,
    {{ wilson_high("controlled.successes", "controlled.n_events") }}::double as share_ci_high,

    ---------- difference to the base
    (controlled.mean - controlled.base_mean)::double as diff,
    controlled.diff_ci_low::double as diff_ci_low,
    controlled.diff_ci_high::double as diff_ci_high,
    controlled.p_value::double as p_value,
    controlled.q::double as q,
    controlled.family_size::integer as family_size,

    ---------- in words
    case
        when controlled.diff_ci_low is null then 'insufficient'
        when controlled.diff_ci_low > 0 then 'higher'
        when controlled.diff_ci_high < 0 then 'lower'
        else 'not_distinguishable'
    end::varchar as verdict,
    (controlled.track = 'all' and exists (
        select 1 from study_days
        where study_days.study_id = controlled.study_id and study_days.track = 'all' and not study_days.is_clean
    ))::boolean as is_survivor_biased
from controlled
inner join studies on controlled.study_id = studies.study_id
order by study_id, target, horizon, track
