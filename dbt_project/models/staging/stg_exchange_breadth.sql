select
    exchange as universe_id,
    obs_date as session_date,
    advances,
    declines,
    unchanged
from {{ newest_vintage(source("raw", "exchange_breadth"), ["exchange", "obs_date"]) }}
