select
    index_id,
    security_id,
    valid_from,
    valid_to
from {{ newest_vintage(source("raw", "index_membership"), ["index_id", "security_id", "valid_from"]) }}
