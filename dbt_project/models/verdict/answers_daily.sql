-- The numbers behind the four answers of the day (selling, why, where, when), each with its value of the session before and its
-- place in a year; one row a session and number. What is measured from an anchor is measured from the anchor of the session on
-- both days; its place in a year is that of the price, which no choice of anchor changes.
{% set readings_of = {
    "selling": ["declines", "selling_pressure"],
    "why": ["stock_return", "news_growth", "news_discount"],
    "when": ["stage_age", "asset_manager_positioning"],
} -%}
{% set prices = {
    "index_from_anchor": "^GSPC" if main_universe() == "SP500" else main_universe(),
    "small_caps_from_anchor": "^RUT", "mega_caps_from_anchor": "MAG7",
} -%}
{% set units = {
    "declines": "n", "selling_pressure": "0–100", "stock_return": "bp", "news_growth": "bp",
    "news_discount": "bp", "stage_age": "sessions",
    "asset_manager_positioning": "% of open interest",
} -%}
with readings as (
    select * from {{ ref("int_verdict_readings") }}
),

drivers_summary as (
    select * from {{ ref("drivers_summary_daily") }}
),

asset_days as (
    select * from {{ ref("int_asset_days") }}
),

-- under the names of the answers
answer_readings as (
    select
        readings.session_number,
        readings.session_date,
        readings.reference_date,
        readings.declines,
        readings.valid,
        readings.selling_pressure,
        readings.stock_return_bp as stock_return,
        drivers_summary.news_growth_bp as news_growth,
        drivers_summary.news_discount_bp as news_discount,
        readings.stage_age_sessions as stage_age,
        readings.asset_manager_net_pct_oi as asset_manager_positioning
    from readings
    left join drivers_summary on readings.session_date = drivers_summary.session_date{{ and_of_the_index() }}
),

prices as (
    select
        session_date
        {%- for answer_id, symbol in prices.items() %},
        max(log_price_index) filter (where asset_id = '{{ symbol }}') as {{ answer_id }}_price
        {%- endfor %}
    from asset_days
    where asset_id in ('{{ prices.values() | join("', '") }}')
    group by session_date
),

answer_prices as (
    select
        answer_readings.session_number,
        answer_readings.session_date
        {%- for answer_id in prices %},
        prices.{{ answer_id }}_price,
        bases.{{ answer_id }}_price as {{ answer_id }}_base
        {%- endfor %}
    from answer_readings
    left join prices on answer_readings.session_date = prices.session_date
    left join prices as bases on answer_readings.reference_date = bases.session_date
),

answers as (
    {%- for answer, answer_ids in readings_of.items() %}
    {%- for answer_id in answer_ids %}
    select
        session_number,
        session_date,
        '{{ answer_id }}' as answer_id,
        '{{ answer }}' as answer,
        {{ answer_id }}::double as value,
        lag({{ answer_id }}) over (order by session_number)::double as previous,
        {{ answer_id }}::double as ranked,
        '{{ units[answer_id] }}' as unit,
        {{ "valid" if answer_id == "declines" else "null" }} as counted
    from answer_readings
    union all
    {%- endfor %}
    {%- endfor %}
    {%- for answer_id in prices %}
    select
        session_number,
        session_date,
        '{{ answer_id }}' as answer_id,
        'where' as answer,
        100 * (exp({{ answer_id }}_price - {{ answer_id }}_base) - 1) as value,
        100 * (exp(lag({{ answer_id }}_price) over (order by session_number) - {{ answer_id }}_base) - 1) as previous,
        {{ answer_id }}_price as ranked,
        '%' as unit,
        null as counted
    from answer_prices
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
)

select
    ---------- keys
    session_date::date as session_date,
    '{{ main_universe() }}'::string as universe_id,
    answer_id::string as answer_id,

    ---------- the number
    answer::string as answer,
    value::double as value,
    previous::double as previous,
    ({{ rolling_pctl("ranked", "(partition by answer_id order by session_number " ~ rows_back(252) ~ ")", 126) }})::double as pctl_252,
    unit::string as unit,
    counted::integer as counted
from answers
order by session_date, answer_id
