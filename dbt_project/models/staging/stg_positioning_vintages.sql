-- All known vintages of all reports, because each session uses the report known at its cutoff; one row a vintage.
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
