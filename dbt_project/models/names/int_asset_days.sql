-- What every asset that the marts name did in a session: the instruments of the seed, and equal-weight baskets of its
-- groups, rebalanced daily, that exist only on days when all legs have a return.
with instruments as (
    select * from {{ ref("instruments") }}
),

baskets as (
    select
        group_id,
        member_symbol,
        count(*) over (partition by group_id) as legs
    from {{ ref("groups") }}
    where group_id <> 'SECTOR_ETFS'
    union all
    select
        'MAG7_EX_TSLA' as group_id,
        member_symbol,
        count(*) over () as legs
    from {{ ref("groups") }}
    where group_id = 'MAG7' and member_symbol <> 'TSLA'
),

securities as (
    select * from {{ ref("stg_securities") }}
),

name_days as (
    select * from {{ ref("int_name_days") }}
),

instrument_days as (
    select
        instruments.symbol as asset_id,
        name_days.session_number,
        name_days.session_date,
        name_days.close,
        name_days.price_return,
        name_days.total_return,
        ln(name_days.close) as log_price_index,
        -- chained over gaps of up to a year, 0 on the first bar
        sum(ln(1 + coalesce(name_days.total_return, name_days.gap_return, 0))) over (
            partition by instruments.symbol order by name_days.session_number rows unbounded preceding
        ) as log_total_return_index,
        false as is_basket
    from name_days
    inner join securities on name_days.security_id = securities.security_id
    inner join instruments on securities.symbol = instruments.symbol
),

basket_returns as (
    select
        baskets.group_id as asset_id,
        instrument_days.session_number,
        instrument_days.session_date,
        avg(instrument_days.price_return) as price_return,
        avg(instrument_days.total_return) as total_return
    from instrument_days
    inner join baskets on instrument_days.asset_id = baskets.member_symbol
    group by all
    having count(instrument_days.total_return) = max(baskets.legs)
),

basket_days as (
    select
        asset_id,
        session_number,
        session_date,
        null::double as close,
        price_return,
        total_return,
        sum(ln(1 + price_return)) over so_far as log_price_index,
        sum(ln(1 + total_return)) over so_far as log_total_return_index,
        true as is_basket
    from basket_returns
    window so_far as (partition by asset_id order by session_number rows unbounded preceding)
),

combined as (
    select * from instrument_days
    union all
    select * from basket_days
)

select *
from combined
order by asset_id, session_number
