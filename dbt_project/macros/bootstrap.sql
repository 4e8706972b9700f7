{#
How large a difference between the mean on event days and the mean on all days could be by chance alone: a circular block
bootstrap. A draw takes whole blocks of neighbouring days, so that overlapping horizons and clustered volatility stay
together, and computes sum(event * value) / sum(event) - sum(value) / days. 2,000 draws give the interval.

Every sum is a sum over blocks, and a block's sum is the difference of two running sums. Six days, blocks of three (a block
that runs past the last day continues at the first), events on the days 1, 2 and 5:

    place       0    1    2    3    4    5
    value       1    4   -2    0    2    1       (event days: 4, -2, 1)
    before      0    1    5    3    3    5       running sum before the day; the total is 6

    block at 1  =  days 1, 2, 3  =  before(4) - before(1)          =  3 - 1      =  2
    block at 4  =  days 4, 5, 0  =  before(1) - before(4) + total  =  1 - 3 + 6  =  4

    a draw of the blocks 1 and 4:  sum(value) = 2 + 4,  sum(event) = 2 + 1,  sum(event * value) = (4 - 2) + 1
    its statistic:                 3 / 3 - 6 / 6 = 0

Block starts are hashes of (draw, block), shifted for each series by a hash of its `salt`, so that every build draws the same
ones. The shift keeps a start uniform and saves one hash for each block and series.

`relation` has one row an eligible day with `keys`, `ordering`, `salt` (text), `is_event` (0 or 1), `block_length` (days) and
the columns in `values`, without NULLs. A draw is ceil(days / block_length) blocks; a draw without an event is ignored.

The subquery has the keys and for each value <value>_low and <value>_high (the interval), and <value>_p: twice the share of
draws on the other side of 0, which is below 1 - confidence if the interval does not include 0.
#}
{% macro circular_block_bootstrap(relation, keys, ordering, values, draws=2000, confidence=0.9) -%}
{%- set key = keys | join(", ") -%}
{%- set sums = ["is_event"] + values + (values | map("replace", "", "event_", 1) | list) -%}
(
    with weighted as (
        select
            {{ key }},
            {{ ordering }},
            salt,
            is_event::double as is_event,
            {%- for value in values %}
            {{ value }}::double as {{ value }},
            is_event * {{ value }}::double as event_{{ value }},
            {%- endfor %}
            row_number() over (partition by {{ key }} order by {{ ordering }}) - 1 as place,
            row_number() over (order by {{ key }}, {{ ordering }}) - 1 as block_id,
            count(*) over (partition by {{ key }}) as series_length,
            least(block_length, count(*) over (partition by {{ key }})) as block_length
        from {{ relation }}
    ),

    prefixed as (
        select
            *,
            {%- for column in sums %}
            coalesce(sum({{ column }}) over earlier, 0) as {{ column }}_before,
            sum({{ column }}) over (partition by {{ key }}) as {{ column }}_total
            {%- if not loop.last %},{% endif %}
            {%- endfor %}
        from weighted
        window earlier as (
            partition by {{ key }} order by {{ ordering }} rows between unbounded preceding and 1 preceding
        )
    ),

    -- the block that starts at each place
    blocks as (
        select
            starts.block_id,
            {%- for column in sums %}
            stops.{{ column }}_before - starts.{{ column }}_before
                + case when starts.place + starts.block_length >= starts.series_length then starts.{{ column }}_total else 0 end
                as {{ column }}
            {%- if not loop.last %},{% endif %}
            {%- endfor %}
        from prefixed as starts
        inner join prefixed as stops
            on {% for column in keys %}starts.{{ column }} = stops.{{ column }} and {% endfor -%}
            stops.place = (starts.place + starts.block_length) % starts.series_length
    ),

    series as (
        select
            {{ key }},
            row_number() over (order by min(block_id)) as series_number,
            min(block_id) as first_block_id,
            max(series_length) as series_length,
            max(block_length) as block_length,
            (max(series_length) + max(block_length) - 1) // max(block_length) as blocks_drawn,
            {{ uniform_hash("max(salt)") }} as shift
        from prefixed
        group by {{ key }}
    ),

    ordinals as (
        select distinct place as ordinal
        from prefixed
        where place < (select max(blocks_drawn) from series)
    ),

    numbers as (
        select
            draws.number as draw,
            ordinals.ordinal,
            {{ uniform_hash("draws.number || ' ' || ordinals.ordinal") }} as uniform
        from {{ whole_numbers(draws) }} as draws
        cross join ordinals
    ),

    -- grouped by one number: millions of rows by the text of their keys would take half as long again
    drawn as (
        select
            {{ draws }} * series.series_number + numbers.draw as draw_number,
            {%- for column in sums %}
            sum(blocks.{{ column }}) as {{ column }}
            {%- if not loop.last %},{% endif %}
            {%- endfor %}
        from series
        inner join numbers on numbers.ordinal < series.blocks_drawn
        inner join blocks
            on blocks.block_id = series.first_block_id
                + floor(series.series_length * ((numbers.uniform + series.shift) % 1))::bigint
        group by {{ draws }} * series.series_number + numbers.draw
    ),

    statistics as (
        select
            {% for column in keys %}series.{{ column }}, {% endfor %}
            {%- for value in values %}
            drawn.event_{{ value }} / nullif(drawn.is_event, 0)
                - drawn.{{ value }} / nullif(series.blocks_drawn * series.block_length, 0) as {{ value }}
            {%- if not loop.last %},{% endif %}
            {%- endfor %}
        from drawn
        inner join series on drawn.draw_number // {{ draws }} = series.series_number
    )

    select
        {{ key }},
        {%- for value in values %}
        {{ quantile_of(value, (1 - confidence) / 2) }} as {{ value }}_low,
        {{ quantile_of(value, (1 + confidence) / 2) }} as {{ value }}_high,
        least(1, 2.0 * (1 + least(
            count(*) filter (where {{ value }} <= 0), count(*) filter (where {{ value }} >= 0)
        )) / (1 + count({{ value }}))) as {{ value }}_p
        {%- if not loop.last %},{% endif %}
        {%- endfor %}
    from statistics
    group by {{ key }}
)
{%- endmacro %}

{# Bounds of Wilson's interval for a share, at 90 % unless `z` says otherwise; NULL without trials. #}
{% macro wilson_low(successes, trials, z=1.6448536269514722) -%}
    case when {{ trials }} > 0 then greatest(0, {{ wilson_bound(successes, trials, z, "-") }}) end
{%- endmacro %}

{% macro wilson_high(successes, trials, z=1.6448536269514722) -%}
    case when {{ trials }} > 0 then least(1, {{ wilson_bound(successes, trials, z, "+") }}) end
{%- endmacro %}

{% macro wilson_bound(successes, trials, z, sign) -%}
    (
        {{ successes }} + {{ z * z / 2 }} {{ sign }} {{ z }} * sqrt(
            {{ successes }} * ({{ trials }} - {{ successes }}) / nullif({{ trials }}, 0)::double + {{ z * z / 4 }}
        )
    ) / nullif({{ trials }} + {{ z * z }}, 0)
{%- endmacro %}

{#
Benjamini and Hochberg's q: the smallest false-discovery rate at which a test of the family would be called. A subquery:
every column of `relation` with q and family_size, the tests of its family (`keys`) that have a p.
#}
{% macro benjamini_hochberg(relation, p, keys) -%}
(
    with ranked as (
        select
            *,
            count({{ p }}) over (partition by {{ keys | join(", ") }}) as family_size,
            case
                when {{ p }} is not null
                    then row_number() over (partition by {{ keys | join(", ") }}, {{ p }} is null order by {{ p }})
            end as p_rank
        from {{ relation }}
    )

    select
        * exclude (p_rank),
        case
            when {{ p }} is not null
                then least(1, min({{ p }} * family_size / p_rank) over (
                    partition by {{ keys | join(", ") }}, {{ p }} is null
                    order by p_rank rows between current row and unbounded following
                ))
        end as q
    from ranked
)
{%- endmacro %}
