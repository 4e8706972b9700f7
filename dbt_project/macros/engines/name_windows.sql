{#
Windows over the bars of each name, written once as what they mean. A relation of bars has security_id and
session_number, and goes through three macros:

    newest_rows(bars)        the newest vintage of each name and session; rows_of_names(bars) where each has one row
    previous(value)          a value of the name's previous row, or of an earlier one
    trailing(rows, windows)  means, highs, lows, sums and sigmas over the last n sessions: full, or NULL

`default__` is what they mean, in ordinary partitioned windows; every other version equals it to 1e-9
(tests/marts/test_ordinary_windows.py builds int_name_days with it: `--vars '{ordinary_windows: true}'`).

Long windows are composed of short ones (name_windows_composed.sql). On DuckDB the first of the three macros sorts once,
by one number made of name and session, and the others read rows in that order: DuckDB hands rows of a subquery on in its
order (preserve_insertion_order in profiles.yml) and streams a `lag(…) over ()` at 1 ns a row. A window that partitions
and sorts costs 65 ns a row, a sliding frame 100.
#}

{% macro newest_rows(bars) -%}
    {{ (default__newest_rows if var("ordinary_windows", false) else adapter.dispatch("newest_rows"))(bars) }}
{%- endmacro %}

{% macro rows_of_names(bars) -%}
    {{ (default__rows_of_names if var("ordinary_windows", false) else adapter.dispatch("rows_of_names"))(bars) }}
{%- endmacro %}

{#
The value of the name's row `back` rows before this one; NULL where that row is missing or more than `within` sessions
ago.
#}
{% macro previous(value, within, back=1) -%}
    {{ (default__previous if var("ordinary_windows", false) else composed__previous)(value, within, back) }}
{%- endmacro %}

{#
A query for the rows with one more column for each window: `trailing("returns", {"close": {"mean": [20, 50]}})` adds
close_mean_20 and close_mean_50. Of a window of n sessions every one needs a row with a value, otherwise it is NULL.

mean, sum, high, low  of the values
sigma                 sample standard deviation (ddof 1); 0 where the spread is within rounding
#}
{% macro trailing(rows, windows) -%}
    {{ (default__trailing if var("ordinary_windows", false) else composed__trailing)(rows, windows) }}
{%- endmacro %}

{# What they mean. #}

{% macro default__newest_rows(bars) -%}
    select *
    from (
        select
            *,
            row_number() over (
                partition by security_id, session_number order by known_at desc, batch_id desc
            ) as vintage_age
        from {{ bars }}
    )
    where vintage_age = 1
{%- endmacro %}

{% macro default__rows_of_names(bars) -%}
    select * from {{ bars }}
{%- endmacro %}

{% macro default__previous(value, within, back) -%}
    {%- set over_name = "over (partition by security_id order by session_number)" -%}
    case
        when session_number - lag(session_number, {{ back }}) {{ over_name }} <= {{ within }}
            then lag({{ value }}, {{ back }}) {{ over_name }}
    end
{%- endmacro %}

{% macro default__trailing(rows, windows) -%}
    {%- set lengths = [] -%}
    select
        *
        {%- for value, statistics in windows.items() %}
        {%- for statistic, its_lengths in statistics.items() %}
        {%- for length in its_lengths %}
        {%- do lengths.append(length) %},
        case
            when count({{ value }}) over last_{{ length }} = {{ length }}
                then {{ statistic_over(statistic, value, "last_" ~ length, length) }}
        end as {{ value }}_{{ statistic }}_{{ length }}
        {%- endfor %}
        {%- endfor %}
        {%- endfor %}
    from {{ rows }}
    window
        {%- for length in lengths | unique %}
        last_{{ length }} as (
            partition by security_id order by session_number range between {{ length - 1 }} preceding and current row
        ){% if not loop.last %},{% endif %}
        {%- endfor %}
{%- endmacro %}

{% macro statistic_over(statistic, value, window, length) -%}
    {%- if statistic == "sigma" -%}
        {%- set variance = "var_samp(" ~ value ~ ") over " ~ window -%}
        {%- set squares = "sum(" ~ value ~ " * " ~ value ~ ") over " ~ window -%}
        {{ sigma_of(variance ~ " * " ~ (length - 1), squares, length) }}
    {%- else -%}
        {{ {"mean": "avg", "sum": "sum", "high": "max", "low": "min"}[statistic] }}({{ value }}) over {{ window }}
    {%- endif -%}
{%- endmacro %}

{# Sample standard deviation from the sum of squared deviations; 0 where that is within the rounding of the values. #}
{% macro sigma_of(squared_deviations, squares, length) -%}
    sqrt(case
        when {{ squared_deviations }} <= 1e-12 * {{ squares }} then 0
        else ({{ squared_deviations }}) / {{ length - 1 }}
    end)
{%- endmacro %}
