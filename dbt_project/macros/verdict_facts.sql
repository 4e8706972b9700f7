{#
Every number that the verdict may mention and where it comes from: mart, column, row of the session (`rows`: column=value;
...), decimals and sign of the text, and the factor from the mart's unit to that of the text. `row` instead of `rows` is SQL
for a row that depends on the day; `session` is SQL for a number of another session. int_verdict_readings has one column for
each fact.
#}
{% macro verdict_facts() %}
{%- set members = "universe_id=SP500; segment_id=ALL" -%}
{{ return([
    {"id": "spx_close", "mart": "index_daily", "column": "close", "rows": "index_id=SP500", "decimals": 2},
    {"id": "spx_return", "mart": "index_daily", "column": "price_return_1d", "rows": "index_id=SP500", "decimals": 2,
     "sign": true, "factor": 100},
    {"id": "declines", "mart": "breadth_daily", "column": "declines", "rows": members, "decimals": 0},
    {"id": "advances", "mart": "breadth_daily", "column": "advances", "rows": members, "decimals": 0},
    {"id": "valid", "mart": "breadth_daily", "column": "valid", "rows": members, "decimals": 0},
    {"id": "up_volume_pct", "mart": "breadth_daily", "column": "up_volume_pct", "rows": members, "decimals": 0},
    {"id": "neg_breadth_streak", "mart": "breadth_daily", "column": "neg_breadth_streak", "rows": members, "decimals": 0},
    {"id": "pct_above_sma50", "mart": "breadth_daily", "column": "pct_above_sma50", "rows": members, "decimals": 1},
    {"id": "pct_above_sma200", "mart": "breadth_daily", "column": "pct_above_sma200", "rows": members, "decimals": 1},
    {"id": "participation_score", "mart": "breadth_daily", "column": "participation_score", "rows": members,
     "decimals": 1, "sign": true},
    {"id": "participation_extreme_date", "mart": "breadth_daily", "column": "participation_extreme_date",
     "rows": members, "is_date": true},
    {"id": "narrowness_score", "mart": "breadth_daily", "column": "narrowness_score", "rows": members,
     "decimals": 1, "sign": true},
    {"id": "narrowness_extreme_date", "mart": "breadth_daily", "column": "narrowness_extreme_date",
     "rows": members, "is_date": true},
    {"id": "selling_pressure", "mart": "verdict_daily", "column": "selling_pressure", "rows": "", "decimals": 0},
    {"id": "stock_return_bp", "mart": "drivers_summary_daily", "column": "spx_return_bp", "rows": "",
     "decimals": 0, "sign": true},
    {"id": "stock_return_5_bp", "mart": "drivers_summary_daily", "column": "spx_return_5_bp", "rows": "",
     "decimals": 0, "sign": true},
    {"id": "day_driver_bp", "mart": "drivers_daily", "column": "contribution_bp", "row": "'driver_id=' || day_driver_id",
     "decimals": 0, "sign": true},
    {"id": "day_residual_bp", "mart": "drivers_daily", "column": "contribution_bp", "rows": "driver_id=macro_residual",
     "decimals": 0, "sign": true},
    {"id": "primary_bp", "mart": "drivers_daily", "column": "contribution_5_bp", "row": "'driver_id=' || why_primary",
     "decimals": 0, "sign": true},
    {"id": "secondary_bp", "mart": "drivers_daily", "column": "contribution_5_bp", "row": "'driver_id=' || why_secondary",
     "decimals": 0, "sign": true},
    {"id": "macro_residual_5_bp", "mart": "drivers_summary_daily", "column": "macro_residual_5_bp", "rows": "",
     "decimals": 0, "sign": true},
    {"id": "reference_close", "mart": "index_daily", "column": "close", "rows": "index_id=SP500", "decimals": 2,
     "session": "reference_date"},
    {"id": "spx_chg_pct", "mart": "event_performance_daily", "column": "price_chg_pct",
     "row": "'event_id=' || event_id || '; series_id=^GSPC'", "decimals": 2, "sign": true},
    {"id": "small_cap_chg_pct", "mart": "event_performance_daily", "column": "price_chg_pct",
     "row": "'event_id=' || event_id || '; series_id=^RUT'", "decimals": 2, "sign": true},
    {"id": "bond_index_100", "mart": "event_performance_daily", "column": "index_100",
     "row": "'event_id=' || event_id || '; series_id=TLT'", "decimals": 2},
    {"id": "gap_pp", "mart": "event_gap_daily", "column": "gap_pp", "row": "'event_id=' || event_id", "decimals": 1,
     "sign": true},
    {"id": "mega_cap_pp", "mart": "event_gap_daily", "column": "mega_cap_pp", "row": "'event_id=' || event_id",
     "decimals": 1, "sign": true},
    {"id": "mega_cap_slope", "mart": "relative_performance_daily", "column": "slope_21", "rows": "pair_id=MAG7/SPY",
     "decimals": 1, "sign": true},
    {"id": "mega_cap_slope_chg", "mart": "relative_performance_daily", "column": "slope_21_chg_5",
     "rows": "pair_id=MAG7/SPY", "decimals": 1, "sign": true},
    {"id": "mega_cap_bond_corr", "mart": "relative_performance_daily", "column": "ratio_bond_corr_63",
     "rows": "pair_id=MAG7/SPY", "decimals": 2, "sign": true},
    {"id": "mega_cap_from_high_pct", "mart": "relative_performance_daily", "column": "dist_from_252d_high_pct",
     "rows": "pair_id=MAG7/SPY", "decimals": 1, "sign": true},
    {"id": "vix", "mart": "volatility_daily", "column": "vix", "rows": "", "decimals": 2},
    {"id": "vix_vix3m", "mart": "volatility_daily", "column": "vix_vix3m", "rows": "", "decimals": 2},
    {"id": "cor1m", "mart": "implied_correlation_daily", "column": "cor1m", "rows": "", "decimals": 2},
    {"id": "cor1m_chg_5d", "mart": "implied_correlation_daily", "column": "cor1m_chg_5d", "rows": "", "decimals": 1,
     "sign": true},
    {"id": "cor1m_high_10", "mart": "implied_correlation_daily", "column": "cor1m_high_10", "rows": "", "decimals": 2},
    {"id": "cor1m_pctl_252", "mart": "implied_correlation_daily", "column": "cor1m_pctl_252", "rows": "", "decimals": 0},
    {"id": "yield_10y", "mart": "regime_daily", "column": "yield_10y", "rows": "", "decimals": 2},
    {"id": "yield_obs_date", "mart": "regime_daily", "column": "yield_obs_date", "rows": "", "is_date": true},
    {"id": "asset_manager_net_pct_oi", "mart": "capitulation_daily", "column": "asset_manager_net_pct_oi", "rows": "",
     "decimals": 1},
    {"id": "asset_manager_pctl_156w", "mart": "capitulation_daily", "column": "asset_manager_pctl_156w", "rows": "",
     "decimals": 0},
    {"id": "capitulation_age", "mart": "capitulation_daily", "column": "capitulation_age", "rows": "", "decimals": 0},
    {"id": "report_date", "mart": "capitulation_daily", "column": "report_date", "rows": "", "is_date": true},
    {"id": "cta_exposure", "mart": "capitulation_daily", "column": "cta_exposure", "rows": "", "decimals": 2, "sign": true},
] + verdict_odds_facts()) }}
{% endmacro %}

{# The facts of the odds line: a study one month ahead, on all days and on clean days. #}
{% macro verdict_odds_facts() %}
{%- set facts = [] -%}
{%- for target in ["down", "vix_up_30pct"] -%}
    {%- for column in ["hits", "n_events", "share", "ci_low", "ci_high", "base_share"] -%}
        {%- do facts.append({
            "id": target ~ "_" ~ column, "mart": "odds_daily", "column": column, "decimals": 0,
            "factor": 1 if column in ["hits", "n_events"] else 100,
            "row": "'study_id=' || study_id || '; target=" ~ target ~ "; horizon=21; track=all'",
        }) -%}
    {%- endfor -%}
{%- endfor -%}
{%- for column in ["hits", "n_events"] -%}
    {%- do facts.append({
        "id": "clean_down_" ~ column, "mart": "odds_daily", "column": column, "decimals": 0,
        "row": "'study_id=' || study_id || '; target=down; horizon=21; track=clean'",
    }) -%}
{%- endfor -%}
{{ return(facts) }}
{% endmacro %}

{# The facts as rows of the evidence: the text as formatted, its value to six decimals, and the mart and row it comes from. #}
{% macro verdict_evidence(facts) %}
{%- set rows = [] -%}
{%- for fact in facts -%}
    {%- do rows.append({
        "id": "'" ~ fact.id ~ "'",
        "text": fact.id ~ "_said",
        "value": "null::double" if fact.is_date else "round(" ~ fact.id ~ "::double, 6)",
        "factor": fact.factor or 1,
        "mart": "'" ~ fact.mart ~ "'",
        "column_name": "'" ~ fact.column ~ "'",
        "filter": fact.row if fact.row else "'" ~ fact.rows ~ "'",
        "session": "(" ~ (fact.session or "session_date") ~ ")::varchar",
    }) -%}
{%- endfor -%}
{{ return(rows) }}
{% endmacro %}

{# The name of a driver as used in a sentence: lower case, without the funds it is made of. #}
{% macro driver_in_words(name) -%}
    replace(lower({{ split_part_of(name, " (", 1) }}), 'dollar', 'the dollar')
{%- endmacro %}

{#
The clause about what the index moved with: news by its part at the middle of what the signs allow, unless one kind is the
larger part throughout; a driver by its contribution. NULL where neither is named.
#}
{% macro moved_with(driver_id, name, bp, is_identified, move) -%}
    case
        when {{ driver_id }} in ('news_growth', 'news_discount') and {{ is_identified }}
            then 'the larger part moved with ' || {{ name }} || ' (' || {{ bp }} || ' bp)'
        when {{ driver_id }} in ('news_growth', 'news_discount')
            then 'at the middle of what the signs allow the larger part moved with ' || {{ name }} || ' (' || {{ bp }} || ' bp)'
        else 'what ' || case when {{ move }} > 0 then 'carried' else 'weighed' end || ' most moved with ' || {{ name }}
            || ' (' || {{ bp }} || ' bp)'
    end
{%- endmacro %}

{# The sentence about a breadth score: its state, since when, and what its lows or highs mean. #}
{% macro reading_in_words(score, low, high) -%}
    '{{ score | capitalize }} ' || case {{ score }}_state
        when 'neutral' then 'is at no extreme'
        {%- for side, meaning, turns in [("low", low, "bounces"), ("high", high, "fades")] %}
        when 'extreme_{{ side }}' then 'is at a {{ side }} extreme: {{ meaning }}'
        when '{{ side }}_unresolved'
            then 'went to a {{ side }} extreme on ' || {{ score }}_extreme_date || ' ({{ meaning }}) and does not '
                || '{{ turns.removesuffix("s") }}'
        when '{{ side }}_{{ "bouncing" if side == "low" else "fading" }}'
            then 'went to a {{ side }} extreme on ' || {{ score }}_extreme_date || ' ({{ meaning }}) and {{ turns }}'
        {%- endfor %}
        when 'low_failed' then 'bounced and failed with a new low on ' || {{ score }}_extreme_date || ': {{ low }}'
        when 'high_failed' then 'faded and failed with a new high on ' || {{ score }}_extreme_date || ': {{ high }}'
    end || ' (score ' || {{ score }}_score_said || ').'
{%- endmacro %}
