-- Do the members move together? Average pairwise correlation, realised correlation in the form of Cboe's implied one, the
-- volatilities behind it, and dispersion, over windows of 21 and 63 sessions; one row a universe, window and session.
with windows as (
    select * from {{ ref("int_correlation_windows") }}
),

return_days as (
    select * from {{ ref("int_member_return_days") }}
),

members as (
    select * from {{ ref("int_members_by_session") }}
    where segment_id = 'ALL'
),

-- the dispersion of one session is noise; its mean is over 21 sessions for both windows of the correlation
mean_dispersions as (
    select
        universe_id,
        session_number,
        {{ rolling_mean("dispersion_equal", "month", 17) }} as dispersion_equal,
        {{ rolling_mean("dispersion_weighted", "month", 17) }} as dispersion_weighted
    from return_days
    window month as (partition by universe_id order by session_number {{ rows_back(21) }})
),

windows_with_coverage as (
    select
        windows.*,
        members.members,
        windows.names_used / nullif(members.members, 0)::double as coverage,
        case
            when windows.weight_basis = 'equal' then mean_dispersions.dispersion_equal
            else mean_dispersions.dispersion_weighted
        end as dispersion
    from windows
    inner join members
        on windows.universe_id = members.universe_id
        and windows.session_number = members.session_number
    inner join mean_dispersions
        on windows.universe_id = mean_dispersions.universe_id
        and windows.session_number = mean_dispersions.session_number
),

windows_with_reason as (
    select
        *,
        case
            when names_used = 0 then 'no name with every return of the window'
            when names_used < {{ threshold("correlation_least_names") }}
                then 'fewer than ' || {{ threshold("correlation_least_names") }}::integer
                    || ' names with every return of the window'
            when coverage < {{ threshold("coverage_floor") }} or coverage is null
                then 'coverage below ' || {{ fixed(threshold("coverage_floor"), 2) }}
        end as null_reason
    from windows_with_coverage
),

correlations as (
    select
        *,
        case
            when null_reason is null
                then (correlation_sum - names_used) / nullif(names_used * (names_used - 1.0), 0)
        end as avg_pairwise_corr,
        case
            when null_reason is null
                then 100 * (basket_variance - own_variance) / nullif(power(weighted_sigma, 2) - own_variance, 0)
        end as implied_form_corr
    from windows_with_reason
),

ranked_correlations as (
    select
        *,
        {{ rolling_pctl("avg_pairwise_corr", "year", 126) }} as avg_pairwise_corr_pctl_252
    from correlations
    window year as (partition by universe_id, window_sessions order by session_number {{ rows_back(252) }})
)

select
    session_date,
    universe_id::varchar as universe_id,
    window_sessions,

    ---------- coverage
    members::integer as members,
    names_used::integer as names_used,
    coverage,
    coalesce(coverage >= {{ threshold("clean_coverage") }} and null_reason is null, false) as is_clean,
    case when null_reason is null then weight_basis end::varchar as weight_basis,
    null_reason::varchar as null_reason,

    ---------- correlation
    avg_pairwise_corr,
    implied_form_corr,
    avg_pairwise_corr_pctl_252,
    avg_pairwise_corr_pctl_252 >= {{ threshold("correlation_stress_pctl") }} as is_correlation_high,

    ---------- volatilities and dispersion
    case when null_reason is null then sqrt(252) * weighted_sigma end as avg_stock_vol,
    case when null_reason is null then sqrt(252) * sqrt(basket_variance) end as index_vol,
    case when null_reason is null then sqrt(252) * dispersion end as dispersion_ann
from ranked_correlations
order by session_date, universe_id, window_sessions
