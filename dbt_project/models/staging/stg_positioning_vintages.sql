-- Every known vintage of every report: a session reads the report that was out at its cutoff.
select
    contract_code,
    obs_date as report_date,
    open_interest,
    dealer_long,
    dealer_short,
    asset_manager_long,
    asset_manager_short,
    leveraged_long,
    leveraged_short,
    known_at,
    batch_id
from {{ source("raw", "positioning") }}
where known_at <= {{ as_of() }}
