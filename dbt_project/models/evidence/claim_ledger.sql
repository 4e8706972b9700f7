-- An argument in prose, line by line: what it claims, the number it rests on as known when it was made, whether that number
-- supports it, and what followed. A claim is a row of data that names a mart, a column and a filter, so each row that a claim
-- may mean is written out as JSON and read by name (docs/decisions/0010-claims-are-data.md). A mart that claims shall read is
-- one more line here.
{% set marts = [
    "breadth_daily", "relative_performance_daily", "event_performance_daily", "event_gap_daily", "mega_cap_index_daily",
    "index_attribution_daily", "index_daily", "equity_correlation_daily", "implied_correlation_daily",
    "cross_asset_correlation_daily", "volatility_daily", "macro_levels_daily", "drivers_daily", "drivers_summary_daily",
    "regime_daily", "positioning_daily", "capitulation_daily", "states_daily", "odds_daily", "vix_odds_daily",
] -%}
with claims as (
    select
        claim_id::string as claim_id,
        made_on::date as made_on,
        read_on::date as read_on,
        author::string as author,
        paraphrase::string as paraphrase,
        mart::string as mart,
        column_name::string as column_name,
        coalesce(filter::string, '') as filter,
        comparator::string as comparator,
        threshold::string as threshold,
        partly_threshold::string as partly_threshold,
        horizon::integer as horizon,
        -- where a claim names no outcome, its own column is read again when the horizon closes
        coalesce(outcome_mart::string, mart::string) as outcome_mart,
        coalesce(outcome_column::string, column_name::string) as outcome_column,
        coalesce(case when outcome_mart is null then filter else outcome_filter end::string, '') as outcome_filter,
        coalesce(outcome_reading::string, 'last') as outcome_reading,
        coalesce(outcome_comparator::string, comparator::string) as outcome_comparator,
        coalesce(outcome_threshold::string, threshold::string) as outcome_threshold
    from {{ ref("stg_claims") }}
),

sessions as (
    select * from {{ ref("int_sessions") }}
),

calendar as (
    select * from {{ ref("stg_sessions") }}
),

index_days as (
    select * from {{ ref("index_daily") }} where index_id = '{{ main_universe() }}'
),

-- the session whose close the claim was made on, and the one that closes its horizon
dated_claims as (
    select
        claims.*,
        made.session_number,
        made.session_date,
        closing.session_date as closes_on,
        coalesce(ends.is_final, false) as is_closed
    from claims
    {{ asof_left_join("sessions", "made", [], "claims.read_on", "made.session_date") }}
    left join calendar as closing on made.session_number + claims.horizon = closing.session_number
    left join sessions as ends on closing.session_number = ends.session_number
    where claims.read_on <= (select max(session_date) from sessions)
),

-- what each claim reads: the evidence on its day, the outcome at the horizon or on every session up to it
readings as (
    select
        claim_id,
        'evidence' as reading,
        mart,
        column_name,
        filter,
        session_date as first_date,
        session_date as last_date
    from dated_claims
    union all
    select
        claim_id,
        'outcome' as reading,
        outcome_mart as mart,
        outcome_column as column_name,
        outcome_filter as filter,
        case when outcome_reading = 'last' then closes_on else session_date + 1 end as first_date,
        closes_on as last_date
    from dated_claims
    where is_closed
),

-- the parts of a filter, column=value, all of which a row must meet
conditions as (
    select
        claim_id,
        reading,
        mart,
        trim({{ split_part_of("part", "=", 1) }}) as column_name,
        trim({{ split_part_of("part", "=", 2) }}) as required_value
    from (
        select claim_id, reading, mart, {{ unnested(split_text("filter", ";")) }} as part
        from readings
        where filter <> ''
    )
),

mart_columns as (
    select *
    from (
        values
        {%- for mart, column in (declared_columns(marts) if execute else []) %}
        ('{{ mart }}', '{{ column }}'){% if not loop.last %},{% endif %}
        {%- endfor %}
    ) as listed(mart, column_name)
),

-- names that no mart of the list bears: such a claim is reported as insufficient data, it does not stop the build
unknown_names as (
    select
        named.claim_id,
        max(case
            when named.mart in ('{{ marts | join("', '") }}') then 'no column ' || named.column_name || ' in ' || named.mart
            else 'no mart ' || named.mart || ' that claims can read'
        end) as reason
    from (
        select claim_id, mart, column_name from readings where reading = 'evidence'
        union all
        select claim_id, mart, column_name from conditions where reading = 'evidence'
    ) as named
    left join mart_columns on named.mart = mart_columns.mart and named.column_name = mart_columns.column_name
    where mart_columns.mart is null
    group by named.claim_id
),

candidate_rows as (
    {%- for mart in marts %}
    select
        readings.claim_id,
        readings.reading,
        readings.column_name,
        mart_rows.session_date,
        {{ row_as_json("mart_rows") }} as row_text
    from readings
    inner join {{ ref(mart) }} as mart_rows
        on readings.mart = '{{ mart }}'
        and mart_rows.session_date between readings.first_date and readings.last_date
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

matching_rows as (
    select
        claim_id,
        reading,
        session_date,
        {{ json_text("row_text", "column_name") }} as found_value
    from candidate_rows
    where not exists (
        select 1
        from conditions
        where candidate_rows.claim_id = conditions.claim_id
            and candidate_rows.reading = conditions.reading
            and {{ json_text("candidate_rows.row_text", "conditions.column_name") }} is distinct from conditions.required_value
    )
),

found_values as (
    select
        claim_id,
        reading,
        count(*) as rows_found,
        count(distinct session_date) as days_found,
        {{ value_at_max("found_value", "session_date") }} as last_value,
        max(try_cast(found_value as double)) as highest_value,
        min(try_cast(found_value as double)) as lowest_value
    from matching_rows
    group by claim_id, reading
),

-- more than one row a day is no answer: the filter is too wide
answered_claims as (
    select
        dated_claims.*,
        case when evidence.rows_found = 1 then evidence.last_value end as evidence_value,
        case
            when unknown_names.reason is not null then unknown_names.reason
            when evidence.rows_found > 1 then 'the filter leaves ' || evidence.rows_found || ' rows'
            when evidence.rows_found is null then 'no such row on that session'
            when evidence.last_value is null then 'the column is NULL on that session'
            when evidence.last_value = 'insufficient' then 'too few cases'
        end as why_insufficient,
        case
            when outcomes.rows_found > outcomes.days_found then null
            when dated_claims.outcome_reading = 'highest' then outcomes.highest_value::string
            when dated_claims.outcome_reading = 'lowest' then outcomes.lowest_value::string
            else outcomes.last_value
        end as outcome_value
    from dated_claims
    left join unknown_names on dated_claims.claim_id = unknown_names.claim_id
    left join found_values as evidence on dated_claims.claim_id = evidence.claim_id and evidence.reading = 'evidence'
    left join found_values as outcomes on dated_claims.claim_id = outcomes.claim_id and outcomes.reading = 'outcome'
),

judged_claims as (
    select
        answered_claims.*,
        {{ claim_holds("evidence_value", "comparator", "threshold") }} as is_met,
        {{ claim_holds("evidence_value", "comparator", "partly_threshold") }} as is_partly_met,
        {{ claim_holds("outcome_value", "outcome_comparator", "outcome_threshold") }} as outcome_held,
        100 * (closing.price_index / nullif(opening.price_index, 0) - 1) as spx_return_pct
    from answered_claims
    left join index_days as opening on answered_claims.session_date = opening.session_date
    left join index_days as closing on answered_claims.closes_on = closing.session_date and answered_claims.is_closed
)

select
    ---------- the claim
    '{{ main_universe() }}'::string as universe_id,
    claim_id,
    made_on,
    session_date::date as session_date,
    author,
    paraphrase,

    ---------- what it reads
    mart,
    column_name,
    filter,
    comparator,
    threshold,
    partly_threshold,

    ---------- what was known
    {{ rounded_text("evidence_value") }}::string as evidence_value,
    try_cast(evidence_value as double)::double as evidence_number,
    case
        when why_insufficient is not null then 'insufficient_data'
        when is_met then 'supported'
        when is_partly_met then 'partly'
        when is_met is null then 'insufficient_data'
        else 'not_supported'
    end::string as finding,
    coalesce(
        why_insufficient,
        case when is_met is null then 'value and threshold cannot be compared' end
    )::string as insufficient_reason,

    ---------- what followed
    horizon,
    closes_on::date as closes_on,
    is_closed::boolean as is_closed,
    outcome_mart || '.' || outcome_column as outcome_measure,
    outcome_reading || ' ' || outcome_comparator || ' ' || outcome_threshold as outcome_test,
    case when is_closed then {{ rounded_text("outcome_value") }} end::string as outcome_value,
    case when is_closed then outcome_held end::boolean as outcome_held,
    spx_return_pct::double as spx_return_pct
from judged_claims
order by claim_id
