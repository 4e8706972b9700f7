{# What odds are given of, and how well they did. Targets and horizons are those of odds_daily and all that reads it. #}

{# {target: its test on a row of int_study_outcomes} #}
{% macro odds_targets() -%}
    {{ return({
        "down": "forward_return_pct < 0",
        "drawdown_over_3pct": "has_drawdown",
        "fall_over_3pct": "has_fall",
        "vix_up_30pct": "has_vix_jump",
    }) }}
{%- endmacro %}

{# One week and one month, in sessions. #}
{% macro odds_horizons() -%}
    {{ return([5, 21]) }}
{%- endmacro %}

{# The first session whose odds are scored. Parameters were chosen on earlier ones only. #}
{% macro odds_scored_since() -%}
    {{ return("date '2015-03-06'") }}
{%- endmacro %}

{# How many days a state's own cases have to outnumber before they count for more than the VIX: the choices for each target. #}
{% macro odds_prior_days() -%}
    {{ return([20, 60, 200, 1000]) }}
{%- endmacro %}

{#
The share of a state's own cases, shrunk towards what the VIX alone says by as many days as thresholds give for the target.
#}
{% macro shrunk_share(hits, n_events, base_share_vix, prior_days) -%}
    ({{ hits }} + {{ prior_days }} * {{ base_share_vix }}) / ({{ n_events }} + {{ prior_days }})::double
{%- endmacro %}

{#
The Brier skill of one forecast against another as it was known while it grew: a subquery with the keys, closed_number and

    skill        1 - sum(error) / sum(reference_error) over the rows closed so far
    skill_low, skill_high     its 90 % interval; NULL before `least_blocks` blocks
    scored, blocks            rows and blocks so far

Rows of one block of the calendar (block_length sessions) are not independent: the interval comes from the sums of whole
blocks, as errors clustered by block in a regression of the gain on a constant do. All sums run, so that a row costs the same
however long the history is. With gains 3, 1 in one block and -1 in the next: mean 1, residual sums of the blocks 4 - 2 = 2 and
-1 - 1 = -2, variance of the sum (4 + 4) * 2 / (2 - 1) = 16.

`relation` has one row a forecast with `keys`, closed_number (the session that closed its horizon), block, error and
reference_error (squared); no two rows of a key close in the same session.
#}
{% macro running_skill(relation, keys, least_blocks, z=1.6448536269514722) -%}
{%- set key = keys | join(", ") -%}
(
    with gains as (
        select
            {{ key }},
            closed_number,
            reference_error - error as gain,
            reference_error,
            sum(reference_error - error) over in_block as block_gain,
            count(*) over in_block as block_rows
        from {{ relation }}
        window in_block as (partition by {{ key }}, block order by closed_number rows unbounded preceding)
    ),

    -- what each row adds to the sums of squares and products of the blocks
    running as (
        select
            {{ key }},
            closed_number,
            count(*) over so_far as scored,
            count(*) filter (where block_rows = 1) over so_far as blocks,
            sum(gain) over so_far as gain,
            sum(reference_error) over so_far as reference_error,
            sum(block_gain * block_gain - (block_gain - gain) * (block_gain - gain)) over so_far as gain_squares,
            sum(block_gain * block_rows - (block_gain - gain) * (block_rows - 1)) over so_far as gain_rows,
            sum(2 * block_rows - 1) over so_far as row_squares
        from gains
        window so_far as (partition by {{ key }} order by closed_number rows unbounded preceding)
    ),

    with_error as (
        select
            *,
            case
                when blocks >= {{ least_blocks }}
                    then {{ z }}e0 * sqrt(greatest(0,
                        gain_squares - 2 * gain / scored * gain_rows + gain / scored * gain / scored * row_squares
                    ) * blocks / (blocks - 1))
            end as margin
        from running
    )

    select
        {{ key }},
        closed_number,
        scored,
        blocks,
        gain / nullif(reference_error, 0) as skill,
        (gain - margin) / nullif(reference_error, 0) as skill_low,
        (gain + margin) / nullif(reference_error, 0) as skill_high
    from with_error
)
{%- endmacro %}
