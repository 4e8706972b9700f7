-- Every state, leg and flag, listed once: is it on, by which value and threshold, since when, and on what share of days it
-- has been on. Everything after this reads states generically.
{%- set states = states() %}
with judged as (
    {%- for state in states %}
    select
        session_date,
        '{{ state.id }}' as state_id,
        '{{ state.name | replace("'", "''") }}' as state_name,
        case when {{ state.known }} then coalesce({{ state.on }}, false) end as is_on,
        ({{ state.value }})::double as value,
        ({{ state.threshold }})::double as threshold,
        {% if state.breadth %}is_clean{% else %}true{% endif %} as is_clean,
        '{{ state.mart }}' as mart
    from {{ ref(state.mart) }}
    where {{ state.rows }}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

numbered as (
    select
        judged.*,
        sessions.session_number
    from judged
    inner join {{ ref("int_sessions") }} as sessions on judged.session_date = sessions.session_date
),

started as (
    select
        *,
        is_on and not coalesce(lag(is_on) over (partition by state_id order by session_number), false) as is_onset
    from numbered
),

counted as (
    select
        *,
        case when is_on then max(case when is_onset then session_date end) over so_far end as since,
        case when is_on then session_number - max(case when is_onset then session_number end) over so_far end as age,
        count(*) filter (where is_on) over so_far / nullif(count(is_on) over so_far, 0)::double as share_of_days_on
    from started
    window so_far as (partition by state_id order by session_number rows unbounded preceding)
)

select
    session_date,
    state_id::varchar as state_id,
    state_name::varchar as state_name,

    ---------- reading
    is_on,
    coalesce(is_onset, false) as is_onset,
    value,
    threshold,

    ---------- age and frequency
    since,
    age::integer as age_sessions,
    share_of_days_on,

    ---------- provenance
    is_clean,
    mart::varchar as mart
from counted
order by session_date, state_id
