-- Every name in a list of the seed calls is that of a state, a stage, a kind of day or a reading that a sentence exists for.
with calls as (
    select * from {{ ref("calls") }}
),

known_names as (
    {%- for column in ["any_begun", "all_on", "any_on", "all_off", "state_id"] %}
    select distinct
        '{{ column }}' as listed_in,
        state_id as known_name
    from {{ ref("states_daily") }}
    union all
    -- a market without counts of the exchange has no state of their thrust
    select
        '{{ column }}' as listed_in,
        'zweig_thrust_nyse' as known_name
    union all
    {%- endfor %}
    select
        other_names.listed_in,
        other_names.known_name
    from (
        values
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
    ) as other_names (listed_in, known_name)
),

lists as (
    {%- for column in ["any_begun", "all_on", "any_on", "all_off", "state_id", "stages", "day_states", "grounds"] %}
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
having count(distinct known_names.known_name) filter (where {{ listed("lists.names", "known_names.known_name") }}) <> {{ listed_count("lists.names") }}
