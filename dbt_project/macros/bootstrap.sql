{#
How large a difference between the mean on event days and the mean on all days could be by chance alone: a circular block
bootstrap. A draw takes whole blocks of neighbouring days, so that overlapping horizons and clustered volatility stay
together, and computes sum(event * value) / sum(event) - sum(value) / days. 2,000 draws give the interval.

`relation` has one row an eligible day with `keys`, `ordering`, `salt` (text), `is_event` (0 or 1), `block_length` (days) and
the columns in `values` and `centred`, without NULLs. A draw without an event is ignored. A column in `centred` has a mean of 0
over all days by construction, so its statistic is sum(event * value) / sum(event); it is read on event days only.

The subquery has the keys and for each value <value>_low and <value>_high (the interval), and <value>_p: twice the share of
draws on the other side of 0, which is below 1 - confidence if the interval does not include 0.
#}
{% macro circular_block_bootstrap(relation, keys, ordering, values, draws=2000, confidence=0.9, centred=[]) -%}
{%- set key = keys | join(", ") -%}
{%- set sums = ["is_event"] + values + ((values + centred) | map("replace", "", "event_", 1) | list) -%}
(
    with weighted as (
        select
            {{ key }},
            {{ ordering }},
            salt,
            block_length,
            is_event::double as is_event
            {%- for value in values %},
            {{ value }}::double as {{ value }}
            {%- endfor %}
            {%- for value in values + centred %},
            case when is_event = 1 then {{ value }}::double else 0 end as event_{{ value }}
            {%- endfor %}
        from {{ relation }}
    ),

    statistics as (
        select
            {{ key }},
            {%- for value in values %}
            event_{{ value }} / nullif(is_event, 0) - {{ value }} / nullif(days_drawn, 0) as {{ value }}
            {%- if not loop.last or centred %},{% endif %}
            {%- endfor %}
            {%- for value in centred %}
            event_{{ value }} / nullif(is_event, 0) as {{ value }}
            {%- if not loop.last %},{% endif %}
            {%- endfor %}
        from {{ circular_block_draws("weighted", keys, ordering, sums, draws) }}
    )

    select
        {{ key }},
        {%- for value in values + centred %}
        {{ quantile_of(value, (1 - confidence) / 2) }} as {{ value }}_low,
        {{ quantile_of(value, (1 + confidence) / 2) }} as {{ value }}_high,
        least(1, 2e0 * (1 + least(
            count(*) filter (where {{ value }} <= 0), count(*) filter (where {{ value }} >= 0)
        )) / (1 + count({{ value }}))) as {{ value }}_p
        {%- if not loop.last %},{% endif %}
        {%- endfor %}
    from statistics
    group by {{ key }}
)
{%- endmacro %}

{#
Sums over the days of each draw of a circular block bootstrap: a subquery with the keys, `days_drawn` and the columns in `sums`,
one row a series and draw. A draw is ceil(days / block_length) blocks of neighbouring days.

Every sum is a sum over blocks, and a block's sum is the difference of two running sums. Six days, blocks of three (a block
that runs past the last day continues at the first), events on the days 1, 2 and 5:

    place       0    1    2    3    4    5
    value       1    4   -2    0    2    1       (event days: 4, -2, 1)
    before      0    1    5    3    3    5       running sum before the day; the total is 6

    block at 1  =  days 1, 2, 3  =  before(4) - before(1)          =  3 - 1      =  2
    block at 4  =  days 4, 5, 0  =  before(1) - before(4) + total  =  1 - 3 + 6  =  4

    a draw of the blocks 1 and 4:  sum(value) = 2 + 4,  sum(event) = 2 + 1,  sum(event * value) = (4 - 2) + 1
    the difference of its means:   3 / 3 - 6 / 6 = 0

Block starts are hashes of (draw, block), shifted for each series by a hash of its `salt`, so that every build draws the same
ones. The shift keeps a start uniform and saves one hash for each block and series.

`relation` has one row a day with `keys`, `ordering`, `salt` (text), `block_length` (days) and the columns in `sums`, doubles
without NULLs.
#}
{% macro circular_block_draws(relation, keys, ordering, sums, draws=2000) -%}
{%- set key = keys | join(", ") -%}
{%- set in_order = key ~ ", " ~ ordering -%}
(
    with ordered as (
        select *
        from {{ relation }}
        {{ ordered_by(in_order) }}
    ),

    -- one running sum over the rows of all series in order: 1 ns a row, where a window for each series would sort them again
    running as {{ materialized() }} (
        select
            {{ key }},
            {{ place_of_row("order by " ~ in_order) }} - 1 as block_id
            {%- for column in sums %},
            {{ sum_so_far(column, "order by " ~ in_order) }} - {{ column }} as {{ column }}_before,
            {{ column }}
            {%- endfor %}
        from ordered
    ),

    series_days as (
        select
            {{ key }},
            min(block_id) as first_block_id,
            count(*) as series_length
            {%- for column in sums %},
            sum({{ column }}) as {{ column }}_total
            {%- endfor %}
        from running
        group by {{ key }}
    ),

    salts as (
        select
            {{ key }},
            {{ uniform_hash("max(salt)") }} as shift,
            max(block_length) as block_length
        from {{ relation }}
        group by {{ key }}
    ),

    series as {{ materialized() }} (
        select
            series_days.*,
            row_number() over (order by series_days.first_block_id) as series_number,
            least(salts.block_length, series_days.series_length) as block_length,
            {{ whole_quotient(
                "(series_days.series_length + least(salts.block_length, series_days.series_length) - 1)",
                "least(salts.block_length, series_days.series_length)"
            ) }} as blocks_drawn,
            salts.shift
        from series_days
        inner join salts
            on {% for column in keys %}series_days.{{ column }} = salts.{{ column }}{% if not loop.last %} and {% endif %}{% endfor %}
    ),

    -- the block that starts on each day; one that runs past the last day continues at the first
    blocks as {{ materialized() }} (
        select
            starts.block_id
            {%- for column in sums %},
            stops.{{ column }}_before - starts.{{ column }}_before
                + case
                    when starts.block_id + series.block_length >= series.first_block_id + series.series_length
                        then series.{{ column }}_total
                    else 0
                end as {{ column }}
            {%- endfor %}
        from running as starts
        inner join series
            on {% for column in keys %}starts.{{ column }} = series.{{ column }}{% if not loop.last %} and {% endif %}{% endfor %}
        inner join running as stops
            on stops.block_id = series.first_block_id
                + (starts.block_id - series.first_block_id + series.block_length) % series.series_length
    ),

    ordinals as (
        select block_id as ordinal
        from running
        where block_id < (select max(blocks_drawn) from series)
    ),

    -- one list a draw: the rows of a draw then come one after another, and its sums stay in the processor's cache
    places as {{ materialized() }} (
        select
            draws.number as draw,
            {{ listed_by(uniform_hash("draws.number || ' ' || ordinals.ordinal"), "ordinals.ordinal") }} as uniforms
        from {{ whole_numbers(draws) }} as draws
        cross join ordinals
        group by draws.number
    ),

    drawn_blocks as (
        select
            {{ draws }} * series.series_number + places.draw as draw_number,
            series.first_block_id,
            series.series_length,
            series.shift,
            {{ unnested(first_of_list("places.uniforms", "series.blocks_drawn")) }} as uniform
        from series
        cross join places
    ),

    -- grouped by one number: millions of rows by the text of their keys would take half as long again
    sums_drawn as (
        select
            drawn_blocks.draw_number
            {%- for column in sums %},
            sum(blocks.{{ column }}) as {{ column }}
            {%- endfor %}
        from drawn_blocks
        inner join blocks
            on blocks.block_id = drawn_blocks.first_block_id
                + floor(drawn_blocks.series_length * ((drawn_blocks.uniform + drawn_blocks.shift) % 1))::bigint
        group by drawn_blocks.draw_number
    )

    select
        {% for column in keys %}series.{{ column }}, {% endfor %}
        series.blocks_drawn * series.block_length as days_drawn
        {%- for column in sums %},
        sums_drawn.{{ column }}
        {%- endfor %}
    from sums_drawn
    inner join series on {{ whole_quotient("sums_drawn.draw_number", draws) }} = series.series_number
)
{%- endmacro %}

{#
Bounds of Wilson's interval for a share, at 90 % unless `z` says otherwise; NULL without trials. Where every trial or none is a
success, one bound is the share itself and not beyond it by rounding.
#}
{% macro wilson_low(successes, trials, z=1.6448536269514722) -%}
    case when {{ trials }} > 0 and {{ successes }} is not null then greatest(0, least({{ successes }} / {{ trials }}::double, {{ wilson_bound(successes, trials, z, "-") }})) end
{%- endmacro %}

{% macro wilson_high(successes, trials, z=1.6448536269514722) -%}
    case when {{ trials }} > 0 and {{ successes }} is not null then least(1, greatest({{ successes }} / {{ trials }}::double, {{ wilson_bound(successes, trials, z, "+") }})) end
{%- endmacro %}

{% macro wilson_bound(successes, trials, z, sign) -%}
    (
        {{ successes }} + {{ z * z / 2 }}e0 {{ sign }} {{ z }}e0 * sqrt(
            {{ successes }} * ({{ trials }} - {{ successes }}) / nullif({{ trials }}, 0)::double + {{ z * z / 4 }}e0
        )
    ) / nullif({{ trials }} + {{ z * z }}e0, 0)
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
        * {{ exclude() }} (p_rank),
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
