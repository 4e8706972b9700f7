{#
Every number that a sentence of the verdict may contain and where it comes from: mart, column, row of the session (`rows`:
column=value; ...), decimals and sign of the text, and the factor from the mart's unit to that of the text. `row` instead of
`rows` is SQL for a row that depends on the day; `session` is SQL for a number of another session. A model of sentences has
one column for each fact that it uses.
#}
{% macro verdict_facts() %}
{%- set members = "universe_id=" ~ main_universe() ~ "; segment_id=ALL" -%}
{%- set since_event = "'event_id=' || event_id || '; series_id=" -%}
{{ return([
    {"id": "spx_close", "mart": "index_daily", "column": "close", "rows": "index_id=" ~ main_universe(), "decimals": 2},
    {"id": "spx_return", "mart": "index_daily", "column": "price_return_1d", "rows": "index_id=" ~ main_universe(), "decimals": 1,
     "sign": true, "factor": 100},
    {"id": "declines", "mart": "breadth_daily", "column": "declines", "rows": members, "decimals": 0},
    {"id": "advances", "mart": "breadth_daily", "column": "advances", "rows": members, "decimals": 0},
    {"id": "valid", "mart": "breadth_daily", "column": "valid", "rows": members, "decimals": 0},
    {"id": "up_volume_pct", "mart": "breadth_daily", "column": "up_volume_pct", "rows": members, "decimals": 0},
    {"id": "neg_breadth_streak", "mart": "breadth_daily", "column": "neg_breadth_streak", "rows": members, "decimals": 0},
    {"id": "pct_above_sma50", "mart": "breadth_daily", "column": "pct_above_sma50", "rows": members, "decimals": 1},
    {"id": "eligible_sma50", "mart": "breadth_daily", "column": "eligible_sma50", "rows": members, "decimals": 0},
    {"id": "pct_above_sma200", "mart": "breadth_daily", "column": "pct_above_sma200", "rows": members, "decimals": 1},
    {"id": "eligible_sma200", "mart": "breadth_daily", "column": "eligible_sma200", "rows": members, "decimals": 0},
    {"id": "participation_score", "mart": "breadth_daily", "column": "participation_score", "rows": members,
     "decimals": 1, "sign": true},
    {"id": "participation_extreme_date", "mart": "breadth_daily", "column": "participation_extreme_date",
     "rows": members, "is_date": true},
    {"id": "narrowness_score", "mart": "breadth_daily", "column": "narrowness_score", "rows": members,
     "decimals": 1, "sign": true},
    {"id": "narrowness_extreme_date", "mart": "breadth_daily", "column": "narrowness_extreme_date",
     "rows": members, "is_date": true},
    {"id": "selling_pressure", "mart": "verdict_daily", "column": "selling_pressure", "rows": "universe_id=" ~ main_universe(), "decimals": 0},
    {"id": "reference_close", "mart": "index_daily", "column": "close", "rows": "index_id=" ~ main_universe(), "decimals": 2,
     "session": "reference_date"},
    {"id": "reference_date", "mart": "verdict_daily", "column": "reference_date", "rows": "universe_id=" ~ main_universe(), "is_date": true},
    {"id": "spx_chg_pct", "mart": "event_performance_daily", "column": "price_chg_pct", "row": since_event ~ "^GSPC'",
     "decimals": 2, "sign": true},
    {"id": "small_cap_chg_pct", "mart": "event_performance_daily", "column": "price_chg_pct", "row": since_event ~ "^RUT'",
     "decimals": 2, "sign": true},
    {"id": "bond_index_100", "mart": "event_performance_daily", "column": "index_100", "row": since_event ~ "TLT'",
     "decimals": 2},
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
    {"id": "vix", "mart": "volatility_daily", "column": "vix", "rows": "", "decimals": 2},
    {"id": "vix_old_date", "mart": "volatility_daily", "column": "vix_obs_date", "rows": "", "is_date": true},
    {"id": "vix_vix3m", "mart": "volatility_daily", "column": "vix_vix3m", "rows": "", "decimals": 2},
    {"id": "cor1m", "mart": "implied_correlation_daily", "column": "cor1m", "rows": "", "decimals": 2},
    {"id": "cor1m_old_date", "mart": "implied_correlation_daily", "column": "cor1m_obs_date", "rows": "", "is_date": true},
    {"id": "cor1m_chg_5d", "mart": "implied_correlation_daily", "column": "cor1m_chg_5d", "rows": "", "decimals": 1,
     "sign": true},
    {"id": "cor1m_high_10", "mart": "implied_correlation_daily", "column": "cor1m_high_10", "rows": "", "decimals": 2},
    {"id": "cor1m_pctl_252", "mart": "implied_correlation_daily", "column": "cor1m_pctl_252", "rows": "", "decimals": 0},
    {"id": "yield_10y", "mart": "regime_daily", "column": "yield_10y", "rows": "", "decimals": 2},
    {"id": "yield_obs_date", "mart": "regime_daily", "column": "yield_obs_date", "rows": "", "is_date": true},
    {"id": "weights_age_sessions", "mart": "index_attribution_daily", "column": "weights_age_sessions",
     "rows": "index_id=SP500; bucket_id=MAG7; horizon=1", "decimals": 0},
    {"id": "weights_date", "mart": "index_attribution_daily", "column": "weights_date",
     "rows": "index_id=SP500; bucket_id=MAG7; horizon=1", "is_date": true},
    {"id": "stage_day", "mart": "verdict_daily", "column": "stage_day", "rows": "universe_id=" ~ main_universe(), "decimals": 0},
    {"id": "stage_since", "mart": "verdict_daily", "column": "stage_since", "rows": "universe_id=" ~ main_universe(), "is_date": true},
    {"id": "capitulation_age", "mart": "capitulation_daily", "column": "capitulation_age", "rows": "", "decimals": 0},
    {"id": "asset_manager_net_pct_oi", "mart": "capitulation_daily", "column": "asset_manager_net_pct_oi", "rows": "",
     "decimals": 1},
    {"id": "asset_manager_pctl_156w", "mart": "capitulation_daily", "column": "asset_manager_pctl_156w", "rows": "",
     "decimals": 0},
    {"id": "report_date", "mart": "capitulation_daily", "column": "report_date", "rows": "", "is_date": true},
    {"id": "cta_exposure", "mart": "capitulation_daily", "column": "cta_exposure", "rows": "", "decimals": 2, "sign": true},
] + verdict_leg_facts() + verdict_why_facts() + verdict_change_facts() + verdict_odds_facts() + verdict_call_facts()) }}
{% endmacro %}

{# The age of the newest hit of each leg of capitulation. #}
{% macro verdict_leg_facts() %}
{%- set facts = [] -%}
{%- for leg in ["washout", "panic", "volatility", "correlation", "positioning", "exhaustion", "trigger"] -%}
    {%- do facts.append({
        "id": leg ~ "_age", "mart": "capitulation_daily", "column": leg ~ "_age", "rows": "", "decimals": 0,
    }) -%}
{%- endfor -%}
{{ return(facts) }}
{% endmacro %}

{# The move of one and of five sessions, how news splits it, the driver that may be named and what is not explained. #}
{% macro verdict_why_facts() %}
{%- set facts = [] -%}
{%- for horizon, infix in {"day": "", "week": "5_"}.items() -%}
    {%- set columns = {
        "move": "spx_return_" ~ infix ~ "bp",
        "growth": "news_growth_" ~ infix ~ "bp",
        "growth_low": "news_growth_" ~ infix ~ "bp_low",
        "growth_high": "news_growth_" ~ infix ~ "bp_high",
        "discount": "news_discount_" ~ infix ~ "bp",
    } -%}
    {%- for part, column in columns.items() -%}
        {%- do facts.append({
            "id": horizon ~ "_" ~ part, "mart": "drivers_summary_daily", "column": column, "rows": "", "decimals": 0,
            "sign": true,
        }) -%}
    {%- endfor -%}
    {%- for part, row in {"driver": "'driver_id=' || " ~ horizon ~ "_driver_id", "residual": "'driver_id=macro_residual'"}.items() -%}
        {%- do facts.append({
            "id": horizon ~ "_" ~ part, "mart": "drivers_daily", "column": "contribution_" ~ infix ~ "bp", "row": row,
            "decimals": 0, "sign": true,
        }) -%}
    {%- endfor -%}
{%- endfor -%}
{%- do facts.append({
    "id": "bond_move", "mart": "drivers_summary_daily", "column": "ief_return_bp", "rows": "", "decimals": 0, "sign": true,
}) -%}
{{ return(facts) }}
{% endmacro %}

{#
The numbers whose move of a session is compared with their usual one, each with its name in a sentence, and the number of
the session before.
#}
{% macro verdict_changing_numbers() %}
{%- set members = "universe_id=" ~ main_universe() ~ "; segment_id=ALL" -%}
{{ return([
    {"id": "moved_declines", "name": "decliners", "mart": "breadth_daily", "column": "declines", "rows": members, "decimals": 0},
    {"id": "moved_up_volume", "name": "up volume", "unit": " %", "mart": "breadth_daily", "column": "up_volume_pct",
     "rows": members, "decimals": 0},
    {"id": "moved_sma50", "name": "members above their 50-session average", "unit": " %", "mart": "breadth_daily",
     "column": "pct_above_sma50", "rows": members, "decimals": 1},
    {"id": "moved_vix", "name": "VIX", "mart": "volatility_daily", "column": "vix", "rows": "", "decimals": 2},
    {"id": "moved_vix_vix3m", "name": "VIX/VIX3M", "mart": "volatility_daily", "column": "vix_vix3m", "rows": "", "decimals": 2},
    {"id": "moved_cor1m", "name": "COR1M", "mart": "implied_correlation_daily", "column": "cor1m", "rows": "", "decimals": 2},
    {"id": "moved_yield", "name": "ten-year yield", "unit": " %", "mart": "regime_daily", "column": "yield_10y", "rows": "",
     "decimals": 2},
    {"id": "moved_cta", "name": "trend-follower proxy", "mart": "capitulation_daily", "column": "cta_exposure", "rows": "",
     "decimals": 2, "sign": true},
]) }}
{% endmacro %}

{# Each of these numbers on the session, and on the session before. #}
{% macro verdict_change_facts() %}
{%- set facts = [] -%}
{%- for number in verdict_changing_numbers() -%}
    {%- do facts.append(number) -%}
    {%- do facts.append(dict(number, id=number.id ~ "_before", session="previous_date")) -%}
{%- endfor -%}
{{ return(facts) }}
{% endmacro %}

{# The facts of the odds: what the VIX alone says, and the cases of a state that is on, on all days and on clean days. #}
{% macro verdict_odds_facts() %}
{%- set facts = [] -%}
{%- for fall, row in {
    "drawdown": "universe_id=" ~ main_universe() ~ "; target=drawdown_over_3pct; horizon=21",
    "fall": "universe_id=" ~ main_universe() ~ "; target=fall_over_3pct; horizon=5",
}.items() -%}
    {%- for column in ["base_share_vix", "base_share"] -%}
        {%- do facts.append({
            "id": fall ~ "_" ~ column, "mart": "vix_odds_daily", "column": column, "rows": row, "decimals": 0, "factor": 100,
        }) -%}
    {%- endfor -%}
{%- endfor -%}
{%- set of_study = "'universe_id=" ~ main_universe() ~ "; study_id=' || study_id || '; target=drawdown_over_3pct; horizon=21; track=" -%}
{%- for column in ["hits", "n_events", "share", "ci_low", "ci_high", "share_said"] -%}
    {%- do facts.append({
        "id": "study_" ~ column, "mart": "odds_daily", "column": column, "row": of_study ~ "all'", "decimals": 0,
        "factor": 1 if column in ["hits", "n_events"] else 100,
    }) -%}
{%- endfor -%}
{%- for column in ["hits", "n_events"] -%}
    {%- do facts.append({
        "id": "study_clean_" ~ column, "mart": "odds_daily", "column": column, "row": of_study ~ "clean'", "decimals": 0,
    }) -%}
{%- endfor -%}
{%- do facts.append({
    "id": "study_since", "mart": "states_daily", "column": "since",
    "row": "'universe_id=" ~ main_universe() ~ "; state_id=' || study_state_id", "is_date": true,
}) -%}
{{ return(facts) }}
{% endmacro %}

{# The odds of what the call argues for, and the track record of the call. #}
{% macro verdict_call_facts() %}
{%- set facts = [] -%}
{%- for column in ["base_share_vix", "base_share"] -%}
    {%- do facts.append({
        "id": "call_" ~ column, "mart": "vix_odds_daily", "column": column,
        "row": "'universe_id=" ~ main_universe() ~ "; target=' || call_target || '; horizon=' || call_horizon", "decimals": 0, "factor": 100,
    }) -%}
{%- endfor -%}
{%- for column in ["call_times_known", "call_hits_known", "call_vix_known"] -%}
    {%- do facts.append({
        "id": column, "mart": "verdict_daily", "column": column, "rows": "universe_id=" ~ main_universe(), "decimals": 0,
        "factor": 100 if column == "call_vix_known" else 1,
    }) -%}
{%- endfor -%}
{{ return(facts) }}
{% endmacro %}
