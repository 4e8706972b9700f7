{#
The rows of a model are sound: its key is unique and never NULL, every double is finite, each column of `within` lies
between its bounds and each of `one_of` has a listed value. A NULL passes all but the key. One test has all of it since a
test costs more than its query. Failing rows have the rule that is broken and the key of the row.

key, second_key   [column, …]
within            {column: [low, high]}, ends included; a bound may be a column or null
one_of            {column: [value, …]}
rows              a condition that restricts a large table to the rows that are read
doubles           false where another test has read them
#}
{% test sound_rows(model, key=[], second_key=[], within={}, one_of={}, rows="true", doubles=true) %}
{%- set found_in = "concat_ws(', ', " ~ key | join(", ") ~ ")" if key else "''" -%}
{%- set rules = finite_rules(model) if doubles else [] -%}
{%- for column, (low, high) in within.items() -%}
    {%- if low is not none %}{% do rules.append((column ~ " is below " ~ low, column ~ " < " ~ low)) %}{% endif -%}
    {%- if high is not none %}{% do rules.append((column ~ " is above " ~ high, column ~ " > " ~ high)) %}{% endif -%}
{%- endfor -%}
{%- for column, values in one_of.items() -%}
    {%- do rules.append((column ~ " has another value than those listed", column ~ " not in (" ~ sql_list(values) ~ ")")) -%}
{%- endfor -%}

{%- for columns in [key, second_key] if columns %}
select '{{ columns | join(", ") }} is no key' as rule, concat_ws(', ', {{ columns | join(", ") }}) as found
from {{ model }}
where {{ rows }}
group by {{ columns | join(", ") }}
having count(*) > 1{% for column in columns %} or count({{ column }}) < count(*){% endfor %}
{%- if not loop.last or rules %}
union all
{%- endif %}
{%- endfor %}
{%- if rules %}
select
    case
        {%- for words, is_broken in rules %}
        when {{ is_broken }} then '{{ words }}'
        {%- endfor %}
    end as rule,
    {{ found_in }} as found
from {{ model }}
where {{ rows }} and (
    {%- for words, is_broken in rules %}
    {{ is_broken }}{% if not loop.last %} or{% endif %}
    {%- endfor %}
)
{%- endif %}
{% endtest %}
