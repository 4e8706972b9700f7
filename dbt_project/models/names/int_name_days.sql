{{ config(materialized="view") }}
-- Name-days as they are read: what is so or not of each by its name.
select
    security_id,
    session_number,
    session_date,

    ---------- prices and returns
    close,
    price_return,
    total_return,
    log_return_21,
    -- since the last bar, where that is 2 sessions to a year ago
    gap_return,
    {% for length in correlation_windows() -%}
        sigma_{{ length }},
    {% endfor %}
    ---------- as traded on the day
    points,
    volume_traded,

    ---------- what is so or not
    {% for flag in name_day_flags() -%}
        {{ is_on(flag) }} as {{ flag }},
    {% endfor %}
    build_number
from {{ ref("int_packed_name_days") }}
