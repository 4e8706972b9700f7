{# How forecasts of the odds are scored: since when, and by which names. #}

{# The forecasts that are scored; the last one is the reference of brier_skill. #}
{% macro odds_predictors() -%}
    {{ return(["share", "share_shrunk", "share_said", "base_share_vix", "base_share"]) }}
{%- endmacro %}

{#
A query for the sessions that scores begin on: the first that is scored, 2020, and the last 504 closed sessions; one row a
horizon and since.
#}
{% macro odds_periods(forecasts) -%}
    select distinct
        horizon,
        starts.since
    from {{ forecasts }}
    cross join (values ({{ odds_scored_since() }}), (date '2020-01-01')) as starts (since)
    union
    select
        horizon,
        min(session_date) as since
    from (
        select
            horizon,
            session_date,
            dense_rank() over (partition by horizon order by session_date desc) as newest
        from {{ forecasts }}
    ) as ranked
    where newest <= 504
    group by horizon
{%- endmacro %}
