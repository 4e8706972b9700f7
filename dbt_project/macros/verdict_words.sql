{#
The parts that sentences of the verdict share: the text of a fact, the evidence of a sentence, and phrases that more than one
sentence uses.
#}

{# One column <id>_text for each of these facts, as written in a sentence; follows other columns of a select. #}
{% macro fact_texts(ids) -%}
    {%- for fact in verdict_facts() if fact.id in ids -%}
        ,
        {% if fact.is_date -%}
            {{ fact.id }}::string
        {%- else -%}
            {{ spoken_number(
                fact.id ~ (" * " ~ fact.factor if fact.factor and fact.factor != 1 else ""), fact.decimals, fact.sign
            ) }}
        {%- endif %} as {{ fact.id }}_text
    {%- endfor -%}
{%- endmacro %}

{#
These facts as the evidence of a sentence, a JSON list: text as written, value to six decimals, and the mart, column, row and
session that it comes from. A fact that is not known is left out, and with `said_in`, the sentence, one that it does not use.
#}
{% macro evidence_of(ids, said_in=none) -%}
{%- set rows = [] -%}
{%- for fact in verdict_facts() if fact.id in ids -%}
    {%- do rows.append({
        "id": "'" ~ fact.id ~ "'",
        "text": "case when contains(" ~ said_in ~ ", " ~ fact.id ~ "_text) then " ~ fact.id ~ "_text end" if said_in
            else fact.id ~ "_text",
        "value": "null::double" if fact.is_date else rounded(fact.id, 6),
        "factor": fact.factor or 1,
        "mart": "'" ~ fact.mart ~ "'",
        "column_name": "'" ~ fact.column ~ "'",
        "filter": fact.row if fact.row else "'" ~ fact.rows ~ "'",
        "session": "(" ~ (fact.session or "session_date") ~ ")::string",
    }) -%}
{%- endfor -%}
{{ rows_as_json(rows) }}
{%- endmacro %}

{# The name of a driver as used in a sentence: lower case, without the funds it is made of. #}
{% macro driver_in_words(name) -%}
    replace(lower({{ split_part_of(name, " (", 1) }}), 'dollar', 'the dollar')
{%- endmacro %}

{# The place of a percentile of a window; `text` is the percentile as written, which never makes a sentence of 0 or 100 %. #}
{% macro place_among(text, window) -%}
    case {{ text }}
        when '0' then 'the lowest of {{ window }}'
        when '100' then 'the highest of {{ window }}'
        else 'at or above ' || {{ text }} || ' % of {{ window }}'
    end
{%- endmacro %}

{# How many sessions ago, in words; `text` is the number as written. #}
{% macro sessions_ago(text) -%}
    case {{ text }} when '0' then 'today' when '1' then '1 session ago' else {{ text }} || ' sessions ago' end
{%- endmacro %}

{# What positioning has done, as the stage has it: a capitulated stage says when. #}
{% macro positioning_in_words() -%}
    case
        when stage in ('capitulated', 'confirmed')
            then 'positioning capitulated ' || case when capitulation_age = 0 and stage_day > 1 then 'again ' else '' end || {{ sessions_ago("capitulation_age_text") }}
        when positioning_on = false then 'positioning has not capitulated'
        when positioning_on then 'positioning has sold, but the market has not washed out'
        else 'positioning is not known'
    end
{%- endmacro %}

{# The stage with its day; the run of a stage that began in an unknown session is at least that old. #}
{% macro stage_in_words() -%}
    case stage when 'confirmed' then 'capitulation confirmed' else stage end
        || case when is_stage_start_known then ', day ' else ', at least day ' end || stage_day_text
{%- endmacro %}

{# The sentence about a breadth score: its state, since when, and what its lows or highs mean. #}
{% macro reading_in_words(score, low, high) -%}
    '{{ score | capitalize }} ' || case
        when {{ score }}_state = 'neutral' then 'is at no extreme'
        {%- for side, meaning, state, turns in [("low", low, "bouncing", "bounces"), ("high", high, "fading", "fades")] %}
        when {{ score }}_state = 'extreme_{{ side }}' and {{ score }}_extreme_date = session_date
            then 'is at a {{ side }} extreme: {{ meaning }}'
        when {{ score }}_state = '{{ side }}_failed'
            then '{{ "bounced" if side == "low" else "faded" }} and failed with a new {{ side }} on '
                || {{ score }}_extreme_date_text || ': {{ meaning }}'
        when {{ score }}_state = '{{ side }}_{{ state }}'
            then 'went to a {{ side }} extreme on ' || {{ score }}_extreme_date_text || ' ({{ meaning }}) and {{ turns }}'
        when {{ score }}_state in ('extreme_{{ side }}', '{{ side }}_unresolved')
            then 'went to a {{ side }} extreme on ' || {{ score }}_extreme_date_text || ' ({{ meaning }}) and has not turned'
        {%- endfor %}
    end || ' (score ' || {{ score }}_score_text || ').'
{%- endmacro %}

{# A part of the news split: its basis points and its name; `verb` follows the number of the first part only. #}
{% macro news_part(fact, name, verb=" was") -%}
    case {{ fact }}_text when '0' then 'nothing' else {{ fact }}_text end || '{{ verb }} {{ name }}'
{%- endmacro %}

{# A text with a capital first letter. #}
{% macro capitalised(text) -%}
    upper(substr({{ text }}, 1, 1)) || substr({{ text }}, 2)
{%- endmacro %}
