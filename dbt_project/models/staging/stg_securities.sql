select
    tickers.security_id,
    tickers.symbol,
    tickers.valid_from,
    tickers.name as security_name,
    tickers.asset_type,
    tickers.gics_sector,
    tickers.gics_sub_industry
from {{ newest_vintage(source("raw", "securities"), ["symbol", "valid_from"]) }} as tickers
left join (
    select symbol, valid_from, max(batch_id) as given_up
    from {{ source("raw", "securities") }}
    where source = 'renamed'
    group by symbol, valid_from
) as renames on tickers.symbol = renames.symbol and tickers.valid_from = renames.valid_from
-- a company that changed its ticker is one security: under the ticker of today
qualify row_number() over (
    partition by tickers.security_id order by renames.given_up nulls first, tickers.symbol, tickers.valid_from
) = 1
