-- From counts to measures: lines, streaks, ratios, oscillators and thrusts; one row a universe, segment and session. If too few
-- members can be counted, the measures of the session are NULL and null_reason tells why.
with members as (
    select * from {{ ref("int_members_by_session") }}
),

counts as (
    select * from {{ ref("int_breadth_counts") }}
),

universes as (
    select * from {{ ref("stg_universes") }}
),

exchange_counts as (
    select * from {{ ref("stg_exchange_breadth") }}
),

sessions as (
    select * from {{ ref("int_sessions") }}
),

segment_starts as (
    select
        universe_id,
        segment_id,
        min(session_number) as first_session_number
    from counts
    where valid > 0
    group by universe_id, segment_id
),

member_days as (
    select
        members.universe_id,
        members.segment_id,
        members.session_number,
        members.session_date,
        members.members,
        coalesce(counts.valid, 0) as valid
        {%- for count in breadth_counts() %},
        counts.{{ count }}
        {%- endfor %}
    from members
    inner join segment_starts
        on members.universe_id = segment_starts.universe_id
        and members.segment_id = segment_starts.segment_id
        and members.session_number >= segment_starts.first_session_number
    left join counts
        on members.universe_id = counts.universe_id
        and members.segment_id = counts.segment_id
        and members.session_number = counts.session_number
),

exchange_days as (
    select
        universes.universe_id,
        'ALL' as segment_id,
        sessions.session_number,
        sessions.session_date,
        (counts.advances + counts.declines + coalesce(counts.unchanged, 0))::integer as members,
        coalesce(counts.advances + counts.declines + coalesce(counts.unchanged, 0), 0)::bigint as valid
        {%- for count in breadth_counts() %},
        {{ "counts." ~ count if count in ["advances", "declines", "unchanged"] else "null as " ~ count }}
        {%- endfor %}
    from universes
    inner join sessions on sessions.session_date >= (select min(session_date) from exchange_counts)
    left join exchange_counts as counts
        on universes.universe_id = counts.universe_id
        and sessions.session_date = counts.session_date
    where universes.basis = 'exchange' and exists (select 1 from exchange_counts)
),

segment_days as (
    select * from member_days
    union all
    select * from exchange_days
),

days_with_coverage as (
    select
        segment_days.*,
        universes.is_proxy,
        case when segment_days.segment_id = 'ALL' then universes.min_members else universes.min_members_sector end
            as least_members,
        universes.basis,
        sessions.is_early_close,
        least(
            segment_days.valid / nullif(segment_days.members, 0)::double,
            max(case when segment_days.segment_id = 'ALL' then segment_days.valid / nullif(segment_days.members, 0)::double end)
                over (partition by segment_days.universe_id, segment_days.session_number)
        ) as coverage
    from segment_days
    inner join universes on segment_days.universe_id = universes.universe_id
    inner join sessions on segment_days.session_number = sessions.session_number
),

days_with_reason as (
    select
        *,
        case
            when basis = 'exchange' and valid = 0 then 'the exchange''s advances or declines are missing'
            when valid < least_members then 'fewer than ' || least_members || ' members with prices'
            when coverage < {{ threshold("coverage_floor") }} or coverage is null
                then 'coverage below ' || {{ fixed(threshold("coverage_floor"), 2) }}
        end as null_reason
    from days_with_coverage
),

valid_days as (
    select
        universe_id,
        segment_id,
        session_number,
        session_date,
        members,
        valid,
        coverage,
        -- one lost session takes a name out of every window for months; without the index no name is compared with it
        coverage >= {{ threshold("clean_coverage") }} and null_reason is null
            {%- for eligible in eligible_counts() %}
            and coalesce({{ eligible }} >= {{ threshold("clean_eligible") }} * members, true)
            {%- endfor %}
            and coalesce(eligible_return_21 = 0 or eligible_return_21 >= {{ threshold("clean_eligible") }} * members, true)
            as is_clean,
        is_proxy,
        is_early_close,
        null_reason
        {%- for count in breadth_counts() %},
        case when null_reason is null then {{ count }} end as {{ count }}
        {%- endfor %}
    from days_with_reason
),

measures as (
    select
        *,
        advances - declines as net_advances,
        100e0 * (advances - declines) / nullif(advances + declines, 0) as ad_pct,
        1000e0 * (advances - declines) / nullif(advances + declines, 0) as rana,
        advances / nullif(advances + declines, 0)::double as advance_ratio,
        100 * (up_volume / nullif(up_volume + down_volume, 0)) as up_volume_pct,
        case when advances is not null then sum(advances - declines) over so_far end as ad_line,
        session_number - coalesce(max(case when not coalesce(declines > advances, false) then session_number end)
            over so_far, min(session_number) over so_far - 1) as neg_breadth_streak,
        session_number - coalesce(max(case when not coalesce(advances > declines, false) then session_number end)
            over so_far, min(session_number) over so_far - 1) as pos_breadth_streak,
        case when count(advances) over last_10 >= 8
            then sum(advances) over last_10 / nullif(sum(declines) over last_10, 0)::double end as deemer_ratio10,
        case when count(advances) over last_5 >= 4
            then sum(advances) over last_5
                / nullif(sum(advances) over last_5 + sum(declines) over last_5, 0)::double end as whaley_5d,
        case when not is_early_close and points_gained + points_lost > 0 then
            down_volume >= {{ threshold("lowry_pct") }} / 100 * (up_volume + down_volume)
            and points_lost >= {{ threshold("lowry_pct") }} / 100 * (points_gained + points_lost) end
            as lowry_90_down,
        case when not is_early_close and points_gained + points_lost > 0 then
            up_volume >= {{ threshold("lowry_pct") }} / 100 * (up_volume + down_volume)
            and points_gained >= {{ threshold("lowry_pct") }} / 100 * (points_gained + points_lost) end
            as lowry_90_up
    from valid_days
    window
        so_far as (partition by universe_id, segment_id order by session_number rows unbounded preceding),
        last_10 as (partition by universe_id, segment_id order by session_number {{ rows_back(10) }}),
        last_5 as (partition by universe_id, segment_id order by session_number {{ rows_back(5) }})
),

smoothed_measures as (
    select *
    from {{ ema(
        "measures",
        {"rana_ema19": ["rana", 19], "rana_ema39": ["rana", 39], "advance_ratio_ema10": ["advance_ratio", 10]},
        ["universe_id", "segment_id"],
        "session_number",
    ) }}
),

oscillators as (
    select
        *,
        -- an exponential average is meaningful once it has seen three times its span
        case when rana_ema39_count > 117 then rana_ema19 - rana_ema39 end as mcclellan_osc,
        case when advance_ratio_ema10_count > 30 then advance_ratio_ema10 end as adv_ratio_ema10
    from smoothed_measures
),

thrust_signals as (
    select * from {{ zweig_thrust("oscillators", "adv_ratio_ema10", ["universe_id", "segment_id"]) }}
)

select
    * {{ exclude() }} (
        rana_ema19, rana_ema39, advance_ratio_ema10, rana_ema19_count, rana_ema39_count, advance_ratio_ema10_count
    ),
    case when mcclellan_osc is not null then sum(mcclellan_osc) over so_far end as mcclellan_sum,
    deemer_ratio10 > {{ threshold("breakaway_ratio") }}
        and lag(deemer_ratio10) over by_segment <= {{ threshold("breakaway_ratio") }} as bam_signal
from thrust_signals
window
    by_segment as (partition by universe_id, segment_id order by session_number),
    so_far as (partition by universe_id, segment_id order by session_number rows unbounded preceding)
order by universe_id, segment_id, session_number
