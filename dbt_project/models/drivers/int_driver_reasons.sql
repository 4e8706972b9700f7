-- What a sentence may name as the why of one and of five sessions: first the kind of news with the larger part in the direction
-- of the move, then drivers in its direction by size, each only with the least share of the move and the least basis points.
-- Amplifiers are never named. Where the residual of the macro block is its largest part, none of its drivers is named, and if
-- no news is either, 'not_explained' comes before the drivers inside equities. One row a session.
{% set macro_drivers = ["rates", "dollar"] -%}
with contributions as (
    select * from {{ ref("drivers_daily") }}
),

drivers as (
    select * from {{ ref("drivers") }}
),

factors as (
    select * from {{ ref("int_driver_factors") }}
),

index_moves as (
    select
        session_number,
        session_date,
        10000 * spx_return as move_day_bp,
        case
            when count(spx_return) over week = 5 then 10000 * sum(spx_return) over week
        end as move_5d_bp
    from factors
    window week as (order by session_number {{ rows_back(5) }})
),

driver_parts as (
    {% for horizon, column in {"day": "contribution_bp", "5d": "contribution_5_bp"}.items() -%}
    select
        contributions.session_date,
        '{{ horizon }}' as horizon,
        contributions.driver_id,
        drivers.block,
        drivers.is_named,
        drivers.position,
        contributions.{{ column }} as bp,
        contributions.contribution_5_scaled as scaled,
        index_moves.move_{{ horizon }}_bp as move_bp
    from contributions
    inner join drivers on contributions.driver_id = drivers.driver_id
    inner join index_moves on contributions.session_date = index_moves.session_date
    {% if not loop.last -%}
    union all
    {% endif -%}
    {% endfor %}
),

-- NULL unless the whole macro block is known: greatest() ignores NULLs
day_summaries as (
    select
        session_date,
        horizon,
        max(move_bp) as move_bp,
        max(bp) filter (where driver_id = 'macro_residual') as macro_residual_bp,
        case
            when count(bp) filter (where driver_id in ('{{ macro_drivers | join("', '") }}')) = {{ macro_drivers | length }}
                then abs(max(bp) filter (where driver_id = 'macro_residual'))
                    > max(abs(bp)) filter (where driver_id in ('{{ macro_drivers | join("', '") }}'))
        end as not_explained,
        count(bp) filter (where is_named) > 0 and max(move_bp) is not null as is_known
    from driver_parts
    group by session_date, horizon
),

candidates as (
    select
        driver_parts.session_date,
        driver_parts.horizon,
        driver_parts.driver_id,
        driver_parts.bp,
        driver_parts.scaled,
        case when driver_parts.block = 'news' then 1 else 3 end as tier,
        driver_parts.position
    from driver_parts
    inner join day_summaries
        on driver_parts.session_date = day_summaries.session_date
        and driver_parts.horizon = day_summaries.horizon
    where driver_parts.is_named
        and not (driver_parts.block = 'macro' and coalesce(day_summaries.not_explained, false))
        and sign(driver_parts.move_bp) * driver_parts.bp >= greatest(
            {{ threshold("why_least_share") }} * abs(driver_parts.move_bp), {{ threshold("why_least_bp") }}
        )
    union all
    select
        session_date,
        horizon,
        'not_explained' as driver_id,
        macro_residual_bp as bp,
        null as scaled,
        2 as tier,
        0 as position
    from day_summaries
    where not_explained
),

candidates_with_news as (
    select
        *,
        min(tier) over (partition by session_date, horizon) = 1 as has_news
    from candidates
),

ranked_candidates as (
    select
        *,
        row_number() over (partition by session_date, horizon order by tier, -abs(bp), position) as place
    from candidates_with_news
    where tier <> 2 or not has_news
),

chosen as (
    select
        session_date,
        horizon
        {%- for place, suffix in {1: "", 2: "_second"}.items() %},
        max(driver_id) filter (where place = {{ place }}) as why{{ suffix }},
        max(bp) filter (where place = {{ place }}) as why{{ suffix }}_bp,
        max(scaled) filter (where place = {{ place }}) as why{{ suffix }}_scaled
        {%- endfor %}
    from ranked_candidates
    group by session_date, horizon
),

reasons as (
    select
        day_summaries.session_date,
        day_summaries.horizon,
        day_summaries.not_explained,
        case when day_summaries.is_known then coalesce(chosen.why, 'none') end as why,
        case when day_summaries.is_known then coalesce(chosen.why_second, 'none') end as why_second,
        case when day_summaries.is_known then chosen.why_bp end as why_bp,
        case when day_summaries.is_known then chosen.why_bp / nullif(day_summaries.move_bp, 0) end as why_share,
        chosen.why_scaled,
        chosen.why_second_bp,
        chosen.why_second_scaled
    from day_summaries
    left join chosen
        on day_summaries.session_date = chosen.session_date
        and day_summaries.horizon = chosen.horizon
)

select
    session_date
    {%- for horizon in ["day", "5d"] %},
    max(why) filter (where horizon = '{{ horizon }}') as why_{{ horizon }},
    max(why_bp) filter (where horizon = '{{ horizon }}') as why_{{ horizon }}_bp,
    max(why_share) filter (where horizon = '{{ horizon }}') as why_{{ horizon }}_share,
    max(why_scaled) filter (where horizon = '{{ horizon }}') as why_{{ horizon }}_scaled,
    max(why_second) filter (where horizon = '{{ horizon }}') as why_{{ horizon }}_second,
    max(why_second_bp) filter (where horizon = '{{ horizon }}') as why_{{ horizon }}_second_bp,
    max(why_second_scaled) filter (where horizon = '{{ horizon }}') as why_{{ horizon }}_second_scaled,
    bool_or(not_explained) filter (where horizon = '{{ horizon }}') as not_explained_{{ horizon }}
    {%- endfor %}
from reasons
group by session_date
order by session_date
