select
    session_number,
    session_date,
    open_at,
    close_at,
    cutoff_at,
    is_early_close
from {{ newest_vintage(source("raw", "sessions"), ["session_date"]) }}
