{#
The split of a stock return into growth news, which moves stocks and bonds against each other, and discount-rate news, which
moves both the same way.

Every split that fits the covariance and those signs is an angle in an interval. With `total` the return of stocks and `cross`
the cross term of int_news_splits, growth news has at the angle a the part

    growth(a) = total cos² a + cross sin 2a = total / 2 + radius cos(2a - phase)
    radius = sqrt(total² / 4 + cross²), phase = atan2(cross, total / 2)

and discount-rate news the rest of `total`. Over several sessions at one common angle, `total` and `cross` are their sums.
#}

{# The part of growth news at one angle. #}
{% macro news_growth_at(angle, total, cross) -%}
    {{ total }} * power(cos({{ angle }}), 2) + {{ cross }} * sin(2 * {{ angle }})
{%- endmacro %}

{#
The least or the greatest part of growth news over the interval from `first` to `last`: at one of its ends, or at the angle
between them where the cosine turns. Twice an angle lies between 0 and pi, the phase between -pi and pi.
#}
{% macro news_growth_least(total, cross, first, last) -%}
    case
        when {{ first }} > {{ last }} then null
        when atan2({{ cross }}, {{ total }} / 2) + pi() between 2 * {{ first }} and 2 * {{ last }}
            then {{ total }} / 2 - sqrt(power({{ total }} / 2, 2) + power({{ cross }}, 2))
        when {{ total }} + {{ cross }} is not null
            then least({{ news_growth_at(first, total, cross) }}, {{ news_growth_at(last, total, cross) }})
    end
{%- endmacro %}

{% macro news_growth_greatest(total, cross, first, last) -%}
    case
        when {{ first }} > {{ last }} then null
        when atan2({{ cross }}, {{ total }} / 2) between 2 * {{ first }} and 2 * {{ last }}
            then {{ total }} / 2 + sqrt(power({{ total }} / 2, 2) + power({{ cross }}, 2))
        when {{ total }} + {{ cross }} is not null
            then greatest({{ news_growth_at(first, total, cross) }}, {{ news_growth_at(last, total, cross) }})
    end
{%- endmacro %}

{#
Whether one of the two is the larger part of the return over the whole interval: growth news is wherever it is more than half
of the return in its direction, so that half of the return lies outside its range.
#}
{% macro is_news_identified(total, low, high) -%}
    {{ low }} > {{ total }} / 2 or {{ high }} < {{ total }} / 2
{%- endmacro %}
