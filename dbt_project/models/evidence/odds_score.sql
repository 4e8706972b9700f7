-- Were the odds any good? Brier score of each forecast over all closed sessions since a day, its skill against the share of any
-- day, and over the sessions with a state on its skill against what the VIX alone says; one row a target, horizon, track,
-- predictor and since. A summary of the whole file; odds_daily and vix_odds_daily have the skill as known on each session.
{% set targets = odds_targets().keys() | list -%}
{% set predictors = odds_predictors() -%}
{% set against_any_day = predictors[:-1] -%}
{% set against_vix = predictors[:-2] -%}
{% set gains = [] -%}
{% for target in targets -%}
    {% for predictor in against_any_day %}{% do gains.append(target ~ "_" ~ predictor ~ "_gain") %}{% endfor -%}
    {% for predictor in against_vix %}{% do gains.append(target ~ "_" ~ predictor ~ "_on_gain") %}{% endfor -%}
{% endfor -%}
with forecasts as (
    select * from {{ ref("int_odds_forecasts") }}
),

periods as (
    {{ odds_periods("forecasts") }}
),

-- squared errors of a session: the mean over the states that are on, and their sum
session_errors as (
    select
        session_number,
        session_date,
        target,
        horizon,
        track,
        count(*) filter (where is_on) as rows_on
        {%- for predictor in predictors %},
        avg(power({{ predictor }} - came_true, 2)) as {{ predictor }},
        coalesce(sum(power({{ predictor }} - came_true, 2)) filter (where is_on), 0) as {{ predictor }}_on
        {%- endfor %}
    from forecasts
    group by session_number, session_date, target, horizon, track
),

scored_sessions as {{ materialized() }} (
    select
        session_errors.*,
        periods.since
    from session_errors
    inner join periods
        on session_errors.horizon = periods.horizon
        and session_errors.session_date >= periods.since
),

scores as (
    select
        target,
        horizon,
        track,
        since,
        max(session_date) as until,
        count(*) as n_days,
        sum(rows_on) as n_on
        {%- for predictor in predictors %},
        avg({{ predictor }}) as {{ predictor }},
        sum({{ predictor }}_on) as {{ predictor }}_on
        {%- endfor %}
    from scored_sessions
    group by target, horizon, track, since
),

---------- intervals, by bootstrap of whole blocks of sessions: the same blocks for every target, forecast and track
gains as (
    select
        horizon,
        track,
        since,
        session_number,
        'odds ' || horizon || ' ' || since as salt,
        greatest(2 * horizon, 21) as block_length
        {%- for target in targets %}
        {%- for predictor in against_any_day %},
        max(base_share - {{ predictor }}) filter (where target = '{{ target }}') as {{ target }}_{{ predictor }}_gain
        {%- endfor %}
        {%- for predictor in against_vix %},
        max(base_share_vix_on - {{ predictor }}_on) filter (where target = '{{ target }}') as {{ target }}_{{ predictor }}_on_gain
        {%- endfor %}
        {%- endfor %}
    from scored_sessions
    group by horizon, track, since, session_number
),

-- draws of few blocks repeat each other, and those of one block are the sessions themselves: no interval then
intervals as (
    select
        horizon,
        track,
        since
        {%- for gain in gains %},
        {{ quantile_of(gain ~ " / days_drawn", 0.05) }} as {{ gain }}_low,
        {{ quantile_of(gain ~ " / days_drawn", 0.95) }} as {{ gain }}_high
        {%- endfor %}
    from {{ circular_block_draws("gains", ["horizon", "track", "since"], "session_number", gains) }}
    where days_drawn >= {{ threshold("score_least_blocks") }} * greatest(2 * horizon, 21)
    group by horizon, track, since
),

---------- coverage: does the interval of a night hold the share that came true on all scored nights with the state on
study_shares as (
    select
        forecasts.target,
        forecasts.horizon,
        forecasts.track,
        forecasts.study_id,
        periods.since,
        avg(forecasts.came_true) as observed
    from forecasts
    inner join periods on forecasts.horizon = periods.horizon and forecasts.session_date >= periods.since
    where forecasts.ci_low is not null
    group by all
),

coverages as (
    select
        forecasts.target,
        forecasts.horizon,
        forecasts.track,
        study_shares.since,
        count(*) as n_intervals,
        avg((study_shares.observed between forecasts.ci_low and forecasts.ci_high)::integer) as interval_coverage
    from forecasts
    inner join study_shares
        on forecasts.target = study_shares.target
        and forecasts.horizon = study_shares.horizon
        and forecasts.track = study_shares.track
        and forecasts.study_id = study_shares.study_id
        and forecasts.session_date >= study_shares.since
    where forecasts.ci_low is not null
    group by all
),

predictor_scores as (
    {%- for target in targets %}
    {%- set is_last_target = loop.last %}
    {%- for predictor in predictors %}
    select
        scores.target,
        scores.horizon,
        scores.track,
        '{{ predictor }}' as predictor,
        scores.since,
        scores.until,
        scores.n_days,
        scores.n_on,
        scores.{{ predictor }} as brier,
        scores.base_share as brier_base,
        scores.{{ predictor }}_on / nullif(scores.n_on, 0) as brier_on,
        scores.base_share_vix_on / nullif(scores.n_on, 0) as brier_vix_on,
        {%- for side in ["low", "high"] %}
        {% if predictor in against_any_day -%}
        intervals.{{ target }}_{{ predictor }}_gain_{{ side }} / nullif(scores.base_share, 0)
        {%- else -%}
        null::double
        {%- endif %} as skill_ci_{{ side }},
        {% if predictor in against_vix -%}
        intervals.{{ target }}_{{ predictor }}_on_gain_{{ side }} * scores.n_days / nullif(scores.base_share_vix_on, 0)
        {%- else -%}
        null::double
        {%- endif %} as skill_vix_on_ci_{{ side }},
        {%- endfor %}
        {{ "coverages.n_intervals" if predictor == "share" else "null" }} as n_intervals,
        {{ "coverages.interval_coverage" if predictor == "share" else "null::double" }} as interval_coverage
    from scores
    left join intervals
        on scores.horizon = intervals.horizon and scores.track = intervals.track and scores.since = intervals.since
    left join coverages
        on scores.target = coverages.target
        and scores.horizon = coverages.horizon
        and scores.track = coverages.track
        and scores.since = coverages.since
    where scores.target = '{{ target }}'
    {%- if not (loop.last and is_last_target) %}
    union all
    {%- endif %}
    {%- endfor %}
    {%- endfor %}
)

select
    ---------- keys
    '{{ main_universe() }}'::string as universe_id,
    target::string as target,
    horizon::integer as horizon,
    track::string as track,
    predictor::string as predictor,
    since::date as since,
    until::date as until,

    ---------- every session
    n_days::integer as n_days,
    brier::double as brier,
    (1 - brier / nullif(brier_base, 0))::double as brier_skill,
    skill_ci_low::double as skill_ci_low,
    skill_ci_high::double as skill_ci_high,

    ---------- sessions with a state on, against the VIX alone
    n_on::integer as n_on,
    brier_on::double as brier_on,
    brier_vix_on::double as brier_vix_on,
    (1 - brier_on / nullif(brier_vix_on, 0))::double as skill_vix_on,
    skill_vix_on_ci_low::double as skill_vix_on_ci_low,
    skill_vix_on_ci_high::double as skill_vix_on_ci_high,

    ---------- intervals of the share
    n_intervals::integer as n_intervals,
    interval_coverage::double as interval_coverage
from predictor_scores
order by target, horizon, track, predictor, since
