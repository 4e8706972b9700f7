-- Do the members move together? Average pairwise correlation, realised correlation in the form of Cboe's implied one, the
-- volatilities behind it, and dispersion, over windows of 21 and 63 sessions; one row a universe, window and session. The twin
-- of COR1M is that form as Cboe computes it: the fifty largest names, and the variance of the index itself.
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

universes as (
    select * from {{ ref("stg_universes") }}
    where index_id is not null
),

sessions as (
    select * from {{ ref("int_sessions") }}
),

index_days as (
    select * from {{ ref("index_daily") }}
),

largest_names as (
    select * from {{ ref("int_correlation_twin") }}
),

-- windows count sessions, so that every session has a row, with or without a close of the index
index_variances as (
    select
        universes.universe_id,
        sessions.session_number,
        case
            when count(index_days.price_return_1d) over month = 21 then var_samp(index_days.price_return_1d) over month
        end as index_variance
    from universes
    cross join sessions
    left join index_days
        on universes.index_id = index_days.index_id
        and sessions.session_date = index_days.session_date
    window month as (partition by universes.universe_id order by sessions.session_number {{ rows_back(21) }})
),

twins as (
    select
        largest_names.universe_id,
        largest_names.session_number,
        case
            when largest_names.names_used = {{ threshold("twin_names") }}
                then 100 * (index_variances.index_variance - largest_names.own_variance)
                    / nullif(power(largest_names.weighted_sigma, 2) - largest_names.own_variance, 0)
        end as cor1m_realised_twin
    from largest_names
    inner join index_variances
        on largest_names.universe_id = index_variances.universe_id
        and largest_names.session_number = index_variances.session_number
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
        end as dispersion,
        case when windows.window_sessions = 21 then twins.cor1m_realised_twin end as cor1m_realised_twin
    from windows
    inner join members
        on windows.universe_id = members.universe_id
        and windows.session_number = members.session_number
    inner join mean_dispersions
        on windows.universe_id = mean_dispersions.universe_id
        and windows.session_number = mean_dispersions.session_number
    left join twins
        on windows.universe_id = twins.universe_id
        and windows.session_number = twins.session_number
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
                then (correlation_sum - names_used) / nullif(names_used * (names_used - 1e0), 0)
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
    universe_id::string as universe_id,
    window_sessions,

    ---------- coverage
    members::integer as members,
    names_used::integer as names_used,
    coverage,
    coalesce(coverage >= {{ threshold("clean_coverage") }} and null_reason is null, false) as is_clean,
    case when null_reason is null then weight_basis end::string as weight_basis,
    null_reason::string as null_reason,

    ---------- correlation
    avg_pairwise_corr,
    implied_form_corr,
    cor1m_realised_twin,
    avg_pairwise_corr_pctl_252,
    avg_pairwise_corr_pctl_252 >= {{ threshold("correlation_stress_pctl") }} as is_correlation_high,

    ---------- volatilities and dispersion
    case when null_reason is null then sqrt(252) * weighted_sigma end as avg_stock_vol,
    case when null_reason is null then sqrt(252) * sqrt(basket_variance) end as index_vol,
    case when null_reason is null then sqrt(252) * dispersion end as dispersion_ann
from ranked_correlations
order by session_date, universe_id, window_sessions
