select
    batch_id,
    source,
    table_name,
    started_at,
    finished_at,
    status,
    message,
    received,
    new,
    unchanged,
    restated,
    rejected,
    window_end,
    newest_obs_date
from {{ source("raw", "ingestion_runs") }}
