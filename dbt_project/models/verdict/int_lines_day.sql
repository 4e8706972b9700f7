-- The headline: the day first, then what fired or blew out on it, then the stage with its day. One row a session.
{% set facts = ["declines", "advances", "valid", "spx_close", "spx_return", "stage_day", "capitulation_age"] -%}
with readings as (
    select * from {{ ref("int_verdict_readings") }}
),

switches as (
    select * from {{ ref("int_state_switches") }}
),

facts_in_text as (
    select
        readings.*,
        switches.fired,
        switches.blown_out
        {{- fact_texts(facts) }}
    from readings
    left join switches on readings.session_date = switches.session_date
),

clauses as (
    select
        *,
        case day_state
            {%- for side in ["selling", "buying"] %}
            when 'heavy_{{ side }}' then 'Heavy {{ side }}: '
            when 'broad_{{ side }}' then 'Broad {{ side }}: '
            when '{{ side }}' then '{{ side | capitalize }}: '
            {%- endfor %}
            when 'narrow_loss' then 'Narrow loss: '
            when 'narrow_gain' then 'Narrow gain: '
            when 'mixed' then 'Mixed: '
            else ''
        end as day_words,
        case
            when day_state in ('heavy_buying', 'broad_buying', 'buying', 'narrow_loss')
                then advances_text || ' of ' || valid_text || ' ' || {{ members_in_words() }} || ' rose'
            when day_state = 'mixed'
                then declines_text || ' of ' || valid_text || ' ' || {{ members_in_words() }} || ' fell, ' || advances_text || ' rose'
            else declines_text || ' of ' || valid_text || ' ' || {{ members_in_words() }} || ' fell'
        end as breadth_words,
        case
            when spx_return is null then '{{ index_name() }} at ' || spx_close_text
            when spx_return_text <> '0.0' then '{{ index_name() }} ' || spx_return_text || ' % to ' || spx_close_text
            when spx_return > 0 then '{{ index_name() }} barely up at ' || spx_close_text
            when spx_return < 0 then '{{ index_name() }} barely down at ' || spx_close_text
            else '{{ index_name() }} unchanged at ' || spx_close_text
        end as index_words,
        case
            when stage = 'none' then null
            when stage_day = 1 and is_stage_start_known
                then 'new stage: ' || case stage when 'confirmed' then 'capitulation confirmed' else stage end
                    || case when stage_before <> 'none' then ', after ' || stage_before else '' end
            else {{ stage_in_words() }}
        end || ', ' || {{ positioning_in_words() }} as stage_words
    from facts_in_text
)

select
    session_date,
    1 as position,
    day_words || concat_ws(
        '; ',
        concat_ws(
            ', ',
            coalesce(breadth_words, case when day_words = '' then 'Advances' else 'advances' end || ' and declines not known'),
            coalesce(index_words, '{{ index_name() }} ' || spx_return_text || ' %, its close not known', '{{ index_name() }} close not known')
        ),
        fired,
        blown_out,
        stage_words
    ) || '.' as sentence,
    {{ evidence_of(facts) }} as evidence
from clauses
order by session_date
