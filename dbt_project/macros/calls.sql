{# What the models of the call share: lists of names in a seed, and what a call argues for. #}

{# Whether a name is in a list of the seed, a|b|c; an empty list holds nothing. #}
{% macro listed(names, name) -%}
    coalesce(contains('|' || {{ names }} || '|', '|' || {{ name }} || '|'), false)
{%- endmacro %}

{# How many names are in a list of the seed. #}
{% macro listed_count(names) -%}
    coalesce(length({{ names }}) - length(replace({{ names }}, '|', '')) + 1, 0)
{%- endmacro %}

{# The horizon of a call in words. #}
{% macro within_in_words(horizon) -%}
    case {{ horizon }} when 5 then 'within a week' when 21 then 'within a month' end
{%- endmacro %}

{# What a call is scored on, in words. #}
{% macro target_in_words(target, horizon) -%}
    case {{ target }}
        when 'drawdown_over_3pct' then 'drawdown of more than 3 % '
        when 'fall_over_3pct' then 'close more than 3 % lower '
        when 'vix_up_30pct' then 'VIX up 30 % '
    end || {{ within_in_words(horizon) }}
{%- endmacro %}

{# Whether what a call argues for came: the target, or its absence where the call argues for less; a share likewise. #}
{% macro as_argued(value, argues_for) -%}
    case {{ argues_for }} when 'less' then 1 - {{ value }} else {{ value }} end
{%- endmacro %}

{# The readings that a call may join, each with words in ground_in_words. #}
{% macro call_grounds() -%}
    {{ return([
        "averages", "participation", "narrowness", "mega_caps", "correlation", "volatility", "positioning", "bonds",
    ]) }}
{%- endmacro %}

{#
A reading that a call joins, in words; NULL where it is not known.
#}
{% macro ground_in_words(ground) -%}
    case {{ ground }}
        when 'averages' then pct_above_sma50_text || ' % of '
            || case when valid < {{ fewest_members() }} then valid_text || ' ' else '' end || {{ members_in_words() }} || ' are above their average of fifty sessions'
        when 'participation' then case
            when participation_state = 'extreme_low' and participation_extreme_date = session_date then 'breadth is at its low'
            when participation_state = 'low_bouncing' then 'breadth bounces from its low of ' || participation_extreme_date_text
            when participation_state = 'low_failed'
                then 'the bounce of breadth failed with a new low on ' || participation_extreme_date_text
            when participation_state in ('extreme_low', 'low_unresolved')
                then 'breadth has not repaired from its low of ' || participation_extreme_date_text
            when participation_state = 'neutral' then 'breadth is at no extreme'
            when participation_state is not null then 'nearly all names took part on ' || participation_extreme_date_text
        end
        when 'narrowness' then case
            when narrowness_state = 'high_fading' then 'the narrow advance fades'
            when narrowness_state in ('extreme_high', 'high_failed', 'high_unresolved') then 'few names carry the index'
            when narrowness_state = 'neutral' then 'leadership is at no extreme'
            when narrowness_state is not null then 'the advance was unusually broad on ' || narrowness_extreme_date_text
        end
        when 'mega_caps' then case mega_cap_state
            when 'leading' then 'the mega-caps lead'
            when 'leading_slowing' then 'the mega-caps lead but carry less'
            when 'lagging' then 'the mega-caps lag'
            when 'lagging_improving' then 'the mega-caps lag by less'
        end
        when 'correlation' then coalesce('implied correlation is ' || case
            when implied_corr_state = 'floor' then 'at its floor'
            when implied_corr_state = 'elevated' then 'elevated'
            when implied_corr_state = 'blowout' then 'in a blow-out'
            when cor1m_pctl_252 < 50 then 'off its floor'
            when cor1m_pctl_252 >= 50 then 'in the upper half of its year'
        end || ' (COR1M ' || cor1m_text || ')', 'COR1M is ' || cor1m_text)
        when 'volatility' then 'the VIX is ' || vix_text || coalesce(' (' || vix_vix3m_text || ' of VIX3M)', '')
        when 'positioning' then {{ positioning_in_words() }}
        when 'bonds' then case bond_move_text when '0' then 'bonds (IEF) were flat' else 'bonds (IEF) moved ' || bond_move_text || ' bp' end
    end
{%- endmacro %}
