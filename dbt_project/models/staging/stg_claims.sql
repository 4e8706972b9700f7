select
    claim_id::varchar as claim_id,
    made_on::date as made_on,
    author::varchar as author,
    paraphrase::varchar as paraphrase,
    mart::varchar as mart,
    column_name::varchar as column_name,
    filter::varchar as filter,
    comparator::varchar as comparator,
    threshold::varchar as threshold,
    partly_threshold::varchar as partly_threshold,
    horizon::integer as horizon,
    outcome_mart::varchar as outcome_mart,
    outcome_column::varchar as outcome_column,
    outcome_filter::varchar as outcome_filter,
    outcome_reading::varchar as outcome_reading,
    outcome_comparator::varchar as outcome_comparator,
    outcome_threshold::varchar as outcome_threshold,
    made_on::date as read_on
from {{ ref("claims") }}
union all
select
    claim_id::varchar as claim_id,
    made_on::date as made_on,
    author::varchar as author,
    paraphrase::varchar as paraphrase,
    mart::varchar as mart,
    column_name::varchar as column_name,
    filter::varchar as filter,
    comparator::varchar as comparator,
    threshold::varchar as threshold,
    partly_threshold::varchar as partly_threshold,
    horizon::integer as horizon,
    outcome_mart::varchar as outcome_mart,
    outcome_column::varchar as outcome_column,
    outcome_filter::varchar as outcome_filter,
    outcome_reading::varchar as outcome_reading,
    outcome_comparator::varchar as outcome_comparator,
    outcome_threshold::varchar as outcome_threshold,
    -- a claim of the user's is known from the day it was added
    greatest(made_on::date, added_on::date) as read_on
from {{ source("mine", "claims") }}
