-- Returns and chained indices of the assets that the marts use; one row an asset and session. Assets are the instruments of the
-- seed, and equal-weight baskets of its groups, rebalanced daily; a basket has a row only if all its members have a return.
-- The basket of a universe without an index of its own has those of its members that have one.
with instruments as (
    select * from {{ ref("stg_instruments") }}
),

groups as (
    select * from {{ ref("groups") }}
),

securities as (
    select * from {{ ref("stg_securities") }}
),

name_days as (
    select * from {{ ref("int_name_days") }}
),

baskets as (
    select
        group_id,
        member_symbol,
        count(*) over (partition by group_id) as legs
    from groups
    where group_id <> 'SECTOR_ETFS'
    union all
    select
        'MAG7_EX_TSLA' as group_id,
        member_symbol,
        count(*) over () as legs
    from groups
    where group_id = 'MAG7' and member_symbol <> 'TSLA'
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
        -- 0 on the first bar, continued over gaps of up to a year
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

{% if own_universes() -%}
member_steps as (
    select
        memberships.universe_id as asset_id,
        name_days.session_number,
        name_days.session_date,
        name_days.price_return,
        -- a name that was halted for up to a year moves the basket on the session of its return
        coalesce(name_days.price_return, name_days.gap_return) as price_step,
        coalesce(name_days.total_return, name_days.gap_return) as total_step
    from name_days
    inner join {{ ref("int_memberships") }} as memberships
        on name_days.security_id = memberships.security_id
        and name_days.session_date >= memberships.valid_from
        and name_days.session_date < memberships.valid_to
    where memberships.universe_id in ('{{ own_universes() | join("', '") }}')
),

universe_steps as (
    select
        asset_id,
        session_number,
        session_date,
        -- the first session has a level and no return yet
        avg(price_step) as price_return,
        avg(total_step) as total_return,
        coalesce(ln(1 + avg(price_step)), 0) as log_price_step,
        coalesce(ln(1 + avg(total_step)), 0) as log_total_step
    from member_steps
    group by all
),

universe_days as (
    select
        asset_id,
        session_number,
        session_date,
        100 * exp(sum(log_price_step) over so_far) as close,
        price_return,
        total_return,
        ln(100) + sum(log_price_step) over so_far as log_price_index,
        sum(log_total_step) over so_far as log_total_return_index,
        true as is_basket
    from universe_steps
    window so_far as (partition by asset_id order by session_number rows unbounded preceding)
),

{% endif -%}
asset_days as (
    select * from instrument_days
    union all
    select * from basket_days
    {%- if own_universes() %}
    union all
    select * from universe_days
    {%- endif %}
)

select *
from asset_days
order by asset_id, session_number
