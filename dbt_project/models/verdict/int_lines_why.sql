-- What the index moved with, on the session and over five: the news split first, then a driver if it is a tenth of the move, then
-- what rates and the dollar leave unexplained. At most seven sentences a session.
{% set horizons = {"day": "contribution_bp", "week": "contribution_5_bp"} -%}
{% set least_share, least_bp = threshold("why_least_share"), threshold("why_least_bp") -%}
with readings as (
    select * from {{ ref("int_verdict_readings") }}
),

drivers as (
    select * from {{ ref("drivers_daily") }}
),

named_drivers as (
    select driver_id
    from {{ ref("drivers") }}
    where is_named and block <> 'news'
),

driver_moves as (
    select
        readings.session_date,
        drivers.driver_id,
        drivers.driver_name,
        named_drivers.driver_id is not null as is_named
        {%- for horizon, column in horizons.items() %},
        readings.{{ horizon }}_move,
        drivers.{{ column }} as {{ horizon }}_bp,
        sign(readings.{{ horizon }}_move) * drivers.{{ column }}
            >= greatest({{ least_share }} * abs(readings.{{ horizon }}_move), {{ least_bp }}) as is_{{ horizon }}_large
        {%- endfor %}
    from readings
    inner join drivers on readings.session_date = drivers.session_date
    left join named_drivers on drivers.driver_id = named_drivers.driver_id
),

-- the largest named driver in the direction of the move, and the residual of rates and the dollar
driver_parts as (
    select
        session_date
        {%- for horizon in horizons %}
        {%- for part, column in {"id": "driver_id", "name": "driver_name", "bp": horizon ~ "_bp"}.items() %},
        {{ value_at_max(column, "(" ~ horizon ~ "_bp * sign(" ~ horizon ~ "_move), driver_id)") }}
            filter (where is_named and is_{{ horizon }}_large) as {{ horizon }}_driver{{ "" if part == "bp" else "_" ~ part }}
        {%- endfor %},
        max({{ horizon }}_bp) filter (where driver_id = 'macro_residual') as {{ horizon }}_residual
        {%- endfor %}
    from driver_moves
    group by session_date
),

known_facts as (
    select
        readings.session_date,
        readings.why_day_identified as is_day_identified,
        readings.why_5d_identified as is_week_identified,
        readings.bond_move,
        {%- for horizon in horizons %}
        {%- for part in ["move", "growth", "growth_low", "growth_high", "discount"] %}
        readings.{{ horizon }}_{{ part }},
        {%- endfor %}
        {%- endfor %}
        driver_parts.* {{ exclude() }} (session_date)
    from readings
    left join driver_parts on readings.session_date = driver_parts.session_date
),

facts_in_text as (
    select
        *
        {{- fact_texts(
            ["bond_move", "day_move", "day_growth", "day_growth_low", "day_growth_high", "day_discount", "day_driver",
            "day_residual", "week_move", "week_growth", "week_growth_low", "week_growth_high", "week_discount", "week_driver",
            "week_residual"]
        ) }}
    from known_facts
),

sentences as (
    {%- for horizon in horizons %}
    {%- set first = 1 if horizon == "day" else 5 %}
    select
        session_date,
        {{ first }} as position,
        {{ "'Of '" if horizon == "day" else "'Over five sessions, of '" }}
            || case {{ horizon }}_move_text when '0' then 'hardly any move' else {{ horizon }}_move_text || ' bp' end
            {%- if horizon == "day" %} || ' on the day (SPY with income)'{% endif %} || ', '
            || case when abs({{ horizon }}_growth) > abs({{ horizon }}_discount)
                then {{ news_part(horizon ~ "_growth", "growth news") }} || ' and ' || {{ news_part(horizon ~ "_discount", "discount-rate news", "") }}
                else {{ news_part(horizon ~ "_discount", "discount-rate news") }} || ' and ' || {{ news_part(horizon ~ "_growth", "growth news", "") }}
            end || ' at the middle of what the signs allow'
            || coalesce(case
                -- over a week the range has one angle for all days, and need not hold the sum of their middles
                when {{ horizon }}_growth not between {{ horizon }}_growth_low and {{ horizon }}_growth_high then null
                when {{ horizon }}_growth_low_text = {{ horizon }}_growth_high_text
                    then '; growth news is ' || {{ horizon }}_growth_low_text || ' at any split'
                else '; growth news could be anything from ' || {{ horizon }}_growth_low_text || ' to ' || {{ horizon }}_growth_high_text
            end, '')
            || case when is_{{ horizon }}_identified
                -- two parts that read the same have no larger one
                and ltrim({{ horizon }}_growth_text, '+−') <> ltrim({{ horizon }}_discount_text, '+−') then ', and '
                || case when abs({{ horizon }}_growth) > abs({{ horizon }}_discount) then 'growth' else 'discount-rate' end
                || ' news is the larger part throughout' else '' end
            || '.' as sentence,
        {{ evidence_of([horizon ~ "_move", horizon ~ "_growth", horizon ~ "_growth_low", horizon ~ "_growth_high",
            horizon ~ "_discount"]) }} as evidence
    from facts_in_text
    union all
    select
        session_date,
        {{ first + 1 }} as position,
        {{ "'Stocks'" if horizon == "day" else "case when week_growth is null then 'Over five sessions stocks' else 'They' end" }}
            || ' moved with ' || {{ driver_in_words(horizon ~ "_driver_name") }}
            || ' (' || {{ horizon }}_driver_text || ' bp).' as sentence,
        {{ evidence_of([horizon ~ "_driver"]) }} as evidence
    from facts_in_text
    union all
    select
        session_date,
        {{ first + 2 }} as position,
        'Rates and the dollar leave ' || {{ horizon }}_residual_text || ' bp '
            || {{ "''" if horizon == "day" else "case when week_growth is null then 'of five sessions ' else 'of them ' end" }}
            || 'unexplained.' as sentence,
        {{ evidence_of([horizon ~ "_residual"]) }} as evidence
    from facts_in_text
    where abs({{ horizon }}_residual) >= greatest({{ least_share }} * abs({{ horizon }}_move), {{ least_bp }})
    union all
    {%- endfor %}
    select
        session_date,
        4 as position,
        'Bonds (IEF) ' || case bond_move_text when '0' then 'hardly moved' else 'moved ' || bond_move_text || ' bp' end
            || '.' as sentence,
        {{ evidence_of(["bond_move"]) }} as evidence
    from facts_in_text
)

select * from sentences
where sentence is not null
order by session_date, position
