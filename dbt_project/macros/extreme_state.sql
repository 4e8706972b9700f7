{#
The state machine of an extreme that reverses. A score is *extreme* at two sigmas; it *bounces* (from low) or *fades*
(from high) once it has come back by 0.5 from the extreme and its EMA3 has turned; that latches until it *fails* (a new
extreme within 10 sessions), 15 sessions have passed, or the score crosses its median.

A subquery: keys, session_number and <prefix>_state, <prefix>_extreme_date, <prefix>_extreme_age. High extremes are the
same machine on the negative score, so every step below speaks of lows only. Thresholds come from the seed.
#}
{% macro extreme_state(relation, score, prefix, keys) -%}
(
    with scored as (
        select {{ keys | join(", ") }}, session_number, session_date, {{ score }} as score
        from {{ relation }}
    ),

    smoothed as (
        select
            *,
            median(score) over (
                partition by {{ keys | join(", ") }} order by session_number {{ rows_back(252) }}
            ) as median_252
        from {{ ema("scored", {"score_ema3": ["score", 3]}, keys, "session_number") }}
    ),

    sided as (
        select
            {% for key in keys %}smoothed.{{ key }}, {% endfor -%}
            smoothed.session_number,
            smoothed.session_date,
            sides.side,
            sides.sign * smoothed.score as score,
            sides.sign * (smoothed.score_ema3 - lag(smoothed.score_ema3) over (
                partition by {{ keys | join(", ") }}, sides.side order by smoothed.session_number
            )) as turn,
            sides.sign * smoothed.score > sides.sign * smoothed.median_252 as is_across_median,
            sides.sign * smoothed.score <= -{{ threshold("extreme_score") }} as is_extreme
        from smoothed
        cross join (values ('low', 1), ('high', -1)) as sides(side, sign)
    ),

    marked as (
        select
            *,
            max(case when is_extreme then session_number end) over earlier as earlier_extreme_number,
            max(case when is_across_median then session_number end) over earlier as earlier_crossing_number
        from sided
        window earlier as (
            partition by {{ keys | join(", ") }}, side order by session_number
            rows between unbounded preceding and 1 preceding
        )
    ),

    episodes as (
        select
            *,
            sum(case
                when is_extreme and (
                    earlier_extreme_number is null
                    or session_number - earlier_extreme_number > {{ threshold("extreme_memory") }}
                    or earlier_crossing_number > earlier_extreme_number
                ) then 1 else 0
            end) over (
                partition by {{ keys | join(", ") }}, side order by session_number rows unbounded preceding
            ) as episode
        from marked
    ),

    deepened as (
        select
            *,
            is_extreme and score < coalesce(min(case when is_extreme then score end) over (
                partition by {{ keys | join(", ") }}, side, episode order by session_number
                rows between unbounded preceding and 1 preceding
            ), 1e9) as is_new_extreme
        from episodes
    ),

    attempts as (
        select
            *,
            sum(case when is_new_extreme then 1 else 0 end) over (
                partition by {{ keys | join(", ") }}, side, episode order by session_number rows unbounded preceding
            ) as attempt
        from deepened
    ),

    begun as (
        select
            *,
            min(case when is_new_extreme then session_number end) over in_attempt as extreme_number,
            min(case when is_new_extreme then session_date end) over in_attempt as extreme_date,
            min(case when is_new_extreme then score end) over in_attempt as extreme_score,
            max(case when is_across_median then session_number end) over in_attempt as crossing_number,
            max(case when is_extreme then session_number end) over in_attempt as last_extreme_number
        from attempts
        window in_attempt as (
            partition by {{ keys | join(", ") }}, side, episode, attempt order by session_number rows unbounded preceding
        )
    ),

    turned as (
        select
            *,
            min(case
                when session_number > extreme_number
                    and score >= extreme_score + {{ threshold("extreme_return") }}
                    and turn > 0
                    then session_number
            end) over (
                partition by {{ keys | join(", ") }}, side, episode, attempt order by session_number rows unbounded preceding
            ) as turn_number
        from begun
    ),

    remembered as (
        select
            *,
            max(turn_number) over (
                partition by {{ keys | join(", ") }}, side, episode order by session_number
                rows between unbounded preceding and 1 preceding
            ) as earlier_turn_number
        from turned
    ),

    failing as (
        select
            *,
            -- the turn before this extreme came at most 10 sessions earlier
            max(case
                when is_new_extreme
                    and session_number - earlier_turn_number <= {{ threshold("extreme_failure") }}
                    then 1 else 0
            end) over (
                partition by {{ keys | join(", ") }}, side, episode, attempt order by session_number rows unbounded preceding
            ) = 1 as is_failure
        from remembered
    ),

    staged as (
        select
            *,
            case
                when episode = 0 or score is null or crossing_number > extreme_number then null
                when turn_number is not null and session_number - turn_number <= {{ threshold("extreme_memory") }}
                    then case side when 'low' then 'low_bouncing' else 'high_fading' end
                when turn_number is not null and not is_extreme then null
                when session_number - last_extreme_number > {{ threshold("extreme_memory") }} then null
                when is_failure then case side when 'low' then 'low_failed' else 'high_failed' end
                else case side when 'low' then 'extreme_low' else 'extreme_high' end
            end as stage
        from failing
    ),

    -- where both sides have one, the newer extreme speaks
    combined as (
        select
            {{ keys | join(", ") }},
            session_number,
            count(score) > 0 as is_scored,
            {{ value_at_max("stage", "case when stage is not null then extreme_number end") }} as stage,
            {{ value_at_max("extreme_date", "case when stage is not null then extreme_number end") }} as extreme_date,
            max(case when stage is not null then extreme_number end) as extreme_number
        from staged
        group by all
    )

    select
        {{ keys | join(", ") }},
        session_number,
        case when is_scored then coalesce(stage, 'neutral') end as {{ prefix }}_state,
        extreme_date as {{ prefix }}_extreme_date,
        (session_number - extreme_number)::integer as {{ prefix }}_extreme_age
    from combined
)
{%- endmacro %}
