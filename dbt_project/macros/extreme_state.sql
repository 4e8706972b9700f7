{#
State machine of an extreme that reverses. A score is *in the zone* at two sigmas. Outside the zone it *bounces* (from a low) or
*fades* (from a high) once it has come back by 0.5 from the extreme and its EMA3 has turned; that lasts for 15 sessions or until
the score crosses its median. Thresholds come from the seed. The state of a session is the first that applies:

    failed              in the zone and beyond the extreme from which it had turned at most 10 sessions before
    extreme             in the zone
    bouncing, fading    as above; `no_bounce` is a condition under which no bounce from a low is reported, which does not end it
    unresolved          in the zone at most 15 sessions before, and the median not crossed since
    neutral             the rest

Words, all for one side (a high extreme is a low of the negative score, so every step below looks only for lows):

    episode   from an extreme until the score has crossed its median or been above -2 for 15 sessions
    attempt   from a new lowest score of the episode to the next one
    turn      the first session of an attempt, outside the zone, on which the score is back by 0.5 and its EMA3 rises

One episode with a failure; the median is at 0:

    session          1      2      3      4      5      6      7      8
    score         -1.0   -2.1   -2.4  -1.95   -1.6   -1.5   -2.6   -2.3
    is_extreme              x      x                           x      x
    episode          0      1      1      1      1      1      1      1
    attempt          0      1      2      2      2      2      3      3
    turn                                         x
    state      neutral    extreme_low     low_    low_    low_    extreme_
                            (2, 3)  unresolved bouncing  failed   low
                                        (4)     (5, 6)    (7)     (8)

A subquery: keys, session_number and <prefix>_state, <prefix>_extreme_date, <prefix>_extreme_age.
#}
{% macro extreme_state(relation, score, prefix, keys, no_bounce="false") -%}
{%- set key = keys | join(", ") -%}
(
    with scores as (
        select
            {{ key }},
            session_number,
            session_date,
            {{ score }} as score,
            coalesce({{ no_bounce }}, false) as is_no_bounce
        from {{ relation }}
    ),

    smoothed_scores as (
        select
            *,
            {{ median_of("score") }} over (partition by {{ key }} order by session_number {{ rows_back(252) }}) as median_252
        from {{ ema("scores", {"score_ema3": ["score", 3]}, keys, "session_number") }}
    ),

    ---------- both sides as lows: one row a key, side and session
    side_days as (
        select
            {% for column in keys %}smoothed_scores.{{ column }}, {% endfor -%}
            smoothed_scores.session_number,
            smoothed_scores.session_date,
            smoothed_scores.is_no_bounce,
            sides.side,
            sides.sign * smoothed_scores.score as score,
            sides.sign * (smoothed_scores.score_ema3 - lag(smoothed_scores.score_ema3) over (
                partition by {{ key }}, sides.side order by smoothed_scores.session_number
            )) as ema3_change,
            sides.sign * smoothed_scores.score > sides.sign * smoothed_scores.median_252 as is_across_median,
            sides.sign * smoothed_scores.score <= -{{ threshold("extreme_score") }} as is_extreme
        from smoothed_scores
        cross join (values ('low', 1), ('high', -1)) as sides (side, sign)
    ),

    ---------- episodes, and the attempts within them
    days_with_past as (
        select
            *,
            max(case when is_extreme then session_number end) over earlier as earlier_extreme_number,
            max(case when is_across_median then session_number end) over earlier as earlier_crossing_number
        from side_days
        window earlier as (
            partition by {{ key }}, side order by session_number rows between unbounded preceding and 1 preceding
        )
    ),

    -- an extreme opens an episode unless one is still open
    episode_days as (
        select
            *,
            sum(case
                when is_extreme and (
                    earlier_extreme_number is null
                    or session_number - earlier_extreme_number > {{ threshold("extreme_memory") }}
                    or earlier_crossing_number > earlier_extreme_number
                ) then 1 else 0
            end) over (partition by {{ key }}, side order by session_number rows unbounded preceding) as episode
        from days_with_past
    ),

    episode_lows as (
        select
            *,
            -- the first extreme of an episode has nothing below it: any score is less than 1e9
            is_extreme and score < coalesce(min(case when is_extreme then score end) over (
                partition by {{ key }}, side, episode order by session_number
                rows between unbounded preceding and 1 preceding
            ), 1e9) as is_new_extreme
        from episode_days
    ),

    attempt_days as (
        select
            *,
            sum(case when is_new_extreme then 1 else 0 end) over (
                partition by {{ key }}, side, episode order by session_number rows unbounded preceding
            ) as attempt
        from episode_lows
    ),

    ---------- what has happened in the attempt so far
    attempt_extremes as (
        select
            *,
            min(case when is_new_extreme then session_number end) over in_attempt as extreme_number,
            min(case when is_new_extreme then session_date end) over in_attempt as extreme_date,
            min(case when is_new_extreme then score end) over in_attempt as extreme_score,
            max(case when is_across_median then session_number end) over in_attempt as crossing_number,
            max(case when is_extreme then session_number end) over in_attempt as last_extreme_number
        from attempt_days
        window in_attempt as (
            partition by {{ key }}, side, episode, attempt order by session_number rows unbounded preceding
        )
    ),

    attempt_turns as (
        select
            *,
            min(case
                when not is_extreme
                    and score >= extreme_score + {{ threshold("extreme_return") }}
                    and ema3_change > 0
                    then session_number
            end) over (
                partition by {{ key }}, side, episode, attempt order by session_number rows unbounded preceding
            ) as turn_number
        from attempt_extremes
    ),

    -- scores of an episode's attempts fall, so that the lowest extreme that was turned from is that of the latest turn
    turns_with_past as (
        select
            *,
            max(turn_number) over earlier as earlier_turn_number,
            min(case when turn_number is not null then extreme_score end) over earlier as turned_extreme_score
        from attempt_turns
        window earlier as (
            partition by {{ key }}, side, episode order by session_number
            rows between unbounded preceding and 1 preceding
        )
    ),

    ---------- the state
    side_states as (
        select
            *,
            case
                when score is null then null
                when is_extreme then case
                    when score < turned_extreme_score
                        and session_number - earlier_turn_number <= {{ threshold("extreme_failure") }}
                        then case side when 'low' then 'low_failed' else 'high_failed' end
                    else case side when 'low' then 'extreme_low' else 'extreme_high' end
                end
                when episode = 0 or crossing_number > extreme_number then null
                when session_number - turn_number <= {{ threshold("extreme_memory") }}
                    and not (side = 'low' and is_no_bounce)
                    then case side when 'low' then 'low_bouncing' else 'high_fading' end
                when session_number - last_extreme_number <= {{ threshold("extreme_memory") }}
                    then case side when 'low' then 'low_unresolved' else 'high_unresolved' end
            end as state
        from turns_with_past
    ),

    -- if both sides have a state, the one in the zone counts, else the one with the newer extreme
    ranked_states as (
        select
            *,
            case when state is not null then (is_extreme, extreme_number) end as state_rank
        from side_states
    ),

    newest_states as (
        select
            {{ key }},
            session_number,
            count(score) > 0 as is_scored,
            {{ value_at_max("state", "state_rank") }} as state,
            {{ value_at_max("extreme_date", "state_rank") }} as extreme_date,
            {{ value_at_max("extreme_number", "state_rank") }} as extreme_number
        from ranked_states
        group by all
    )

    select
        {{ key }},
        session_number,
        case when is_scored then coalesce(state, 'neutral') end as {{ prefix }}_state,
        extreme_date as {{ prefix }}_extreme_date,
        (session_number - extreme_number)::integer as {{ prefix }}_extreme_age
    from newest_states
)
{%- endmacro %}
