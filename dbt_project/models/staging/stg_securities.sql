select
    security_id,
    symbol,
    valid_from,
    name as security_name,
    asset_type,
    gics_sector,
    gics_sub_industry
from {{ newest_vintage(source("raw", "securities"), ["symbol", "valid_from"]) }}
