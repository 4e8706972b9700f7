select
    batch_id,
    source,
    table_name,
    origin,
    row_number,
    symbol,
    obs_date,
    reason,
    payload,
    ingested_at
from {{ source("raw", "rejected_rows") }}
