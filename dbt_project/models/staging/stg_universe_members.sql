select
    universe_id,
    symbol,
    valid_from::date as valid_from,
    valid_to::date as valid_to
from {{ source("mine", "universe_members") }}
