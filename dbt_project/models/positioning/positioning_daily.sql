-- The positions that a reader knew at the cutoff of each session: the newest report that was out, in the vintage and
-- against the history that were out. Carried up to a maximum age; an older report keeps its date and loses its numbers.
-- Beside them the CTA proxy of the session, which nobody has to publish: the same in the row of every contract.
{% set classes = ["dealer", "asset_manager", "leveraged"] -%}
{% set measures = ["open_interest", "open_interest_median_13w"] -%}
{% set suffixes = [
    "net", "net_pct_oi", "z_156w", "pctl_156w", "p10_156w", "p90_156w", "chg_1w", "chg_4w", "chg_4w_z",
] -%}
{% for class in classes -%}
    {% for suffix in suffixes -%}{% do measures.append(class ~ "_" ~ suffix) -%}{% endfor -%}
{% endfor -%}
with measured as (
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

-- the release after each release
releases as (
    select
        released_at,
        lag(released_at, 1, timestamp '1900-01-01') over (order by released_at) as previous_release_at
    from {{ ref("stg_releases") }}
    where series_id = 'TFF'
    group by released_at
),

-- several reports may become known at once, and a correction with a new report: the newest report counts
placed as (
    select
        *,
        row_number() over (partition by contract_code, read_from order by report_date desc, edition desc) as place
    from measured
),

readable as (
    select *
    from placed
    where place = 1
),

starts as (
    select
        contract_code,
        min(read_from) as first_read_from
    from readable
    group by contract_code
),

joined as (
    select
        sessions.session_number,
        sessions.session_date,
        sessions.knowledge_at,
        starts.contract_code as held_contract_code,
        readable.* exclude (contract_code)
    from sessions
    inner join starts on sessions.knowledge_at >= starts.first_read_from
    {{ asof_left_join("readable", "readable", [("starts.contract_code", "readable.contract_code")],
        "sessions.knowledge_at", "readable.read_from") }}
),

dated as (
    select
        joined.*,
        joined.session_number - described.session_number as age_sessions,
        joined.session_number - described.session_number > {{ threshold("positioning_max_age") }} as is_too_old
    from joined
    {{ asof_left_join("sessions", "described", [], "joined.report_date", "described.session_date") }}
)

select
    dated.session_date,
    dated.held_contract_code::varchar as contract_code,
    dated.contract_name::varchar as contract_name,

    ---------- the report known
    dated.report_date,
    dated.read_from as known_at,
    dated.age_sessions::integer as report_age_sessions,
    releases.released_at as next_report_at,
    case when dated.is_too_old then 'older than ' || {{ threshold("positioning_max_age") }}::integer || ' sessions' end
        ::varchar as null_reason
    {%- for measure in measures %},
    {%- if measure.endswith("_net") or measure == "open_interest" %}

    ---------- {{ measure | replace("_net", "") | replace("_", " ") }}
    {%- endif %}
    case when not coalesce(dated.is_too_old, false) then dated.{{ measure }} end as {{ measure }}
    {%- endfor %},

    ---------- the CTA proxy of the session
    cta_proxy.cta_signal,
    cta_proxy.cta_exposure,
    cta_proxy.cta_flow_5d,
    cta_proxy.cta_flow_21d,
    cta_proxy.cta_flow_5d_z_252,
    cta_proxy.cta_flow_21d_z_252
from dated
left join cta_proxy on dated.session_number = cta_proxy.session_number
{{ asof_left_join("releases", "releases", [], "dated.knowledge_at", "releases.previous_release_at") }}
order by dated.session_date, contract_code
