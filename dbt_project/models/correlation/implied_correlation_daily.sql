-- How closely the options market expects the members to move together (Cboe COR1M and COR3M), as known at the cutoff of each
-- session, and the correlation realised lately; one row a session from the first COR1M. Only closes are used, because the
-- highs have bad prints. A level may be carried from an earlier day; a change or a spread is NULL unless both of its levels
-- are of the days they should be.
{% set families = {"cor1m": "COR1M", "cor3m": "COR3M"} -%}
with sessions as (
    select * from {{ ref("int_sessions") }}
),

series_days as (
    select * from {{ ref("int_series_days") }}
),

realised_correlation as (
    select
        session_date,
        cor1m_realised_twin,
        implied_form_corr as implied_form_corr_21,
        weight_basis as implied_form_weight_basis
    from {{ ref("equity_correlation_daily") }}
    where universe_id = 'SP500' and window_sessions = 21
),

levels as (
    select
        session_number
        {%- for column, series_id in families.items() %},
        max(value) filter (where series_id = '{{ series_id }}') as {{ column }},
        max(obs_date) filter (where series_id = '{{ series_id }}') as {{ column }}_obs_date,
        max(age_sessions) filter (where series_id = '{{ series_id }}') as {{ column }}_age
        {%- endfor %}
    from series_days
    group by session_number
),

first_level as (
    select min(session_number) as session_number
    from levels
    where cor1m is not null
),

session_levels as (
    select
        sessions.session_number,
        sessions.session_date,
        levels.* {{ exclude() }} (session_number),
        realised_correlation.cor1m_realised_twin,
        realised_correlation.implied_form_corr_21,
        realised_correlation.implied_form_weight_basis
    from sessions
    inner join first_level on sessions.session_number >= first_level.session_number
    left join levels on sessions.session_number = levels.session_number
    left join realised_correlation on sessions.session_date = realised_correlation.session_date
),

measures as (
    select
        *,
        {%- for column in families %}
        {%- for length in [1, 5] %}
        -- NULL if either close is carried
        case
            when {{ column }}_age = 0 and lag({{ column }}_age, {{ length }}) over by_session = 0
                then {{ column }} - lag({{ column }}, {{ length }}) over by_session
        end as {{ column }}_chg_{{ length }}d,
        {%- endfor %}
        {{ rolling_pctl(column, "(order by session_number " ~ rows_back(252) ~ ")", 126) }} as {{ column }}_pctl_252,
        {{ rolling_z(column, "(order by session_number " ~ rows_back(252) ~ ")", 126) }} as {{ column }}_z_252,
        {{ rolling_quantile(column, 0.1, "(order by session_number " ~ rows_back(252) ~ ")", 126) }} as {{ column }}_p10_252,
        {{ rolling_quantile(column, 0.9, "(order by session_number " ~ rows_back(252) ~ ")", 126) }} as {{ column }}_p90_252,
        {{ rolling_high(column, "(order by session_number " ~ rows_back(10) ~ ")", 8) }} as {{ column }}_high_10,
        {%- endfor %}
        case when cor1m_obs_date = cor3m_obs_date then cor1m - cor3m end as cor_slope_1m3m
    from session_levels
    window by_session as (order by session_number)
)

select
    session_date,

    ---------- implied correlation, as known at the cutoff
    cor1m,
    cor3m,
    cor1m_obs_date,
    cor3m_obs_date,
    cor_slope_1m3m,

    ---------- changes
    cor1m_chg_1d,
    cor1m_chg_5d,
    cor3m_chg_1d,
    cor3m_chg_5d,

    ---------- compared with its own past
    cor1m_pctl_252,
    cor1m_z_252,
    cor1m_p10_252,
    cor1m_p90_252,
    cor1m_high_10,
    cor3m_pctl_252,
    cor3m_z_252,
    cor3m_p10_252,
    cor3m_p90_252,
    cor3m_high_10,

    ---------- compared with realised correlation
    cor1m_realised_twin,
    cor1m - cor1m_realised_twin as corr_risk_premium,
    implied_form_corr_21,
    implied_form_weight_basis::string as implied_form_weight_basis,

    ---------- state: NULL only if the unknown reading would decide it
    case
        when cor1m_pctl_252 is null then null
        when cor1m_pctl_252 >= {{ threshold("cor1m_blowout_pctl") }} and cor1m_chg_5d is null then null
        when cor1m_pctl_252 >= {{ threshold("cor1m_blowout_pctl") }}
            and {{ at_least("cor1m_chg_5d", threshold("cor1m_blowout_chg_5d")) }} then 'blowout'
        when cor1m_pctl_252 >= {{ threshold("cor1m_elevated_pctl") }} then 'elevated'
        when cor1m_pctl_252 <= {{ threshold("cor1m_floor_pctl") }} then 'floor'
        else 'normal'
    end as implied_corr_state,
    cor_slope_1m3m > {{ threshold("correlation_inverted") }} as is_correlation_inverted
from measures
order by session_date
