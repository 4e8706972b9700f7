{# Linking: scaling the contributions of single sessions so that they add up to a compounded return. #}

{# Carino's factor ln(1 + r) / r, which is 1 at r = 0. Near 0 the quotient loses precision, so the power series is used:
   below 1e-4 its first omitted term is below 1e-16. #}
{% macro carino_factor(total) -%}
    case
        when abs({{ total }}) < 1e-4
            then 1 - {{ total }} / 2 + {{ total }} * {{ total }} / 3 - {{ total }} * {{ total }} * {{ total }} / 4
        else ln(1 + {{ total }}) / nullif({{ total }}, 0)
    end
{%- endmacro %}
