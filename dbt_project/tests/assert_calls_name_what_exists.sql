-- Every name in a list of the seed calls is that of a declared state (a market may have no day of one), a stage, a kind of day or
-- a reading that a sentence exists for.
-- depends_on: {{ ref("stg_calls") }}
{% set states = declared_states() if execute else [] -%}
{% set state_lists = ["any_begun", "all_on", "any_on", "all_off", "state_id"] -%}
with calls as (
    select * from {{ ref("stg_calls") }}
),

known_names as (
    select
        names.listed_in,
        names.known_name
    from (
        values
        {%- for state in states %}
        {%- for column in state_lists %}
        ('{{ column }}', '{{ state.id }}'),
        {%- endfor %}
        {%- endfor %}
        {%- for stage in ["stress", "washout", "capitulated", "confirmed"] %}
        ('stages', '{{ stage }}'),
        {%- endfor %}
        {%- for side in ["selling", "buying"] %}
        ('day_states', 'heavy_{{ side }}'),
        ('day_states', 'broad_{{ side }}'),
        ('day_states', '{{ side }}'),
        {%- endfor %}
        ('day_states', 'narrow_loss'),
        ('day_states', 'narrow_gain'),
        ('day_states', 'mixed')
        {%- for ground in call_grounds() %},
        ('grounds', '{{ ground }}')
        {%- endfor %}
    ) as names (listed_in, known_name)
),

lists as (
    {%- for column in state_lists + ["stages", "day_states", "grounds"] %}
    select
        call_id,
        '{{ column }}' as listed_in,
        {{ column }} as names
    from calls
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
)

select
    lists.call_id,
    lists.listed_in
from lists
left join known_names on lists.listed_in = known_names.listed_in
group by lists.call_id, lists.listed_in, lists.names
having count(*) filter (where {{ listed("lists.names", "known_names.known_name") }}) <> {{ listed_count("lists.names") }}
