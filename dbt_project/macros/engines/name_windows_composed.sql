{#
What both engines compute in place of the ordinary windows of name_windows.sql. Long windows are composed of shorter
ones: the sum over 50 rows is that over 20, 20, 5 and 5 rows. On DuckDB a step of this costs 1 to 4 ns a row, a sliding
frame 100; Spark adds up every row of every frame. Every window is added up from its own
values, so nothing depends on how far back the reading began, and a daily run has the digits of a full build.
#}

{#
How a window is composed of shorter ones, the newest first. A new length needs a row here; 3, 5 and 9 are only steps. Parts
that add up to more than the window overlap, the last reaching to its oldest row: such a window is for highs and lows only.
#}
{% macro window_parts() -%}
    {{ return({
        3: [1, 1, 1],
        5: [1, 1, 1, 1, 1],
        9: [3, 3, 3],
        19: [5, 5, 5, 3, 1],
        20: [5, 5, 5, 5],
        21: [9, 9, 3],
        49: [20, 19, 5, 5],
        50: [20, 20, 5, 5],
        63: [21, 21, 21],
        99: [50, 49],
        100: [50, 50],
        199: [100, 99],
        200: [100, 100],
        251: [63, 63, 63, 63],
        252: [63, 63, 63, 63],
    }) }}
{%- endmacro %}

{% macro duckdb__newest_rows(bars) -%}
    select *
    from (
        select
            *,
            {{ row_after("name_session") }} as next_name_session
        from (
            select
                *,
                {{ name_session() }} as name_session
            from {{ bars }}
            order by name_session, known_at, batch_id
        )
    )
    -- the last vintage of a day is the newest
    where next_name_session is distinct from name_session
{%- endmacro %}

{% macro spark__newest_rows(bars) -%}
    select
        *,
        {{ name_session() }} as name_session
    from ({{ default__newest_rows(bars) }})
{%- endmacro %}

{% macro duckdb__rows_of_names(bars) -%}
    select
        *,
        {{ name_session() }} as name_session
    from {{ bars }}
    order by name_session
{%- endmacro %}

{% macro spark__rows_of_names(bars) -%}
    select
        *,
        {{ name_session() }} as name_session
    from {{ bars }}
{%- endmacro %}

{# Names lie a million apart in it, so a difference between two names is more than any gap. #}
{% macro name_session() -%}
    {{ joint_number("security_id", "session_number") }}
{%- endmacro %}

{% macro composed__previous(value, within, back) -%}
    case when name_session - {{ rows_before("name_session", back) }} <= {{ within }} then {{ rows_before(value, back) }} end
{%- endmacro %}

{% macro composed__trailing(rows, windows) -%}
    {%- set series = composed_series(windows) -%}
    {%- set runs_to_check = [] -%}
    {%- for value, statistics in windows.items() -%}
        {%- for statistic, lengths in statistics.items() -%}
            {%- for length in lengths if (run_of(statistic, value), length) not in runs_to_check -%}
                {%- do runs_to_check.append((run_of(statistic, value), length)) -%}
            {%- endfor -%}
        {%- endfor -%}
    {%- endfor -%}
    with step_0 as (
        select
            *,
            -- the same in all rows of an unbroken run of sessions, greater in the next run
            name_session - {{ place_of_row() }} as run
            {%- for value, statistics in windows.items() if "high" in statistics or "low" in statistics %},
            -- the same for sessions with a value: greatest and least pass over NULL, where a sum is NULL
            case when {{ value }} is null then -name_session else name_session - {{ known_so_far(value) }} end as {{ value }}_run
            {%- endfor %}
            {%- for one in series %},
            {{ one.value }}{% if one.kind == "squares" %} * {{ one.value }}{% endif %} as {{ one.name }}_1
            {%- endfor %}
        from {{ rows }}
    )
    {%- for step in series | map(attribute="steps") | sum(start=[]) | map(attribute="level") | unique | sort %},

    step_{{ step }} as (
        select
            *
            {%- for one in series %}
            {%- for window in one.steps if window.level == step %},
            {{ composed(one, window.length) }} as {{ one.name }}_{{ window.length }}
            {%- endfor %}
            {%- endfor %}
        from step_{{ step - 1 }}
    )
    {%- if loop.last %},

    -- 0 where the window is full, else NULL: to add it to a statistic takes half the time of a `case` around it
    full_windows as (
        select
            *
            {%- for run, length in runs_to_check %},
            case when {{ run }} = {{ rows_before(run, length - 1) }} then 0e0 end as {{ run }}_is_full_{{ length }}
            {%- endfor %}
        from step_{{ step }}
    )

    select
        *
        {%- for value, statistics in windows.items() %}
        {%- for statistic, lengths in statistics.items() %}
        {%- for length in lengths %},
        {{ statistic_of_series(statistic, value, length) }} + {{ run_of(statistic, value) }}_is_full_{{ length }}
            as {{ value }}_{{ statistic }}_{{ length }}
        {%- endfor %}
        {%- endfor %}
        {%- endfor %}
    from full_windows
    {%- endif %}
    {%- endfor %}
{%- endmacro %}

{# The column whose equality over a window shows that it is full. #}
{% macro run_of(statistic, value) -%}
    {{ return(value ~ "_run" if statistic in ["high", "low"] else "run") }}
{%- endmacro %}

{#
The series that the windows are computed from: sums, sums of squares, highs, lows of a value, each with the windows it
is composed in, shorter ones included, and the step in which each can be computed.
#}
{% macro composed_series(windows) -%}
    {%- set kinds_of = {"mean": ["sums"], "sum": ["sums"], "sigma": ["sums", "squares"], "high": ["highs"], "low": ["lows"]} -%}
    {%- set lengths_of = {} -%}
    {%- for value, statistics in windows.items() -%}
        {%- for statistic, lengths in statistics.items() -%}
            {%- for kind in kinds_of[statistic] -%}
                {%- do lengths_of.setdefault((value, kind), []).extend(lengths) -%}
            {%- endfor -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- set series = [] -%}
    {%- for (value, kind), lengths in lengths_of.items() -%}
        {%- set steps = [] -%}
        {#- from long to short, so that the parts of a window are met after it -#}
        {%- for length in window_parts() | sort(reverse=true) -%}
            {%- if length in lengths -%}
                {%- do lengths.extend(window_parts()[length]) -%}
                {%- do steps.append({"length": length, "level": window_level(length)}) -%}
            {%- endif -%}
        {%- endfor -%}
        {%- do series.append({"value": value, "kind": kind, "name": value ~ "_" ~ kind, "steps": steps}) -%}
    {%- endfor -%}
    {{ return(series) }}
{%- endmacro %}

{# A window is computed one step after the longest of its parts; single rows are step 0. #}
{% macro window_level(length) -%}
    {%- if length == 1 -%}
        {{ return(0) }}
    {%- endif -%}
    {{ return(1 + window_level(window_parts()[length] | max)) }}
{%- endmacro %}

{# The window of `length` rows from its parts. #}
{% macro composed(series, length) -%}
    {%- set parts = window_parts()[length] -%}
    {%- set values = [] -%}
    {%- for part in parts -%}
        {%- do values.append(rows_before(series.name ~ "_" ~ part, [parts[:loop.index0] | sum, length - part] | min)) -%}
    {%- endfor -%}
    {%- if series.kind == "highs" -%}
        greatest({{ values | join(", ") }})
    {%- elif series.kind == "lows" -%}
        least({{ values | join(", ") }})
    {%- else -%}
        {{ values | join(" + ") }}
    {%- endif -%}
{%- endmacro %}

{# A statistic from the composed sums, highs and lows of a full window. #}
{% macro statistic_of_series(statistic, value, length) -%}
    {%- set sums = value ~ "_sums_" ~ length -%}
    {%- set squares = value ~ "_squares_" ~ length -%}
    {%- if statistic == "mean" -%}
        {{ sums }} / {{ length }}
    {%- elif statistic == "sum" -%}
        {{ sums }}
    {%- elif statistic == "sigma" -%}
        {{ sigma_of(squares ~ " - " ~ sums ~ " * " ~ sums ~ " / " ~ length, squares, length) }}
    {%- else -%}
        {{ value }}_{{ statistic }}s_{{ length }}
    {%- endif -%}
{%- endmacro %}
