-- Price and total return of the main indices; one row an index and session. Returns are chained forward from the published
-- index or, where it has no bar, from the fund that replaces it; the basis columns tell which.
with indices as (
    select * from {{ ref("stg_indices") }}
),

sessions as (
    select * from {{ ref("int_sessions") }}
),

asset_days as (
    select * from {{ ref("int_asset_days") }}
),

-- the sessions on which at least one of the index's symbols has a bar
index_levels as (
    select
        indices.index_id,
        indices.price_symbol,
        indices.price_fallback,
        indices.total_return_symbol,
        indices.total_return_fallback,
        asset_days.session_number,
        asset_days.session_date,
        max(asset_days.close) filter (where asset_days.asset_id = indices.price_symbol) as close,
        max(asset_days.log_price_index) filter (where asset_days.asset_id = indices.price_symbol) as log_price,
        max(asset_days.log_price_index) filter (where asset_days.asset_id = indices.price_fallback)
            as log_price_fallback,
        max(asset_days.log_total_return_index) filter (where asset_days.asset_id = indices.total_return_symbol)
            as log_total_return,
        max(asset_days.log_total_return_index) filter (where asset_days.asset_id = indices.total_return_fallback)
            as log_total_return_fallback
    from indices
    inner join asset_days
        on asset_days.asset_id in (
            indices.price_symbol, indices.price_fallback, indices.total_return_symbol, indices.total_return_fallback
        )
    group by all
),

level_changes as (
    select
        *,
        session_number - lag(session_number) over by_index as gap,
        log_price - lag(log_price) over by_index as price_step,
        log_price_fallback - lag(log_price_fallback) over by_index as price_fallback_step,
        log_total_return - lag(log_total_return) over by_index as total_return_step,
        log_total_return_fallback - lag(log_total_return_fallback) over by_index as total_return_fallback_step
    from index_levels
    window by_index as (partition by index_id order by session_number)
),

chosen_changes as (
    select
        *,
        coalesce(price_step, price_fallback_step) as price_growth,
        coalesce(total_return_step, total_return_fallback_step) as total_return_growth,
        case
            when price_step is not null then price_symbol
            when price_fallback_step is not null then price_fallback
            -- the first session has a level and no return yet
            when log_price is not null then price_symbol
            when log_price_fallback is not null then price_fallback
        end as price_basis,
        case
            when total_return_step is not null then total_return_symbol
            when total_return_fallback_step is not null then total_return_fallback
            when log_total_return is not null then total_return_symbol
            when log_total_return_fallback is not null then total_return_fallback
        end as total_return_basis
    from level_changes
),

chained_indices as (
    select
        *,
        100 * exp(coalesce(sum(price_growth) over so_far, 0)) as price_index,
        100 * exp(coalesce(sum(total_return_growth) over so_far, 0)) as total_return_index
    from chosen_changes
    window so_far as (partition by index_id order by session_number rows unbounded preceding)
),

-- every session has a row from here on, with or without a bar
first_sessions as (
    select
        index_id,
        min(session_number) as first_number
    from chained_indices
    group by index_id
)

select
    ---------- keys
    sessions.session_date::date as session_date,
    first_sessions.index_id::string as index_id,

    ---------- price
    chained_indices.close::double as close,
    chained_indices.close / nullif(max(chained_indices.close) over year, 0)::double as close_to_high_252,
    case
        when chained_indices.close is not null and count(chained_indices.close) over year >= 202
            then chained_indices.close >= {{ threshold("near_high_share") }} * max(chained_indices.close) over year
    end::boolean as is_near_high,
    case when chained_indices.gap = 1 then exp(chained_indices.price_growth) - 1 end::double as price_return_1d,
    case when chained_indices.price_basis is not null then chained_indices.price_index end::double as price_index,
    chained_indices.price_basis::string as price_basis,

    ---------- total return
    case when chained_indices.gap = 1 then exp(chained_indices.total_return_growth) - 1 end::double as total_return_1d,
    case when chained_indices.total_return_basis is not null then chained_indices.total_return_index end::double as total_return_index,
    chained_indices.total_return_basis::string as total_return_basis
from first_sessions
inner join sessions on first_sessions.first_number <= sessions.session_number
left join chained_indices
    on first_sessions.index_id = chained_indices.index_id
    and sessions.session_number = chained_indices.session_number
window year as (partition by first_sessions.index_id order by sessions.session_number {{ rows_back(252) }})
order by first_sessions.index_id, sessions.session_date
