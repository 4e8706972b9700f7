{{
    config(
        materialized="incremental",
        incremental_strategy="append",
        pre_hook="{{ delete_changed_sessions() }}",
        post_hook="{{ store_build_note() }}"
    )
}}
-- Counts of members that rose, fell, or are above an average; one row a universe, segment and session. This is the step from
-- millions of name-days to thousands of days, and it is incremental: a build counts only sessions that have changed.
with memberships as (
    select * from {{ ref("int_memberships") }}
),

name_days as (
    select
        *,
        case when not is_stale then points end as step
    from {{ ref("int_name_days") }}
    {% if is_incremental() -%}
    where session_number >= {{ first_changed_session() }}
    {%- endif %}
),

index_growth as (
    select
        session_number,
        log_total_return_index - lag(log_total_return_index, 21) over (order by session_number) as log_return_21
    from {{ ref("int_asset_days") }}
    where asset_id = 'SPY'
),

sector_counts as (
    select
        memberships.universe_id,
        memberships.segment_id as sector,
        name_days.session_number,
        name_days.session_date,

        ---------- direction
        count(name_days.step) as valid,
        count(*) filter (where name_days.step > 0) as advances,
        count(*) filter (where name_days.step < 0) as declines,
        count(*) filter (where name_days.step = 0) as unchanged,
        -- 0 if no member moved this way, but NULL if no volume is reported at all
        sum(case when name_days.step > 0 then name_days.volume_traded when name_days.step <= 0 then 0 * name_days.volume_traded end)
            as up_volume,
        sum(case when name_days.step < 0 then name_days.volume_traded when name_days.step >= 0 then 0 * name_days.volume_traded end)
            as down_volume,
        sum(case when name_days.step > 0 then name_days.step when name_days.step <= 0 then 0 end) as points_gained,
        sum(case when name_days.step < 0 then -name_days.step when name_days.step >= 0 then 0 end) as points_lost,

        ---------- compared with their own past: the flags are never NULL, and count_if takes half the time of a filter
        {% for length in mean_windows() -%}
            count_if(name_days.is_eligible_{{ length }}) as eligible_sma{{ length }},
            count_if(name_days.is_above_sma{{ length }}) as above_sma{{ length }},
        {% endfor -%}
        {% for length in extreme_windows() -%}
            count_if(name_days.is_eligible_{{ length }}) as eligible_{{ length }},
            count_if(name_days.is_high_{{ length }}) as new_highs_{{ length }},
            count_if(name_days.is_low_{{ length }}) as new_lows_{{ length }},
        {% endfor %}
        ---------- compared with the index
        count(name_days.log_return_21 - index_growth.log_return_21) as eligible_return_21,
        count(*) filter (where name_days.log_return_21 > index_growth.log_return_21) as outperforming_21,
        sum(case when name_days.step is not null then name_days.total_return end) as return_sum
    from name_days
    inner join memberships
        on name_days.security_id = memberships.security_id
        and name_days.session_date >= memberships.valid_from
        and name_days.session_date < memberships.valid_to
    left join index_growth on name_days.session_number = index_growth.session_number
    group by all
),

segment_counts as (
    select
        universe_id,
        session_number,
        session_date,
        'ALL' as segment_id
        {%- for measure in ["valid"] + breadth_counts() %},
        sum({{ measure }}) as {{ measure }}
        {%- endfor %}
    from sector_counts
    group by universe_id, session_number, session_date
    union all
    select
        universe_id,
        session_number,
        session_date,
        sector as segment_id
        {%- for measure in ["valid"] + breadth_counts() %},
        {{ measure }}
        {%- endfor %}
    from sector_counts
    where sector is not null
)

select
    *,
    {{ newest_change() }} as build_number
from segment_counts
order by universe_id, segment_id, session_number
