select
    claim_id::string as claim_id,
    made_on::date as made_on,
    author::string as author,
    paraphrase::string as paraphrase,
    mart::string as mart,
    column_name::string as column_name,
    filter::string as filter,
    comparator::string as comparator,
    threshold::string as threshold,
    partly_threshold::string as partly_threshold,
    horizon::integer as horizon,
    outcome_mart::string as outcome_mart,
    outcome_column::string as outcome_column,
    outcome_filter::string as outcome_filter,
    outcome_reading::string as outcome_reading,
    outcome_comparator::string as outcome_comparator,
    outcome_threshold::string as outcome_threshold,
    made_on::date as read_on
from {{ ref("claims") }}
union all
select
    claim_id::string as claim_id,
    made_on::date as made_on,
    author::string as author,
    paraphrase::string as paraphrase,
    mart::string as mart,
    column_name::string as column_name,
    filter::string as filter,
    comparator::string as comparator,
    threshold::string as threshold,
    partly_threshold::string as partly_threshold,
    horizon::integer as horizon,
    outcome_mart::string as outcome_mart,
    outcome_column::string as outcome_column,
    outcome_filter::string as outcome_filter,
    outcome_reading::string as outcome_reading,
    outcome_comparator::string as outcome_comparator,
    outcome_threshold::string as outcome_threshold,
    -- a claim of the user's is known from the day it was added
    greatest(made_on::date, added_on::date) as read_on
from {{ source("mine", "claims") }}
