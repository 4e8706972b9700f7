-- Has positioning capitulated? The legs by name and the stage they make. Each session on which washout and positioning
-- both hold makes a claim of 21 sessions; an index close under the lowest from the claim to its exhaustion voids it.
-- What is unknown is carried as two answers, the most and the least it could be: a stage stands where both agree.
{% set legs = {
    "washout": ["pct_above_sma50", "participation_score", "new_lows_21_pct"],
    "panic": ["lowry_90_down", "declines_pct", "whaley_5d"],
    "volatility": ["vix_vix3m", "vix_pctl_252"],
    "correlation": ["cor1m_pctl_252"],
    "positioning": [
        "report_date", "asset_manager_net_pct_oi", "asset_manager_pctl_156w", "asset_manager_chg_4w_z", "cta_exposure",
        "cta_flow_5d", "cta_flow_21d", "cta_flow_5d_z_252", "cta_flow_21d_z_252",
    ],
    "exhaustion": ["vix_to_high_10", "cor1m_to_high_10"],
    "trigger": ["zbt_signal_nyse", "zbt_signal", "bam_signal", "lowry_90_up"],
} -%}
{% set market_legs = ["washout", "panic", "volatility", "correlation"] -%}
{% set lists = {"legs_met": "%s_counts", "legs_missing": "not %s_counts", "legs_unknown": "%s_counts is null"} -%}
{#- the two answers: is a NULL test taken to have held? -#}
{% set answers = {"least": "false", "most": "true"} -%}
with legs as (
    select * from {{ ref("int_capitulation_legs") }}
),

counted as (
    select
        *
        {%- for answer, unknown in answers.items() %},
        {% for leg in market_legs -%}
            {{ " + " if not loop.first }}coalesce({{ leg }}_on, {{ unknown }})::integer
        {%- endfor %} as market_legs_{{ answer }}
        {%- endfor %}
    from legs
),

claims as (
    select
        session_number as claim_number,
        session_date as claim_date,
        market_legs_least >= {{ threshold("washout_legs") }} and coalesce(positioning_on, false) as is_certain
    from counted
    where market_legs_most >= {{ threshold("washout_legs") }} and coalesce(positioning_on, true)
),

-- the sooner the exhaustion, the sooner a claim is void: most of the one is least of the other
followed as (
    select
        claims.claim_number,
        claims.claim_date,
        claims.is_certain,
        counted.session_number,
        counted.index_close,
        counted.trigger_test
        {%- for answer, unknown in answers.items() %},
        min(case when coalesce(counted.exhaustion_test, {{ unknown }}) then counted.session_number end) over so_far
            as exhaustion_number_{{ answer }}
        {%- endfor %}
    from claims
    inner join counted
        on claims.claim_number <= counted.session_number
        and claims.claim_number + {{ threshold("capitulation_sessions") }} > counted.session_number
    window so_far as (partition by claims.claim_number order by counted.session_number rows unbounded preceding)
),

floored as (
    select
        *
        {%- for answer in answers %},
        min(case
            when session_number <= coalesce(exhaustion_number_{{ answer }}, session_number) then index_close
        end) over so_far as floor_{{ answer }}
        {%- endfor %}
    from followed
    window so_far as (partition by claim_number order by session_number rows unbounded preceding)
),

judged as (
    select
        *
        {%- for answer, unknown in answers.items() %},
        coalesce(
            max((session_number > exhaustion_number_{{ answer }} and index_close < floor_{{ answer }})::integer)
                over so_far, 0
        ) = 1 as is_void_{{ answer }},
        coalesce(
            max((session_number > exhaustion_number_{{ answer }} and coalesce(trigger_test, {{ unknown }}))::integer)
                over so_far, 0
        ) = 1 as is_triggered_{{ answer }}
        {%- endfor %}
    from floored
    window so_far as (partition by claim_number order by session_number rows unbounded preceding)
),

held as (
    select
        session_number,
        bool_or(is_certain and not is_void_most) as is_capitulated_least,
        bool_or(not is_void_least) as is_capitulated_most,
        bool_or(is_certain and not is_void_most and is_triggered_least) as is_confirmed_least,
        bool_or(not is_void_least and is_triggered_most) as is_confirmed_most,
        bool_or(is_certain and not is_void_most and exhaustion_number_least is not null) as is_exhausted,
        max(case when is_certain and not is_void_most then claim_date end) as capitulation_date,
        session_number - max(case when is_certain and not is_void_most then claim_number end) as capitulation_age
    from judged
    group by session_number
),

staged as (
    select
        counted.*,
        held.capitulation_date,
        held.capitulation_age,
        coalesce(held.is_exhausted, false) as is_exhausted
        {%- for answer in answers %},
        case
            when coalesce(held.is_confirmed_{{ answer }}, false) then 'confirmed'
            when coalesce(held.is_capitulated_{{ answer }}, false) then 'capitulated'
            when counted.market_legs_{{ answer }} >= {{ threshold("washout_legs") }} then 'washout'
            when counted.market_legs_{{ answer }} >= {{ threshold("stress_legs") }} then 'stress'
            else 'none'
        end as stage_{{ answer }}
        {%- endfor %}
    from counted
    left join held on counted.session_number = held.session_number
),

settled as (
    select
        *,
        case when stage_least = stage_most then stage_least end as stage,
        -- what a stage reads: the sessions of a claim, and the memory of its legs
        min(is_clean::integer) over (order by session_number {{ rows_back(30) }}) = 1 as is_clean_throughout
    from staged
),

-- while a capitulation runs, the legs that made it count as met, though their day has passed
counting as (
    select
        *
        {%- for leg in legs %},
        {% if leg == "positioning" -%}
            positioning_on or coalesce(stage in ('capitulated', 'confirmed'), false)
        {%- elif leg == "exhaustion" -%}
            exhaustion_on or coalesce(stage in ('capitulated', 'confirmed') and is_exhausted, false)
        {%- elif leg == "trigger" -%}
            trigger_on or coalesce(stage = 'confirmed', false)
        {%- else -%}
            {{ leg }}_on
        {%- endif %} as {{ leg }}_counts
        {%- endfor %}
    from settled
)

select
    session_date,

    ---------- stage
    stage::varchar as stage,
    {% for list, holds in lists.items() -%}
        concat_ws(
            ', '
            {%- for leg in legs %},
            case when {{ holds | format(leg) }} then '{{ leg }}' end
            {%- endfor %}
        )::varchar as {{ list }},
    {% endfor -%}
    case when stage in ('capitulated', 'confirmed') then capitulation_date end::date as capitulation_date,
    case when stage in ('capitulated', 'confirmed') then capitulation_age end::integer as capitulation_age,
    case when stage is null then 'an unknown leg of the last 30 sessions could change the stage' end::varchar
        as null_reason,

    ---------- coverage of the members' breadth
    coverage,
    coalesce(is_clean_throughout, false) as is_clean
    {%- for leg, readings in legs.items() %},

    ---------- {{ leg }}
    {{ leg }}_on,
    {{ leg }}_age::integer as {{ leg }}_age,
    case when {{ leg }}_counts then {{ leg }}_evidence end::varchar as {{ leg }}_evidence
    {%- for reading in readings %},
    {{ reading }}
    {%- endfor %}
    {%- endfor %},

    ---------- index
    index_close
from counting
order by session_date
