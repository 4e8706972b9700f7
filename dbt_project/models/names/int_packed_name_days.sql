{{
    config(
        materialized="in_stretches",
        stretches_of="names",
        pre_hook="{{ forget_changed_name_days() }}",
        post_hook="{{ remember_name_days() }}"
    )
}}
-- The one big table: what a security did in a session, and where it stands against its own past. Membership does not
-- enter here, so that a membership change restates nothing. Windows count sessions: a window with a hole is no window.
-- Rows are ordered once, by name and session, and every step from there on reads them in that order (`macros/ladder.sql`).
-- Written as narrow as it can be; who reads it does so through `int_name_days`.
{% set adds = is_incremental() %}
{% set first_read = first_read_date() if adds %}
with {% if adds %}changed as (
    {{ changed_name_days() }}
),

{% endif -%}
sessions as (
    select
        session_number,
        session_date
    from {{ ref("int_sessions") }}
),

windowed as (
    {% call(part) in_parts() %}
    with bars as (
        select
            vintages.security_id,
            sessions.session_number,
            sessions.session_date,
            -- one number for both: names lie far apart in it
            {{ joint_number("vintages.security_id", "sessions.session_number") }} as name_session,
            vintages.close,
            vintages.adj_close,
            vintages.dividend,
            vintages.volume / vintages.later_splits as volume_traded,
            vintages.later_splits,
            vintages.dividend <> 0 as has_dividend,
            vintages.split <> 1 and vintages.dividend > 0 as is_split_with_dividend,
            vintages.known_at,
            vintages.batch_id
            {%- if adds %},
            changed.first_changed_number
            {%- endif %}
        from {{ ref("stg_price_vintages") }} as vintages
        inner join sessions on vintages.obs_date = sessions.session_date
        {% if adds -%}
        inner join changed
            on vintages.security_id = changed.security_id
            and sessions.session_number >= changed.first_changed_number - {{ name_day_lookback() }}
        {% endif -%}
        where {{ is_of_share("vintages.security_id", part) }}
        {%- if adds %}
            -- a constant, so that the engine skips the history before it
            and vintages.obs_date >= date '{{ first_read }}'
        {%- endif %}
        order by name_session, vintages.known_at, vintages.batch_id
    ),

    vintages as (
        select
            *,
            {{ row_after("name_session") }} as next_name_session
        from bars
    ),

    -- the last vintage of a day is the newest
    newest as (
        select
            *,
            name_session - {{ rows_before("name_session", 1, 0) }} as sessions_1_back,
            name_session - {{ rows_before("name_session", 2, 0) }} as sessions_2_back,
            {{ rows_before("close", 1) }} as close_1_back,
            {{ rows_before("close", 2) }} as close_2_back,
            {{ rows_before("adj_close", 1) }} as adj_close_1_back,
            {{ rows_before("volume_traded", 1) }} as volume_1_back,
            {{ known_so_far("close") }} as closes_so_far -- noqa: PRS
        from vintages
        where next_name_session is distinct from name_session
    ),

    -- the row before is the name's own, and no older than a daily run reads
    stepped as (
        select
            *,
            case when sessions_1_back <= {{ longest_gap() }} then sessions_1_back end as gap,
            case when sessions_1_back <= {{ longest_gap() }} then close_1_back end as previous_close,
            case when sessions_1_back <= {{ longest_gap() }} then adj_close_1_back end as previous_adj_close,
            case when sessions_2_back <= {{ longest_gap() }} then close_2_back end as close_before_previous,
            case when sessions_1_back <= {{ longest_gap() }} then volume_1_back end as previous_volume,
            -- the same number in all rows of a run of sessions with a close and without a hole, greater in the next run
            case when close is null then -name_session else name_session - closes_so_far end as run
        from newest
    ),

    returned as (
        select
            *,
            coalesce(
                coalesce(volume_traded, 1) + coalesce(previous_volume, 1) = 0
                and close = previous_close and close = close_before_previous, false
            ) as is_stale,
            case when gap = 1 then close / previous_close - 1 end as price_return,
            case
                -- a split and a dividend on one day are adjusted for each other in adj_close only
                when close is null or previous_close is null or (is_split_with_dividend and adj_close is not null)
                    then adj_close / previous_adj_close - 1
                else (close + dividend) / previous_close - 1
            end as return_since_last_bar
        from stepped
    ),

    moved as (
        select
            *,
            case when gap = 1 then return_since_last_bar end as total_return,
            case when gap > 1 then return_since_last_bar end as gap_return,
            -- three unchanged closes without volume are no return
            case when gap = 1 and not is_stale then return_since_last_bar end as counted_return
        from returned
    ),

    -- windows of one row
    over_1 as (
        select
            *,
            coalesce(close, 0) as closes_1,
            coalesce(close, 0) as highs_1,
            coalesce(close, 0) as lows_1,
            ln(1 + total_return) as growth_1,
            counted_return as returns_1,
            counted_return * counted_return as squares_1
        from moved
    ),

    over_5 as (
        select
            *,
            {{ summed("closes", [1, 1, 1, 1, 1], 0) }},
            {{ greatest_of("highs", 3, 1) }},
            {{ least_of("lows", 3, 1) }},
            {{ summed("growth", [1, 1, 1]) }},
            {{ summed("returns", [1, 1, 1]) }},
            {{ summed("squares", [1, 1, 1]) }}
        from over_1
    ),

    over_20 as (
        select
            *,
            {{ summed("closes", [5, 5, 5, 5], 0) }},
            {{ greatest_of("highs", 9, 3) }},
            {{ least_of("lows", 9, 3) }},
            {{ summed("growth", [3, 3, 3]) }},
            {{ summed("returns", [3, 3, 3]) }},
            {{ summed("squares", [3, 3, 3]) }}
        from over_5
    ),

    over_50 as (
        select
            *,
            {{ summed("closes", [20, 20, 5, 5], 0) }},
            {{ greatest_of("highs", 21, 9) }},
            {{ least_of("lows", 21, 9) }},
            {{ summed("growth", [9, 9, 3]) }},
            {{ summed("returns", [9, 9, 3]) }},
            {{ summed("squares", [9, 9, 3]) }}
        from over_20
    ),

    over_100 as (
        select
            *,
            {{ summed("closes", [50, 50], 0) }},
            {{ greatest_of("highs", 63, 21) }},
            {{ least_of("lows", 63, 21) }},
            {{ summed("returns", [21, 21, 21]) }},
            {{ summed("squares", [21, 21, 21]) }}
        from over_50
    ),

    over_252 as (
        select
            *,
            {{ summed("closes", [100, 100], 0) }},
            {{ greatest_of("highs", 252, 63) }},
            {{ least_of("lows", 252, 63) }}
            {%- for length in mean_windows() + extreme_windows() %},
            -- 1 where the window is full, else 0
            (run = {{ rows_before("run", length - 1, 0) }})::double as full_{{ length }}
            {%- endfor %}
        from over_100
    )

    select *
    from over_252
    {% if adds -%}
    where session_number >= first_changed_number
    {%- endif %}
    {% endcall %}
)

select
    security_id,
    session_number,
    session_date,

    ---------- prices and returns
    close,
    price_return,
    total_return,
    growth_21 as log_return_21,
    -- since the last bar, where that is 2 sessions to a year ago
    gap_return,
    {% for length in correlation_windows() -%}
        {{ deviation("returns_" ~ length, "squares_" ~ length, length) }} as sigma_{{ length }},
    {% endfor %}
    ---------- as traded on the day
    case when gap = 1 then (close - previous_close) * later_splits end as points,
    volume_traded,

    ---------- what is so or not, as bits: added up as doubles, which have no overflow to be looked for
    (
        {{ bit_of("is_stale") }} * is_stale::double
        + {{ bit_of("is_extreme_move") }} * coalesce(abs(price_return) > 0.4 and not has_dividend, false)::double
        + {{ bit_of("is_split_with_dividend") }} * is_split_with_dividend::double
        + (not is_stale)::double * (
            {%- for length in mean_windows() %}
            full_{{ length }} * (
                {{ bit_of("is_eligible_" ~ length) }}
                + {{ bit_of("is_above_sma" ~ length) }} * ({{ length }} * closes_1 > closes_{{ length }} * (1 + 1e-12))::double
            ) +
            {%- endfor %}
            {%- for length in extreme_windows() %}
            full_{{ length }} * (
                {{ bit_of("is_eligible_" ~ length) }}
                + {{ bit_of("is_high_" ~ length) }} * (closes_1 >= highs_{{ length }})::double
                + {{ bit_of("is_low_" ~ length) }} * (closes_1 <= lows_{{ length }})::double
            ) {%- if not loop.last %} +{% endif %}
            {%- endfor %}
        )
    )::integer as flags,

    {{ build_number() }} as build_number
from windowed
order by session_number, security_id
