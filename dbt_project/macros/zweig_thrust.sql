{#
Zweig's breadth thrust on a smoothed share of advances: it rises from below 0.40 to above 0.615 within 10 sessions. A dip
gives at most one signal. The subquery has every column of `relation`, zbt_signal, and zbt_days (sessions since the last
value below 0.40). The levels and the ten sessions are Zweig's definition.
#}
{% macro zweig_thrust(relation, value, keys) -%}
(
    with crossings as (
        select
            *,
            coalesce({{ value }} > 0.615 and lag({{ value }}) over by_session <= 0.615, false) as zbt_crosses,
            max(case when {{ value }} < 0.40 then session_number end) over so_far as zbt_dip_number
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
        * exclude (zbt_crosses, zbt_dip_number, zbt_earlier_cross_number),
        zbt_crosses
            and coalesce(session_number - zbt_dip_number <= 10, false)
            and coalesce(zbt_earlier_cross_number <= zbt_dip_number, true) as zbt_signal,
        session_number - zbt_dip_number as zbt_days
    from crossings_with_past
)
{%- endmacro %}
