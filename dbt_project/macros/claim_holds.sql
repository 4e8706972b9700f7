{#
Whether a value (text) stands to a threshold (text) as a claim says; NULL where either is missing or the two cannot be
compared. Comparators: > >= < <= compare numbers; within and beyond the distance from 0; = and in text, in a list a|b|c.
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
        when 'in' then list_contains({{ split_text(threshold, "|") }}, {{ value }})
    end
{%- endmacro %}
