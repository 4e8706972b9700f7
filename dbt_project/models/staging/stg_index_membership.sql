select
    index_id,
    security_id,
    valid_from,
    valid_to
from {{ newest_vintage(source("raw", "index_membership"), ["index_id", "security_id", "valid_from"]) }}
-- a spell that ends on the day it begins was withdrawn by its source
where valid_to is null or valid_to > valid_from
