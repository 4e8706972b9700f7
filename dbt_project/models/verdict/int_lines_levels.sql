-- What tomorrow's close would have to do: of the levels within reach the nearest of the index, of the VIX and of COR1M. At most
-- three sentences a session.
{% set readings = ["S&P 500 close", "VIX", "COR1M"] -%}
{% set evidence = [] -%}
{% for text, column in [("level_text", "level"), ("distance_text", "distance"), ("sigma_text", "distance_sigma")] -%}
    {% do evidence.append({
        "id": "'" ~ column ~ "'", "text": text, "value": rounded(column, 6), "factor": 1, "mart": "'levels_next'",
        "column_name": "'" ~ column ~ "'", "filter": "'universe_id=' || universe_id || '; level_id=' || level_id",
        "session": "session_date::string",
    }) -%}
{% endfor -%}
with levels as (
    select * from {{ ref("levels_next") }}
    where within_reach and reading in ('{{ readings | join("', '") }}')
),

ranked_levels as (
    select
        *,
        row_number() over (partition by session_date, reading order by abs(distance_sigma), level_id) as place
    from levels
),

nearest_levels as (
    select
        *,
        {{ spoken_number("level", 2) }} as level_text,
        {{ spoken_number("distance", 2, true) }} as distance_text,
        {{ spoken_number("distance_sigma", 1, true) }} as sigma_text
    from ranked_levels
    where place = 1
)

select
    session_date,
    case reading {% for reading in readings %}when '{{ reading }}' then {{ loop.index }} {% endfor %}end as position,
    '"' || level_name || '"' || case when is_met then ' ends at ' else ' begins at ' end || level_text
        || case distance_text when '0.00' then ', where it is' else ' (' || distance_text || ', ' || sigma_text || ' σ)' end
        || '.' as sentence,
    {{ rows_as_json(evidence) }} as evidence
from nearest_levels
order by session_date, position
