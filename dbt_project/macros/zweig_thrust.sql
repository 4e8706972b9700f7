{#
Zweig's breadth thrust on a smoothed share of advances: it rises from below zweig_low to above zweig_high within
zweig_sessions (thresholds). A dip gives at most one signal. The subquery has every column of `relation`, zbt_signal, and
zbt_days (sessions since the last value below zweig_low).
#}
{% macro zweig_thrust(relation, value, keys) -%}
(
    with crossings as (
        select
            *,
            coalesce(
                {{ value }} > {{ threshold("zweig_high") }}
                and lag({{ value }}) over by_session <= {{ threshold("zweig_high") }}, false
            ) as zbt_crosses,
            max(case when {{ value }} < {{ threshold("zweig_low") }} then session_number end) over so_far as zbt_dip_number
        from {{ relation }}
        window
            by_session as (partition by {{ keys | join(", ") }} order by session_number),
            so_far as (partition by {{ keys | join(", ") }} order by session_number rows unbounded preceding)
    ),

    crossings_with_past as (
        select
            *,
            max(case when zbt_crosses then session_number end) over (
                partition by {{ keys | join(", ") }} order by session_number
                rows between unbounded preceding and 1 preceding
            ) as zbt_earlier_cross_number
        from crossings
    )

    select
        * {{ exclude() }} (zbt_crosses, zbt_dip_number, zbt_earlier_cross_number),
        zbt_crosses
            and coalesce(session_number - zbt_dip_number <= {{ threshold("zweig_sessions") }}, false)
            and coalesce(zbt_earlier_cross_number <= zbt_dip_number, true) as zbt_signal,
        session_number - zbt_dip_number as zbt_days
    from crossings_with_past
)
{%- endmacro %}
