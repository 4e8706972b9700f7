-- Each way to cut the index into buckets adds up to its compounded return, to 1e-9 of a return.
with attribution as (
    select * from {{ ref("index_attribution_daily") }}
),

summed as (
    select
        session_date,
        index_id,
        horizon,
        max(index_return_pct) / 100 as index_return,
        sum(contribution_bp) filter (where bucket_id in ('MAG7', 'REST')) / 10000 as group_and_rest,
        sum(contribution_bp) filter (where bucket_kind in ('name', 'rest')) / 10000 as legs_and_rest,
        sum(contribution_bp) filter (where bucket_kind = 'sector') / 10000 as sectors
    from attribution
    group by all
)

select *
from summed
where not coalesce(
    abs(group_and_rest - index_return) <= 1e-9
    and abs(legs_and_rest - index_return) <= 1e-9
    and abs(sectors - index_return) <= 1e-9,
    false
)
