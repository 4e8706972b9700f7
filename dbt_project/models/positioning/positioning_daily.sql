-- Which positions did a reader know at the cutoff of each session? One row a contract and session: the newest report published
-- by then, measured against its history as known then. A report is carried up to a maximum age since it was published, so that
-- a late one is used too; after that it keeps its date, and its numbers become NULL. The CTA proxy of the session is the same in the row of every contract.
{% set classes = ["dealer", "asset_manager", "leveraged"] -%}
{% set measures = ["open_interest", "open_interest_median_13w"] -%}
{% set suffixes = [
    "net", "net_pct_oi", "z_156w", "pctl_156w", "p10_156w", "p90_156w", "chg_1w", "chg_4w", "chg_4w_z",
] -%}
{% for class in classes -%}
    {% for suffix in suffixes -%}{% do measures.append(class ~ "_" ~ suffix) -%}{% endfor -%}
{% endfor -%}
with reports as (
    select * from {{ ref("int_positioning_measures") }}
    where read_from is not null
),

cta_proxy as (
    select * from {{ ref("int_cta_proxy") }}
),

sessions as (
    select
        *,
        least(cutoff_at, {{ as_of() }}) as knowledge_at
    from {{ ref("int_sessions") }}
),

next_reports as (
    select * from {{ ref("int_next_releases") }} where series_id = 'TFF'
),

-- several reports, or a correction and a new report, may become known at once: then the newest report counts
ranked_reports as (
    select
        *,
        row_number() over (partition by contract_code, read_from order by report_date desc, edition desc) as newest_rank
    from reports
),

readable_reports as (
    select *
    from ranked_reports
    where newest_rank = 1
),

contract_starts as (
    select
        contract_code,
        min(read_from) as first_read_from
    from readable_reports
    group by contract_code
),

session_reports as (
    select
        sessions.session_number,
        sessions.session_date,
        sessions.knowledge_at,
        contract_starts.contract_code as session_contract_code,
        -- the first session whose cutoff came after the publication; a correction does not make a report new
        min(sessions.session_number) over (
            partition by contract_starts.contract_code, readable_reports.report_date
        ) as first_session_number,
        readable_reports.* {{ exclude() }} (contract_code)
    from sessions
    inner join contract_starts on sessions.knowledge_at >= contract_starts.first_read_from
    {{ asof_left_join(
        "readable_reports", "readable_reports",
        [("contract_starts.contract_code", "readable_reports.contract_code")],
        "sessions.knowledge_at", "readable_reports.read_from"
    ) }}
),

reports_with_age as (
    select
        session_reports.*,
        session_reports.session_number - described.session_number as age_sessions,
        session_reports.session_number - session_reports.first_session_number as known_age_sessions,
        session_reports.session_number - session_reports.first_session_number
            > {{ threshold("positioning_max_age") }} as is_too_old
    from session_reports
    {{ asof_left_join("sessions", "described", [], "session_reports.report_date", "described.session_date") }}
)

select
    reports_with_age.session_date,
    reports_with_age.session_contract_code::string as contract_code,
    reports_with_age.contract_name::string as contract_name,

    ---------- the newest report known
    reports_with_age.report_date,
    reports_with_age.read_from as known_at,
    reports_with_age.age_sessions::integer as report_age_sessions,
    reports_with_age.known_age_sessions::integer as known_age_sessions,
    next_reports.next_release_at as next_report_at,
    case
        when reports_with_age.is_too_old
            then 'published more than ' || {{ threshold("positioning_max_age") }}::integer || ' sessions ago'
    end::string as null_reason
    {%- for measure in measures %},
    {%- if measure.endswith("_net") or measure == "open_interest" %}

    ---------- {{ measure | replace("_net", "") | replace("_", " ") }}
    {%- endif %}
    case when not coalesce(reports_with_age.is_too_old, false) then reports_with_age.{{ measure }} end as {{ measure }}
    {%- endfor %},

    ---------- the CTA proxy of the session
    cta_proxy.cta_signal,
    cta_proxy.cta_exposure,
    cta_proxy.cta_flow_5d,
    cta_proxy.cta_flow_21d,
    cta_proxy.cta_flow_5d_z_252,
    cta_proxy.cta_flow_21d_z_252
from reports_with_age
left join cta_proxy on reports_with_age.session_number = cta_proxy.session_number
left join next_reports on reports_with_age.session_number = next_reports.session_number
order by reports_with_age.session_date, contract_code
