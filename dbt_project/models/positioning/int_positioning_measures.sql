-- Each positioning report measured against its own past; one row a contract, edition and report. Answers what a reader
-- could compute from a report when it came out, and what he computes from the history as corrected since.
--
-- An edition is a version of a contract's history. A new one begins when a report arrives that is not newer than all before
-- it (a correction, or an old report found late) and takes over everything known by then; a newer report only extends the
-- current edition. So nothing old ever changes within an edition, and plain windows over its reports give what was known
-- when each report came out:
--
--     known at      arrives          edition 1    edition 2
--     5 January     report A         A
--     12 January    report B         A B
--     15 January    A corrected      ends         A' B
--     19 January    report C                      A' B C
--
-- A reader uses A and then B of edition 1 as they come out, from 15 January on B of edition 2, and then C (read_from). A' is
-- only history (read_from is NULL). The newest edition holds the whole history, the others what their windows need.
{% set classes = ["dealer", "asset_manager", "leveraged"] -%}
{#- the longest window (156 reports of a share that itself needs 13, and of its change over 4), rounded up -#}
{% set reports_kept = 180 -%}
{% set last_156 = "(partition by contract_code, edition order by report_date " ~ rows_back(156) ~ ")" -%}
with vintages as (
    select * from {{ ref("stg_positioning_vintages") }}
),

contracts as (
    select * from {{ ref("contracts") }}
),

---------- editions
arrivals as (
    select
        contract_code,
        report_date,
        known_at,
        min(known_at) over (partition by contract_code, report_date) as first_known_at,
        max(report_date) over (
            partition by contract_code order by known_at, report_date, batch_id
            rows between unbounded preceding and 1 preceding
        ) as newest_before
    from vintages
),

edition_starts as (
    select
        contract_code,
        null::timestamp as edition_from
    from contracts
    union
    select
        contract_code,
        known_at as edition_from
    from arrivals
    where report_date <= newest_before
),

editions as (
    select
        contract_code,
        edition_from,
        lead(edition_from) over by_contract as edition_to,
        row_number() over by_contract as edition
    from edition_starts
    window by_contract as (partition by contract_code order by edition_from nulls first)
),

-- the newest report when the edition began
newest_reports as (
    select
        editions.contract_code,
        editions.edition,
        max(arrivals.report_date) as newest_report_date
    from editions
    inner join arrivals
        on editions.contract_code = arrivals.contract_code
        and editions.edition_from >= arrivals.first_known_at
    group by editions.contract_code, editions.edition
),

---------- reports of each edition
edition_vintages as (
    select
        vintages.*,
        editions.edition,
        editions.edition_from,
        editions.edition_to,
        newest_reports.newest_report_date,
        min(vintages.known_at) over (
            partition by vintages.contract_code, editions.edition, vintages.report_date
        ) as first_known_at,
        row_number() over (
            partition by vintages.contract_code, editions.edition, vintages.report_date
            order by vintages.known_at desc, vintages.batch_id desc
        ) as vintage_age
    from vintages
    inner join editions
        on vintages.contract_code = editions.contract_code
        and (vintages.known_at < editions.edition_to or editions.edition_to is null)
    left join newest_reports
        on editions.contract_code = newest_reports.contract_code
        and editions.edition = newest_reports.edition
),

numbered_reports as (
    select
        *,
        row_number() over by_report as report_number,
        count(*) filter (where report_date <= newest_report_date) over (partition by contract_code, edition)
            as newest_number
    from edition_vintages
    where vintage_age = 1
    window by_report as (partition by contract_code, edition order by report_date)
),

reports as (
    select
        numbered_reports.contract_code,
        contracts.name as contract_name,
        numbered_reports.report_date,
        numbered_reports.edition,
        numbered_reports.edition_to is null as is_newest_edition,
        numbered_reports.known_at,
        numbered_reports.first_known_at,
        -- when a reader begins to use this report in this edition; the reports before it are only its history
        case
            when numbered_reports.report_date
                >= coalesce(numbered_reports.newest_report_date, numbered_reports.report_date)
                then greatest(
                    numbered_reports.first_known_at,
                    coalesce(numbered_reports.edition_from, numbered_reports.first_known_at)
                )
        end as read_from,
        -- reports from before a contract's multiplier changed are converted to today's unit
        case when numbered_reports.report_date <= contracts.multiplier_until then contracts.multiplier else 1 end
            as unit,
        {% for class in classes -%}
            numbered_reports.{{ class }}_long - numbered_reports.{{ class }}_short as {{ class }}_net_reported,
        {% endfor -%}
        numbered_reports.open_interest as open_interest_reported
    from numbered_reports
    inner join contracts on numbered_reports.contract_code = contracts.contract_code
    where numbered_reports.edition_to is null
        or numbered_reports.report_number > numbered_reports.newest_number - {{ reports_kept }}
),

converted_reports as (
    select
        *,
        {% for class in classes -%}
            {{ class }}_net_reported * unit as {{ class }}_net,
        {% endfor -%}
        open_interest_reported * unit as open_interest
    from reports
),

---------- measures
-- a futures roll inflates the open interest of one week, which the median of 13 reports ignores
median_open_interest as (
    select
        *,
        {{ rolling_quantile("open_interest", 0.5, "(partition by contract_code, edition order by report_date " ~ rows_back(13) ~ ")", 11) }}
            as open_interest_median_13w,
        {{ days_between("lag(report_date) over by_report", "report_date") }} as days_since_previous,
        {{ days_between("lag(report_date, 4) over by_report", "report_date") }} as days_since_fourth
    from converted_reports
    window by_report as (partition by contract_code, edition order by report_date)
),

net_shares as (
    select
        *
        {%- for class in classes %},
        100e0 * {{ class }}_net / nullif(open_interest_median_13w, 0) as {{ class }}_net_pct_oi
        {%- endfor %}
    from median_open_interest
),

-- reports come weekly, give or take a few days; a change is NULL where a report between its two ends is missing
net_share_changes as (
    select
        *
        {%- for class in classes %},
        case
            when days_since_previous <= {{ threshold("report_gap_days") }}
                then {{ class }}_net_pct_oi - lag({{ class }}_net_pct_oi) over by_report
        end as {{ class }}_chg_1w,
        case
            when days_since_fourth <= {{ threshold("report_fourth_gap_days") }}
                then {{ class }}_net_pct_oi - lag({{ class }}_net_pct_oi, 4) over by_report
        end as {{ class }}_chg_4w
        {%- endfor %}
    from net_shares
    window by_report as (partition by contract_code, edition order by report_date)
),

ranked_reports as (
    select
        *
        {%- for class in classes %},
        {{ rolling_z(class ~ "_net_pct_oi", last_156, 104) }} as {{ class }}_z_156w,
        {{ rolling_pctl(class ~ "_net_pct_oi", last_156, 104) }} as {{ class }}_pctl_156w,
        {{ rolling_quantile(class ~ "_net_pct_oi", 0.1, last_156, 104) }} as {{ class }}_p10_156w,
        {{ rolling_quantile(class ~ "_net_pct_oi", 0.9, last_156, 104) }} as {{ class }}_p90_156w,
        {{ rolling_z(class ~ "_chg_4w", last_156, 104) }} as {{ class }}_chg_4w_z
        {%- endfor %}
    from net_share_changes
)

select
    ---------- keys
    contract_code,
    contract_name,
    report_date,
    edition,
    is_newest_edition,

    ---------- when it was known
    known_at,
    first_known_at,
    read_from,

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
from ranked_reports
order by contract_code, edition, report_date
