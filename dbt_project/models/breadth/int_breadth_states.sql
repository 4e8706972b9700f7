-- The scores with the states of their extremes (macro extreme_state); one row a universe, segment and session.
with breadth_scores as (
    select * from {{ ref("int_breadth_scores") }}
),

index_days as (
    select * from {{ ref("index_daily") }}
    where index_id = '{{ main_universe() }}'
),

-- what falls is the S&P 500 for every universe and segment
scores as (
    select
        breadth_scores.*,
        index_days.price_return_1d < -{{ threshold("bounce_index_fall_pct") }} / 100 as is_index_falling
    from breadth_scores
    left join index_days on breadth_scores.session_date = index_days.session_date
),

participation as (
    select *
    from {{ extreme_state(
        "scores", "participation_score", "participation", ["universe_id", "segment_id"], no_bounce="is_index_falling"
    ) }}
),

narrowness as (
    select * from {{ extreme_state("scores", "narrowness_score", "narrowness", ["universe_id", "segment_id"]) }}
)

select
    scores.* {{ exclude() }} (is_index_falling),
    participation.participation_state,
    participation.participation_extreme_date,
    participation.participation_extreme_age,
    narrowness.narrowness_state,
    narrowness.narrowness_extreme_date,
    narrowness.narrowness_extreme_age
from scores
left join participation
    on scores.universe_id = participation.universe_id
    and scores.segment_id = participation.segment_id
    and scores.session_number = participation.session_number
left join narrowness
    on scores.universe_id = narrowness.universe_id
    and scores.segment_id = narrowness.segment_id
    and scores.session_number = narrowness.session_number
order by scores.universe_id, scores.segment_id, scores.session_number
