-- Positions of each report against their own past, as they stood in each edition of a contract's history. An edition
-- begins when something already known is corrected; inside it old reports never change, so that plain windows over
-- reports hold what was known when each report came out. The newest edition holds the whole history as it is known now.
{% set classes = ["dealer", "asset_manager", "leveraged"] -%}
{#- the longest window (156 reports of a share that itself needs 13, and of its change over 4), rounded up -#}
{% set history = 180 -%}
with vintages as (
    select * from {{ ref("stg_positioning_vintages") }}
),

contracts as (
    select * from {{ ref("contracts") }}
),

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

begun as (
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
    from begun
    window by_contract as (partition by contract_code order by edition_from nulls first)
),

-- the report that was newest when the edition began
openings as (
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

printed as (
    select
        vintages.*,
        editions.edition,
        editions.edition_from,
        editions.edition_to,
        openings.newest_report_date,
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
    left join openings
        on editions.contract_code = openings.contract_code
        and editions.edition = openings.edition
),

numbered as (
    select
        *,
        row_number() over by_report as report_number,
        count(*) filter (where report_date <= newest_report_date) over (partition by contract_code, edition)
            as newest_number
    from printed
    where vintage_age = 1
    window by_report as (partition by contract_code, edition order by report_date)
),

valued as (
    select
        numbered.contract_code,
        contracts.name as contract_name,
        numbered.report_date,
        numbered.edition,
        numbered.edition_to is null as is_newest_edition,
        numbered.known_at,
        numbered.first_known_at,
        -- when a reader turns to this report in this edition; older reports of an edition are only its history
        case
            when numbered.report_date >= coalesce(numbered.newest_report_date, numbered.report_date)
                then greatest(numbered.first_known_at, coalesce(numbered.edition_from, numbered.first_known_at))
        end as read_from,
        case when numbered.report_date <= contracts.multiplier_until then contracts.multiplier else 1 end as unit,
        {% for class in classes -%}
            numbered.{{ class }}_long - numbered.{{ class }}_short as {{ class }}_net_printed,
        {% endfor -%}
        numbered.open_interest as open_interest_printed
    from numbered
    inner join contracts on numbered.contract_code = contracts.contract_code
    where numbered.edition_to is null or numbered.report_number > numbered.newest_number - {{ history }}
),

-- one unit of account: reports before a change of unit are multiplied
converted as (
    select
        *,
        {% for class in classes -%}
            {{ class }}_net_printed * unit as {{ class }}_net,
        {% endfor -%}
        open_interest_printed * unit as open_interest
    from valued
),

-- a futures roll inflates the open interest of one week: the median of 13 reports does not see it
scaled as (
    select
        *,
        {{ rolling_quantile("open_interest", 0.5, "(by_report " ~ rows_back(13) ~ ")", 11) }}
            as open_interest_median_13w,
        {{ days_between("lag(report_date) over by_report", "report_date") }} as days_since_previous,
        {{ days_between("lag(report_date, 4) over by_report", "report_date") }} as days_since_fourth
    from converted
    window by_report as (partition by contract_code, edition order by report_date)
),

shared as (
    select
        *
        {%- for class in classes %},
        100.0 * {{ class }}_net / nullif(open_interest_median_13w, 0) as {{ class }}_net_pct_oi
        {%- endfor %}
    from scaled
),

-- a report is a week after the one before it, a day more or less; over a lost one there is no change
changed as (
    select
        *
        {%- for class in classes %},
        case
            when days_since_previous <= 10
                then {{ class }}_net_pct_oi - lag({{ class }}_net_pct_oi) over by_report
        end as {{ class }}_chg_1w,
        case
            when days_since_fourth <= 31
                then {{ class }}_net_pct_oi - lag({{ class }}_net_pct_oi, 4) over by_report
        end as {{ class }}_chg_4w
        {%- endfor %}
    from shared
    window by_report as (partition by contract_code, edition order by report_date)
),

ranked as (
    select
        *
        {%- for class in classes %},
        {{ rolling_z(class ~ "_net_pct_oi", "(by_report " ~ rows_back(156) ~ ")", 104) }} as {{ class }}_z_156w,
        {{ rolling_pctl(class ~ "_net_pct_oi", "(by_report " ~ rows_back(156) ~ ")", 104) }} as {{ class }}_pctl_156w,
        {{ rolling_quantile(class ~ "_net_pct_oi", 0.1, "(by_report " ~ rows_back(156) ~ ")", 104) }}
            as {{ class }}_p10_156w,
        {{ rolling_quantile(class ~ "_net_pct_oi", 0.9, "(by_report " ~ rows_back(156) ~ ")", 104) }}
            as {{ class }}_p90_156w,
        {{ rolling_z(class ~ "_chg_4w", "(by_report " ~ rows_back(156) ~ ")", 104) }} as {{ class }}_chg_4w_z
        {%- endfor %}
    from changed
    window by_report as (partition by contract_code, edition order by report_date)
)

select
    * exclude (
        unit,
        open_interest_printed,
        {%- for class in classes %}
        {{ class }}_net_printed,
        {%- endfor %}
        days_since_previous,
        days_since_fourth
    )
from ranked
order by contract_code, edition, report_date
