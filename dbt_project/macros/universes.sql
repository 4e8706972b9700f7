{# The universe whose evidence and verdict a build computes: the var `universe`. #}
{% macro main_universe() -%}
    {{ return(var("universe")) }}
{%- endmacro %}

{# Universes without an index that anybody publishes, so that the equal-weight basket of their members is their index. #}
{% macro own_universes() -%}
    {{ return(var("own_universes")) }}
{%- endmacro %}

{# The index of the universe as sentences name it. #}
{% macro index_name() -%}
    {{ return("S&P 500" if main_universe() == "SP500" else main_universe()) }}
{%- endmacro %}

{# SQL: the word for the names counted. "Members" of so few would claim more than a count of them shows. #}
{% macro members_in_words(valid="valid") -%}
    case when {{ valid }} < {{ fewest_members() }} then 'counted' else 'members' end
{%- endmacro %}

{# A smaller universe has no kind of day and no words about participation: 30 names are the fewest of a correlation, too. #}
{% macro fewest_members() -%}
    {{ return(30) }}
{%- endmacro %}

{# SQL: a reading of breadth that few names cannot carry. The S&P 500 has none anyway below its own, higher floor. #}
{% macro of_enough_members(reading, valid) -%}
    {%- if main_universe() == "SP500" -%}
        {{ reading }}
    {%- else -%}
        case when {{ valid }} >= {{ fewest_members() }} then {{ reading }} end
    {%- endif -%}
{%- endmacro %}

{# SQL: the words of a seed, which speak of the S&P 500, for the index of the universe. #}
{% macro of_index(words) -%}
    {%- if main_universe() == "SP500" -%}
        {{ words }}
    {%- else -%}
        replace({{ words }}, 'S&P 500', '{{ index_name() }}')
    {%- endif -%}
{%- endmacro %}

{# SQL: what describes the S&P 500 itself, its drivers and its gap to small caps, belongs to no other universe. #}
{% macro and_of_the_index() -%}
    {{ return("" if main_universe() == "SP500" else " and false") }}
{%- endmacro %}
