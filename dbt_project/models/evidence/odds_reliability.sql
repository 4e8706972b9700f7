-- What came true where a forecast of the odds was a tenth, two tenths …? Reliability of each forecast by tenths of the forecast; one
-- row a target, horizon, track, predictor, since and tenth that was forecast. A summary of the whole file, as odds_score.
with forecasts as (
    select * from {{ ref("int_odds_forecasts") }}
),

periods as (
    {{ odds_periods("forecasts") }}
),

predictions as (
    {%- for predictor in odds_predictors() %}
    select
        target,
        horizon,
        track,
        '{{ predictor }}' as predictor,
        session_number,
        session_date,
        weight,
        {{ predictor }} as predicted,
        least(floor(10 * {{ predictor }})::integer, 9) + 1 as tenth,
        came_true
    from forecasts
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
)

select
    ---------- keys
    '{{ main_universe() }}'::string as universe_id,
    predictions.target::string as target,
    predictions.horizon::integer as horizon,
    predictions.track::string as track,
    predictions.predictor::string as predictor,
    periods.since::date as since,
    predictions.tenth::integer as tenth,

    ---------- forecast and outcome
    (sum(predictions.weight * predictions.predicted) / nullif(sum(predictions.weight), 0))::double as predicted,
    (sum(predictions.weight * predictions.came_true) / nullif(sum(predictions.weight), 0))::double as observed,
    count(distinct predictions.session_number)::integer as n
from predictions
inner join periods
    on predictions.horizon = periods.horizon
    and predictions.session_date >= periods.since
group by
    predictions.target, predictions.horizon, predictions.track, predictions.predictor, periods.since, predictions.tenth
order by target, horizon, track, predictor, since, tenth
