{# Between its first and its last session each key has a row for every session. #}
{% test every_session_present(model, key=[]) %}
with spans as (
    select
        {% for column in key %}{{ column }}, {% endfor -%}
        min(session_date) as first_date,
        max(session_date) as last_date,
        count(distinct session_date) as sessions_present
    from {{ model }}
    {% if key %}group by {{ key | join(", ") }}{% endif %}
)

select
    {% for column in key %}spans.{{ column }}, {% endfor -%}
    spans.sessions_present,
    count(*) as sessions_expected
from spans
inner join {{ ref("int_sessions") }} as sessions
    on sessions.session_date between spans.first_date and spans.last_date
group by all
having count(*) <> spans.sessions_present
{% endtest %}
