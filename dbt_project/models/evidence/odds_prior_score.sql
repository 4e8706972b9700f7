-- How many days of the VIX's share should a state's own cases be shrunk by? The Brier score of share_shrunk with each choice, on
-- sessions before the first that is scored; one row a target, horizon and choice. The choice with the lowest sum over horizons is
-- the threshold.
with study_odds as (
    select * from {{ ref("int_study_odds") }}
    where track = 'all' and came_true is not null
),

-- only horizons that had closed before the scores begin
sessions as (
    select * from {{ ref("int_sessions") }}
),

scored_from as (
    select min(session_number) as first_scored
    from sessions
    where session_date >= {{ odds_scored_since() }}
),

choices as (
    select listed.prior_days
    from (values {% for days in odds_prior_days() %}({{ days }}){% if not loop.last %}, {% endif %}{% endfor %}) as listed (prior_days)
),

thresholds as (
    select * from {{ ref("thresholds") }}
)

select
    ---------- keys
    '{{ main_universe() }}'::string as universe_id,
    study_odds.target::string as target,
    study_odds.horizon::integer as horizon,
    choices.prior_days::integer as prior_days,

    ---------- the score
    count(*)::integer as n,
    avg(power(
        {{ shrunk_share("study_odds.hits", "study_odds.n_events", "study_odds.base_share_vix", "choices.prior_days") }}
            - study_odds.came_true, 2
    ))::double as brier,
    (max(thresholds.value) = choices.prior_days)::boolean as is_chosen,
    max(study_odds.session_date)::date as until
from study_odds
cross join choices
inner join scored_from on study_odds.session_number + study_odds.horizon < scored_from.first_scored
inner join thresholds on 'odds_prior_' || study_odds.target = thresholds.threshold_id
group by study_odds.target, study_odds.horizon, choices.prior_days
order by target, horizon, prior_days
