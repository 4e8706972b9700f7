with spells as (
    select
        *,
        max(coalesce(valid_to, date '9999-12-31')) over (
            partition by index_id, security_id order by valid_from rows between unbounded preceding and 1 preceding
        ) as latest_end
    from {{ newest_vintage(source("raw", "index_membership"), ["index_id", "security_id", "valid_from"]) }}
    -- a spell that ends on the day it begins was withdrawn by its source
    where (valid_to is null or valid_to > valid_from)
        -- a security whose tickers all went over to another one is that one
        and security_id in (select security_id from {{ ref("stg_securities") }})
)

select
    index_id,
    security_id,
    valid_from,
    valid_to
from spells
-- a spell that begins before an earlier one has ended, as two files may give it, would count the name twice
where latest_end is null or latest_end <= valid_from
