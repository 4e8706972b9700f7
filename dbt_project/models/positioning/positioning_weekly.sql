-- Who is long and who is short the futures? One row a contract and report, in the newest vintage known to this build.
{% set classes = ["dealer", "asset_manager", "leveraged"] -%}
with measures as (
    select * from {{ ref("int_positioning_measures") }}
)

select
    report_date,
    contract_code::string as contract_code,
    contract_name::string as contract_name,
    known_at,
    first_known_at,

    ---------- open interest
    open_interest,
    open_interest_median_13w
    {%- for class in classes %},

    ---------- {{ class | replace("_", " ") }}
    {{ class }}_net,
    {{ class }}_net_pct_oi,
    {{ class }}_z_156w,
    {{ class }}_pctl_156w,
    {{ class }}_p10_156w,
    {{ class }}_p90_156w,
    {{ class }}_chg_1w,
    {{ class }}_chg_4w,
    {{ class }}_chg_4w_z
    {%- endfor %}
from measures
where is_newest_edition
order by report_date, contract_code
