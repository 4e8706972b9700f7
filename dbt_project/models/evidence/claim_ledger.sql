-- An argument in prose, line by line: what it said, the number it stands on as known when it was made, whether that number
-- bears it out, and what followed. A claim names any mart and column of the list below; it is read from the row written out
-- as JSON, so a new claim is one row of the seed and no SQL. A mart that claims shall read is one more line here.
{% set marts = [
    "breadth_daily", "relative_performance_daily", "event_performance_daily", "event_gap_daily", "mega_cap_index_daily",
    "index_attribution_daily", "index_daily", "equity_correlation_daily", "implied_correlation_daily",
    "cross_asset_correlation_daily", "volatility_daily", "macro_levels_daily", "drivers_daily", "drivers_summary_daily",
    "regime_daily", "positioning_daily", "capitulation_daily", "states_daily", "odds_daily",
] -%}
with claims as (
    select
        claim_id::varchar as claim_id,
        made_on::date as made_on,
        author::varchar as author,
        paraphrase::varchar as paraphrase,
        mart::varchar as mart,
        column_name::varchar as column_name,
        coalesce(filter::varchar, '') as filter,
        comparator::varchar as comparator,
        threshold::varchar as threshold,
        partly_threshold::varchar as partly_threshold,
        horizon::integer as horizon,
        -- where a claim names no outcome, its own column is read again when the horizon closes
        coalesce(outcome_mart::varchar, mart::varchar) as outcome_mart,
        coalesce(outcome_column::varchar, column_name::varchar) as outcome_column,
        coalesce(case when outcome_mart is null then filter else outcome_filter end::varchar, '') as outcome_filter,
        coalesce(outcome_reading::varchar, 'last') as outcome_reading,
        coalesce(outcome_comparator::varchar, comparator::varchar) as outcome_comparator,
        coalesce(outcome_threshold::varchar, threshold::varchar) as outcome_threshold
    from {{ ref("claims") }}
),

sessions as (
    select * from {{ ref("int_sessions") }}
),

calendar as (
    select * from {{ ref("stg_sessions") }}
),

index_days as (
    select * from {{ ref("index_daily") }} where index_id = 'SP500'
),

-- the session whose close the claim was made on, and the one that closes its horizon
dated as (
    select
        claims.*,
        made.session_number,
        made.session_date,
        closing.session_date as closes_on,
        coalesce(ends.is_final, false) as is_closed
    from claims
    {{ asof_left_join("sessions", "made", [], "claims.made_on", "made.session_date") }}
    left join calendar as closing on made.session_number + claims.horizon = closing.session_number
    left join sessions as ends on closing.session_number = ends.session_number
    where claims.made_on <= (select max(session_date) from sessions)
),

-- every reading asked for: the evidence on the day, the outcome on each session after it
asked as (
    select
        claim_id,
        'evidence' as reading,
        mart,
        column_name,
        filter,
        session_date as first_date,
        session_date as last_date
    from dated
    union all
    select
        claim_id,
        'outcome' as reading,
        outcome_mart as mart,
        outcome_column as column_name,
        outcome_filter as filter,
        case when outcome_reading = 'last' then closes_on else session_date + 1 end as first_date,
        closes_on as last_date
    from dated
    where is_closed
),

days as (
    select distinct asked.mart, sessions.session_date
    from asked
    inner join sessions on sessions.session_date between asked.first_date and asked.last_date
),

written as (
    {%- for mart in marts %}
    select
        '{{ mart }}' as mart,
        mart_rows.session_date,
        {{ row_as_json("mart_rows") }} as row_text
    from {{ ref(mart) }} as mart_rows
    inner join days on days.mart = '{{ mart }}' and mart_rows.session_date = days.session_date
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

-- the parts of a filter, column=value, all of which a row has to fulfil
conditions as (
    select
        claim_id,
        reading,
        trim({{ split_part_of("part", "=", 1) }}) as filter_column,
        trim({{ split_part_of("part", "=", 2) }}) as filter_value
    from (
        select claim_id, reading, unnest({{ split_text("filter", ";") }}) as part
        from asked
        where filter <> ''
    )
),

found as (
    select
        asked.claim_id,
        asked.reading,
        written.session_date,
        written.row_text,
        {{ json_text("written.row_text", "asked.column_name") }} as found_value,
        count(conditions.filter_column) as conditions,
        count(*) filter (
            where {{ json_text("written.row_text", "conditions.filter_column") }} = conditions.filter_value
        ) as fulfilled
    from asked
    inner join written
        on asked.mart = written.mart
        and written.session_date between asked.first_date and asked.last_date
    left join conditions on asked.claim_id = conditions.claim_id and asked.reading = conditions.reading
    group by asked.claim_id, asked.reading, asked.column_name, written.session_date, written.row_text
),

matched as (
    select
        claim_id,
        reading,
        count(*) as rows_found,
        count(distinct session_date) as days_found,
        {{ value_at_max("found_value", "session_date") }} as last_value,
        max(try_cast(found_value as double)) as highest_value,
        min(try_cast(found_value as double)) as lowest_value
    from found
    where fulfilled = conditions
    group by claim_id, reading
),

-- more than one row a day is no answer: the filter is too wide
answered as (
    select
        dated.*,
        case when evidence.rows_found = 1 then evidence.last_value end as evidence_value,
        case
            when evidence.rows_found > 1 then 'the filter leaves ' || evidence.rows_found || ' rows'
            when evidence.rows_found is null then 'no such row on that session'
            when evidence.last_value is null then 'the column is NULL on that session'
            when evidence.last_value = 'insufficient' then 'too few cases'
        end as why_insufficient,
        case
            when outcomes.rows_found > outcomes.days_found then null
            when dated.outcome_reading = 'highest' then outcomes.highest_value::varchar
            when dated.outcome_reading = 'lowest' then outcomes.lowest_value::varchar
            else outcomes.last_value
        end as outcome_value
    from dated
    left join matched as evidence on dated.claim_id = evidence.claim_id and evidence.reading = 'evidence'
    left join matched as outcomes on dated.claim_id = outcomes.claim_id and outcomes.reading = 'outcome'
),

held as (
    select
        *,
        {{ claim_holds("evidence_value", "comparator", "threshold") }} as is_held,
        {{ claim_holds("evidence_value", "comparator", "partly_threshold") }} as is_partly_held,
        {{ claim_holds("outcome_value", "outcome_comparator", "outcome_threshold") }} as outcome_held
    from answered
),

followed as (
    select
        held.*,
        100 * (closing.price_index / nullif(opening.price_index, 0) - 1) as spx_return_pct
    from held
    left join index_days as opening on held.session_date = opening.session_date
    left join index_days as closing on held.closes_on = closing.session_date and held.is_closed
)

select
    ---------- the claim
    claim_id,
    made_on,
    session_date::date as session_date,
    author,
    paraphrase,

    ---------- what it is held against
    mart,
    column_name,
    filter,
    comparator,
    threshold,
    partly_threshold,

    ---------- what was known
    evidence_value::varchar as evidence_value,
    try_cast(evidence_value as double)::double as evidence_number,
    case
        when why_insufficient is not null then 'insufficient_data'
        when is_held then 'supported'
        when is_partly_held then 'partly'
        when is_held is null then 'insufficient_data'
        else 'not_supported'
    end::varchar as finding,
    coalesce(
        why_insufficient,
        case when is_held is null then 'value and threshold cannot be compared' end
    )::varchar as insufficient_reason,

    ---------- what followed
    horizon,
    closes_on::date as closes_on,
    is_closed::boolean as is_closed,
    outcome_mart || '.' || outcome_column as outcome_measure,
    outcome_reading || ' ' || outcome_comparator || ' ' || outcome_threshold as outcome_test,
    case when is_closed then outcome_value end::varchar as outcome_value,
    case when is_closed then outcome_held end::boolean as outcome_held,
    spx_return_pct::double as spx_return_pct
from followed
order by claim_id
