-- What would tomorrow's close have to do? For each test that a state reads and that the next close alone decides, all else as
-- it is tonight: the level at which the test flips, and how far away that is; one row a session and level, from the first
-- breadth on. States with memory or with alternatives are described by their tests, not promised to flip.
{% set levels_of = {
    "index": ["index_high_252", "index_near_high", "index_correction", "index_high_63"],
    "vix": [
        "vix_backwardation", "vix_stressed", "vix_calm", "vix_leg", "vix_off_high", "vix_jump", "vix_climb", "vix_high",
    ],
    "cor1m": ["cor1m_floor", "cor1m_elevated", "cor1m_leg", "cor1m_off_high", "cor1m_jump", "cor1m_inverted"],
    "mega_caps": ["mega_caps_leading"],
} -%}
{% set breadth_levels_of = {
    "advances": ["zweig_armed", "zweig_fired"],
    "advances_nyse": ["zweig_armed_nyse", "zweig_fired_nyse"],
    "declines": ["declines_90"],
} -%}
with market as (
    select * from {{ ref("int_market_levels") }}
),

breadth as (
    select * from {{ ref("int_breadth_levels") }}
),

levels as (
    select * from {{ ref("levels") }}
),

anchored_index as (
    select * from {{ ref("event_performance_daily") }}
    where series_id = '^GSPC'{{ and_of_the_index() }}
),

level_days as (
    {%- for relation, readings in {"market": levels_of, "breadth": breadth_levels_of}.items() %}
    {%- for reading, level_ids in readings.items() %}
    {%- for level_id in level_ids %}
    select
        session_date,
        '{{ level_id }}' as level_id,
        '{{ level_id }}' as kind,
        null as event_name,
        {{ reading }}_now::double as value,
        {{ reading }}_sigma_63 as sigma_63,
        {{ level_id }}_level::double as level,
        {{ level_id }}_reason as reason,
        {{ level_id }}_met as is_met
    from {{ relation }}
    union all
    {%- endfor %}
    {%- endfor %}
    {%- endfor %}
    select
        anchored_index.session_date,
        'index_anchor:' || anchored_index.event_id as level_id,
        'index_anchor' as kind,
        anchored_index.event_name,
        anchored_index.close as value,
        market.index_sigma_63 as sigma_63,
        anchored_index.anchor_close as level,
        null as reason,
        anchored_index.below_anchor as is_met
    from anchored_index
    inner join market on anchored_index.session_date = market.session_date
),

-- a level begins with the first session on which its reading is known
level_starts as (
    select
        level_id,
        min(session_date) as first_date
    from level_days
    where value is not null
    group by level_id
),

known_levels as (
    select
        level_days.session_date,
        level_days.level_id,
        level_days.kind,
        level_days.event_name,
        level_days.value,
        level_days.sigma_63,
        level_days.is_met,
        case when level_days.value is not null then level_days.level end as level,
        case
            when level_days.value is null then 'not known in this session'
            else level_days.reason
        end as reason
    from level_days
    inner join level_starts
        on level_days.level_id = level_starts.level_id
        and level_days.session_date >= level_starts.first_date
),

distances as (
    select
        known_levels.*,
        {{ of_index("levels.name") }} as name,
        {{ of_index("levels.reading") }} as reading,
        levels.unit,
        levels.comparator,
        levels.sigma_of,
        known_levels.level - known_levels.value as distance,
        case levels.sigma_of
            when 'log' then ln(known_levels.level / nullif(known_levels.value, 0))
            else known_levels.level - known_levels.value
        end / nullif(known_levels.sigma_63, 0) as distance_sigma
    from known_levels
    inner join levels on known_levels.kind = levels.level_id
)

select
    ---------- keys
    session_date::date as session_date,
    '{{ main_universe() }}'::string as universe_id,
    level_id::string as level_id,

    ---------- the test
    (name || coalesce(', ' || event_name, ''))::string as level_name,
    reading::string as reading,
    unit::string as unit,
    comparator::string as comparator,
    is_met::boolean as is_met,

    ---------- the level
    value::double as value,
    level::double as level,
    distance::double as distance,
    sigma_63::double as sigma_63,
    distance_sigma::double as distance_sigma,
    (abs(distance_sigma) <= sqrt(21))::boolean as within_reach,
    reason::string as null_reason
from distances
order by session_date, level_id
