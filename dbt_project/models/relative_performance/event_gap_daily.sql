-- How much of the gap between the S&P 500 and the Russell 2000 since an event is due to the mega-caps; one row an event and
-- session. The gap has three parts: the index with the mega-caps less the index without them, the other large caps less
-- small caps, and the residual of the attribution.
with anchors as (
    select * from {{ ref("int_event_anchors") }}
),

large_caps as (
    select * from {{ ref("index_daily") }}
    where index_id = 'SP500'
),

small_caps as (
    select * from {{ ref("index_daily") }}
    where index_id = 'RUSSELL2000'
),

mega_caps as (
    select * from {{ ref("index_attribution_daily") }}
    where index_id = 'SP500' and bucket_id = 'MAG7' and horizon like 'event:%'
),

index_gaps as (
    select
        anchors.event_id,
        large_caps.session_date,
        100 * (large_caps.total_return_index / nullif(large_bases.total_return_index, 0) - 1) as large_cap_return_pct,
        100 * (small_caps.total_return_index / nullif(small_bases.total_return_index, 0) - 1) as small_cap_return_pct
    from anchors
    inner join large_caps on anchors.known_session <= large_caps.session_date
    left join small_caps on large_caps.session_date = small_caps.session_date
    left join large_caps as large_bases on anchors.anchor_session = large_bases.session_date
    left join small_caps as small_bases on anchors.anchor_session = small_bases.session_date
),

gap_parts as (
    select
        index_gaps.*,
        index_gaps.large_cap_return_pct - index_gaps.small_cap_return_pct as gap_pp,
        mega_caps.indexation_effect_bp / 100 as mega_cap_pp,
        mega_caps.ex_bucket_return_pct - index_gaps.small_cap_return_pct as rest_of_large_caps_pp,
        mega_caps.residual_total_return_bp / 100 as residual_pp,
        mega_caps.contribution_bp / 100 as mega_cap_contribution_pp,
        mega_caps.weight_pct as mega_cap_weight_pct,
        mega_caps.weight_basis
    from index_gaps
    left join mega_caps
        on index_gaps.session_date = mega_caps.session_date
        and mega_caps.horizon = 'event:' || index_gaps.event_id
),

-- shares of a gap near zero would be meaningless: below the floor they are NULL
gaps_with_base as (
    select
        *,
        case when abs(gap_pp) >= {{ threshold("gap_share_floor_pp") }} then gap_pp end as divisible_gap_pp
    from gap_parts
)

select
    ---------- keys
    event_id::string as event_id,
    session_date::date as session_date,

    ---------- the gap
    large_cap_return_pct::double as large_cap_return_pct,
    small_cap_return_pct::double as small_cap_return_pct,
    gap_pp::double as gap_pp,

    ---------- its parts
    mega_cap_pp::double as mega_cap_pp,
    rest_of_large_caps_pp::double as rest_of_large_caps_pp,
    residual_pp::double as residual_pp,

    ---------- as shares of it
    (100 * mega_cap_pp / nullif(divisible_gap_pp, 0))::double as mega_cap_share_pct,
    (100 * residual_pp / nullif(divisible_gap_pp, 0))::double as residual_share_pct,

    ---------- weights and gaps in the data
    mega_cap_contribution_pp::double as mega_cap_contribution_pp,
    mega_cap_weight_pct::double as mega_cap_weight_pct,
    weight_basis::string as weight_basis,
    case
        when gap_pp is null then 'no bar of an index'
        when mega_cap_pp is null then 'no weights from the anchor on: the lead cannot be split'
    end::string as null_reason
from gaps_with_base
order by event_id, session_date
