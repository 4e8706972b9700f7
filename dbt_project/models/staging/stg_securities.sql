with tickers as (
    select * from {{ newest_vintage(source("raw", "securities"), ["symbol", "valid_from"]) }}
),

-- a company that changed its ticker gave the old one up
given_up_tickers as (
    select symbol, valid_from, max(batch_id) as given_up_in
    from {{ source("raw", "securities") }}
    where source = 'renamed'
    group by symbol, valid_from
),

ranked_tickers as (
    select
        tickers.*,
        row_number() over (
            partition by tickers.security_id
            order by given_up_tickers.given_up_in nulls first, tickers.symbol, tickers.valid_from
        ) as ticker_rank
    from tickers
    left join given_up_tickers
        on tickers.symbol = given_up_tickers.symbol and tickers.valid_from = given_up_tickers.valid_from
)

select
    security_id,
    symbol,
    valid_from,
    name as security_name,
    asset_type,
    gics_sector,
    gics_sub_industry
from ranked_tickers
-- one security, under the ticker of today
where ticker_rank = 1
