-- What the level of the VIX alone says: how often a target came true on any day and on days with such a VIX, as known on each
-- session, and how much better the second forecast has been. One row a session, horizon and target, whether a state is on or not.
with vix_odds as (
    select * from {{ ref("int_vix_odds") }}
),

forecasts as (
    select
        target,
        horizon,
        session_number + horizon as closed_number,
        {{ whole_quotient("session_number", "greatest(2 * horizon, 21)") }} as block,
        power(base_share_vix - came_true, 2) as error,
        power(base_share - came_true, 2) as reference_error
    from vix_odds
    where came_true is not null
),

skills as (
    select * from {{ running_skill("forecasts", ["target", "horizon"], threshold("odds_least_blocks")) }}
)

select
    ---------- keys
    vix_odds.session_date::date as session_date,
    '{{ main_universe() }}'::string as universe_id,
    vix_odds.target::string as target,
    vix_odds.horizon::integer as horizon,

    ---------- counts as known on the session
    vix_odds.vix::double as vix,
    vix_odds.vix_tenth::integer as vix_tenth,
    vix_odds.tenth_n::integer as tenth_n,
    vix_odds.tenth_hits::integer as tenth_hits,
    vix_odds.base_n::integer as base_n,
    vix_odds.base_hits::integer as base_hits,

    ---------- shares
    vix_odds.base_share::double as base_share,
    vix_odds.base_share_vix::double as base_share_vix,

    ---------- how good they were, as known on the session
    skills.skill::double as skill_known,
    skills.skill_low::double as skill_known_low,
    skills.skill_high::double as skill_known_high,

    ---------- in words
    case
        when coalesce(skills.skill_low, 0) <= 0 then 'no_skill_shown'
        when {{ wilson_low("vix_odds.tenth_hits", "vix_odds.tenth_n") }} > vix_odds.base_share
            and vix_odds.base_share_vix > vix_odds.base_share then 'higher'
        when {{ wilson_high("vix_odds.tenth_hits", "vix_odds.tenth_n") }} < vix_odds.base_share
            and vix_odds.base_share_vix < vix_odds.base_share then 'lower'
        else 'not_distinguishable'
    end::string as finding
from vix_odds
{{ asof_left_join(
    "skills", "skills", [("vix_odds.target", "skills.target"), ("vix_odds.horizon", "skills.horizon")],
    "vix_odds.session_number", "skills.closed_number"
) }}
order by session_date, target, horizon
