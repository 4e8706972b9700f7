-- What changed with the session: first a thrust, a blow-out or a new stage, then the numbers that moved most for their size, then
-- the states that came and went. At most three sentences a session.
{% set numbers = verdict_changing_numbers() -%}
{% set columns = {
    "moved_declines": "declines", "moved_up_volume": "up_volume_pct", "moved_sma50": "pct_above_sma50", "moved_vix": "vix",
    "moved_vix_vix3m": "vix_vix3m", "moved_cor1m": "cor1m", "moved_yield": "yield_10y", "moved_cta": "cta_exposure",
} -%}
with readings as (
    select * from {{ ref("int_verdict_readings") }}
),

switches as (
    select * from {{ ref("int_state_switches") }}
),

numbers_with_previous as (
    select
        session_number,
        session_date,
        previous_date
        {%- for id, column in columns.items() %},
        {{ column }} as {{ id }},
        lag({{ column }}) over (order by session_number) as {{ id }}_before,
        {{ column }} - lag({{ column }}) over (order by session_number) as {{ id }}_change
        {%- endfor %}
    from readings
),

sized_numbers as (
    select
        *
        {%- for id in columns %},
        abs({{ id }}_change) / nullif({{ rolling_std(id ~ "_change", "quarter", 51) }}, 0) as {{ id }}_size
        {%- endfor %}
        {{- fact_texts(verdict_change_facts() | map(attribute="id") | list) }}
    from numbers_with_previous
    window quarter as (order by session_number {{ rows_back(63) }})
),

moves as (
    {%- for number in numbers %}
    select
        session_date,
        {{ loop.index }} as position,
        {{ number.id }}_size as size,
        '{{ number.name }} ' || {{ number.id }}_before_text || ' → ' || {{ number.id }}_text || '{{ number.unit }}' as words,
        {{ evidence_of([number.id, number.id ~ "_before"]) }} as evidence
    from sized_numbers
    where {{ number.id }}_size >= {{ threshold("change_least_sigma") }} and {{ number.id }}_before_text <> {{ number.id }}_text
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

largest_moves as (
    select
        *,
        row_number() over (partition by session_date order by -size, position) as place
    from moves
),

moves_by_session as (
    select
        session_date,
        {{ joined_text("words", "place") }} as words,
        {{ joined_json_lists("evidence", "place") }} as evidence
    from largest_moves
    where place <= 3
    group by session_date
),

previous_readings as (
    select
        *,
        lag(stage) over by_session as previous_stage,
        lag(quadrant) over by_session as previous_quadrant,
        lag(risk_state) over by_session as previous_risk_state,
        lag(session_number) over by_session is null as is_first
    from readings
    window by_session as (order by session_number)
),

changes as (
    select
        previous_readings.session_date,
        previous_readings.is_first,
        moves_by_session.words as moved,
        moves_by_session.evidence,
        concat_ws(
            '; ',
            switches.fired,
            switches.blown_out,
            case
                when previous_readings.stage is not distinct from previous_readings.previous_stage then null
                when previous_readings.stage is null then 'the stage is no longer known'
                when previous_readings.previous_stage is null then 'the stage is known again: ' || previous_readings.stage
                when previous_readings.stage = 'none' then 'the stage ' || previous_readings.previous_stage || ' ended'
                else 'new stage: ' || previous_readings.stage
                    || case when previous_readings.previous_stage <> 'none'
                        then ', after ' || previous_readings.previous_stage else '' end
            end
        ) as events,
        concat_ws(
            '; ',
            case
                when previous_readings.quadrant is distinct from previous_readings.previous_quadrant
                    then 'quadrant now ' || coalesce(previous_readings.quadrant, 'none')
            end,
            case
                when previous_readings.risk_state is distinct from previous_readings.previous_risk_state
                    then 'risk now ' || coalesce(previous_readings.risk_state, 'not known')
            end,
            'on: ' || switches.begun,
            'off: ' || switches.ended
        ) as states
    from previous_readings
    left join switches on previous_readings.session_date = switches.session_date
    left join moves_by_session on previous_readings.session_date = moves_by_session.session_date
),

sentences as (
    select
        session_date,
        1 as position,
        {{ capitalised("events") }} || '.' as sentence,
        '[]' as evidence
    from changes
    where events <> '' and not is_first
    union all
    select
        session_date,
        2 as position,
        case
            when is_first then 'No session before this one.'
            else coalesce('Moved most for their size: ' || moved || '.', 'No number moved more than on an ordinary day.')
        end as sentence,
        coalesce(evidence, '[]') as evidence
    from changes
    union all
    select
        session_date,
        3 as position,
        {{ capitalised("states") }} || '.' as sentence,
        '[]' as evidence
    from changes
    where states <> '' and not is_first
)

select * from sentences
order by session_date, position
