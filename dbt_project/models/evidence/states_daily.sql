-- depends_on: {{ ref("breadth_daily") }}
-- depends_on: {{ ref("capitulation_daily") }}
-- depends_on: {{ ref("drivers_summary_daily") }}
-- depends_on: {{ ref("equity_correlation_daily") }}
-- depends_on: {{ ref("implied_correlation_daily") }}
-- depends_on: {{ ref("index_daily") }}
-- depends_on: {{ ref("regime_daily") }}
-- depends_on: {{ ref("thresholds") }}
-- depends_on: {{ ref("volatility_daily") }}
-- Every state, leg and flag, listed once: is it on, by which value and threshold, since when, and on what share of days it
-- has been on. A state is a column of a mart, declared beside that column in the mart's yml under `config.meta.state`
-- (docs/decisions/0009-states-are-columns.md); everything after this model reads states generically.
{%- set states = declared_states() if execute else [] %}
with sessions as (
    select * from {{ ref("int_sessions") }}
),

state_days as (
    {%- for state in states %}
    select
        session_date,
        '{{ state.id }}' as state_id,
        '{{ state.name | replace("S&P 500", index_name()) | replace("'", "''") }}' as state_name,
        case
            when {{ state.known_by | default([state.column]) | join(" is not null and ") }} is not null
                then coalesce(
                    {{ state.column }}{% if state.get("values") %} in ('{{ state.get("values") | join("', '") }}'){% endif %}, false
                )
        end as is_on,
        {{ state.value_column | default("null") }}::double as value,
        {% if state.threshold_id -%}
        {{ state.threshold_sign | default(1) }} * {{ threshold(state.threshold_id) }}
        {%- else -%}
        null::double
        {%- endif %} as threshold,
        {{ "is_clean" if state.reads_breadth else "true" }} as is_clean,
        '{{ state.mart }}' as mart
    from {{ ref(state.mart) }}
    {%- for column, value in (state.rows or {}).items() %}
    {{ "where" if loop.first else "and" }} {{ column }} = {{ value if value is number else "'" ~ (main_universe() if value == "SP500" else value) ~ "'" }}
    {%- endfor %}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

numbered_days as (
    select
        state_days.*,
        sessions.session_number
    from state_days
    inner join sessions on state_days.session_date = sessions.session_date
),

days_with_onset as (
    select
        *,
        is_on and not coalesce(lag(is_on) over (partition by state_id order by session_number), false) as is_onset
    from numbered_days
),

days_with_age as (
    select
        *,
        case when is_on then max(case when is_onset then session_date end) over so_far end as since,
        case when is_on then session_number - max(case when is_onset then session_number end) over so_far end as age,
        count(*) filter (where is_on) over so_far / nullif(count(is_on) over so_far, 0)::double as share_of_days_on
    from days_with_onset
    window so_far as (partition by state_id order by session_number rows unbounded preceding)
)

select
    session_date,
    '{{ main_universe() }}'::string as universe_id,
    state_id::string as state_id,
    state_name::string as state_name,

    ---------- reading
    is_on,
    coalesce(is_onset, false) as is_onset,
    value,
    threshold::double as threshold,

    ---------- age and frequency
    since,
    age::integer as age_sessions,
    share_of_days_on,

    ---------- provenance
    is_clean,
    mart::string as mart
from days_with_age
order by session_date, state_id
