{#
Whether a claim about a value (text) is true; NULL if the value or the threshold is missing or the two cannot be compared.
Comparators: > >= < <= compare numbers, `within` and `beyond` compare the distance from 0 with the threshold, `=` compares
text, and `in` looks the text up in a list a|b|c.
#}
{% macro claim_holds(value, comparator, threshold) -%}
    case {{ comparator }}
        when '>' then try_cast({{ value }} as double) > try_cast({{ threshold }} as double)
        when '>=' then try_cast({{ value }} as double) >= try_cast({{ threshold }} as double)
        when '<' then try_cast({{ value }} as double) < try_cast({{ threshold }} as double)
        when '<=' then try_cast({{ value }} as double) <= try_cast({{ threshold }} as double)
        when 'within' then abs(try_cast({{ value }} as double)) <= try_cast({{ threshold }} as double)
        when 'beyond' then abs(try_cast({{ value }} as double)) >= try_cast({{ threshold }} as double)
        when '=' then {{ value }} = {{ threshold }}
        when 'in' then array_contains({{ split_text(threshold, "|") }}, {{ value }})
    end
{%- endmacro %}
