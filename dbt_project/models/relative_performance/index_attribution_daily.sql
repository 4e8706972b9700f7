-- Who carries the index: the contribution of each bucket of members to its total return, over fixed horizons and since each
-- event; one row an index, horizon, bucket and session.
--
-- Single-session contributions do not add up to a compounded return. Each is scaled by Carino's factor k(r) = ln(1 + r) / r
-- of its session's index return r; the sum is divided by the factor of the compounded return. Then the buckets of a split of
-- the index (MAG7 and REST, the legs and REST, the sectors) add up to it. Two sessions of +10 % and -10 %:
--
--     session    index    bucket A    bucket B    k(r)      k * A      k * B
--     1          +10 %       +8 %        +2 %    0.9531    0.07625    0.01906
--     2          -10 %       -1 %        -9 %    1.0536   -0.01054   -0.09482
--     both        -1 %     +6.54 %     -7.54 %   1.0050    0.06571   -0.07576
--
-- All sums run from the first session; a horizon is the difference of two running sums, so that each costs one join.
{% set horizons = [1, 5, 21, 63] -%}
with buckets as (
    select * from {{ ref("int_index_buckets_daily") }}
),

event_anchors as (
    select * from {{ ref("int_event_anchors") }}
),

sessions as (
    select * from {{ ref("int_sessions") }}
),

published as (
    select * from {{ ref("index_daily") }}
),

---------- the index as a whole
index_days as (
    select distinct
        index_id,
        session_number,
        session_date,
        index_return,
        index_price_return,
        names_covered,
        covered_share
    from buckets
),

index_levels as (
    select
        *,
        min(session_number) over (partition by index_id) - 1 as first_base_number,
        sum(ln(1 + index_return)) over so_far as log_level,
        sum(ln(1 + index_price_return)) over so_far as log_price_level
    from index_days
    window so_far as (partition by index_id order by session_number rows unbounded preceding)
),

-- one row a session and horizon ending there; no horizon begins before the first weights
horizon_spans as (
    {% for sessions in horizons -%}
        select
            index_id,
            '{{ sessions }}' as horizon,
            session_number,
            session_number - {{ sessions }} as base_number
        from index_levels
        where session_number - {{ sessions }} >= first_base_number
        union all
    {% endfor -%}
    select
        index_levels.index_id,
        'event:' || event_anchors.event_id as horizon,
        index_levels.session_number,
        event_anchors.anchor_number as base_number
    from index_levels
    inner join event_anchors
        on index_levels.session_number >= event_anchors.known_number
        and index_levels.first_base_number <= event_anchors.anchor_number
),

horizon_returns as (
    select
        horizon_spans.index_id,
        horizon_spans.horizon,
        horizon_spans.session_number,
        horizon_spans.base_number,
        index_levels.session_date,
        index_levels.names_covered,
        index_levels.covered_share,
        index_levels.log_level - coalesce(bases.log_level, 0) as log_growth,
        exp(index_levels.log_level - coalesce(bases.log_level, 0)) - 1 as index_return,
        exp(index_levels.log_price_level - coalesce(bases.log_price_level, 0)) - 1 as index_price_return,
        published.price_index / nullif(published_bases.price_index, 0) - 1 as published_price_return,
        published.total_return_index / nullif(published_bases.total_return_index, 0) - 1 as published_total_return
    from horizon_spans
    inner join index_levels
        on horizon_spans.index_id = index_levels.index_id
        and horizon_spans.session_number = index_levels.session_number
    left join index_levels as bases
        on horizon_spans.index_id = bases.index_id
        and horizon_spans.base_number = bases.session_number
    inner join sessions as base_sessions on horizon_spans.base_number = base_sessions.session_number
    left join published
        on horizon_spans.index_id = published.index_id
        and index_levels.session_date = published.session_date
    left join published as published_bases
        on horizon_spans.index_id = published_bases.index_id
        and base_sessions.session_date = published_bases.session_date
),

---------- the buckets of the index
linked_contributions as (
    select
        *,
        contribution * {{ carino_factor("index_return") }} as linked_contribution,
        -- log growth of the index without the bucket, less that of the index; NULL if the bucket is the whole index
        case
            when weight < 1 - 1e-9 then ln(1 + (index_return - contribution) / (1 - weight)) - ln(1 + index_return)
        end as log_growth_without
    from buckets
),

bucket_levels as (
    select
        *,
        sum(linked_contribution) over so_far as linked_so_far,
        sum(log_growth_without) over so_far as log_without_so_far,
        count(*) filter (where log_growth_without is null) over so_far as undefined_so_far
    from linked_contributions
    window so_far as (partition by index_id, bucket_id order by session_number rows unbounded preceding)
),

-- before a bucket's first session its contribution is zero, and the index without it is the index
horizon_contributions as (
    select
        horizon_returns.*,
        bucket_levels.bucket_id,
        bucket_levels.bucket_kind,
        bucket_levels.names_in_bucket,
        bucket_levels.weight,
        bucket_levels.weights_date,
        bucket_levels.weights_age_sessions,
        bucket_levels.weight_basis,
        (bucket_levels.linked_so_far - coalesce(bases.linked_so_far, 0))
            / {{ carino_factor("horizon_returns.index_return") }} as contribution,
        case
            when bucket_levels.undefined_so_far = coalesce(bases.undefined_so_far, 0)
                then exp(
                    horizon_returns.log_growth
                    + coalesce(bucket_levels.log_without_so_far, 0) - coalesce(bases.log_without_so_far, 0)
                ) - 1
        end as ex_bucket_return
    from horizon_returns
    inner join bucket_levels
        on horizon_returns.index_id = bucket_levels.index_id
        and horizon_returns.session_number = bucket_levels.session_number
    left join bucket_levels as bases
        on bucket_levels.index_id = bases.index_id
        and bucket_levels.bucket_id = bases.bucket_id
        and horizon_returns.base_number = bases.session_number
)

select
    ---------- keys
    session_date::date as session_date,
    index_id::string as index_id,
    bucket_id::string as bucket_id,
    horizon::string as horizon,
    bucket_kind::string as bucket_kind,
    (session_number - base_number)::integer as horizon_sessions,

    ---------- attribution
    (100 * index_return)::double as index_return_pct,
    (100 * weight)::double as weight_pct,
    (10000 * contribution)::double as contribution_bp,
    (100 * ex_bucket_return)::double as ex_bucket_return_pct,
    (10000 * (index_return - ex_bucket_return))::double as indexation_effect_bp,

    ---------- compared with the published index
    (100 * index_price_return)::double as index_price_return_pct,
    (100 * published_price_return)::double as published_price_return_pct,
    (10000 * (published_price_return - index_price_return))::double as residual_bp,
    (100 * published_total_return)::double as published_total_return_pct,
    (10000 * (published_total_return - index_return))::double as residual_total_return_bp,

    ---------- members and weights in the data
    names_in_bucket::integer as names_in_bucket,
    names_covered::integer as names_covered,
    (100 * covered_share)::double as covered_weight_pct,
    weights_date::date as weights_date,
    weights_age_sessions::integer as weights_age_sessions,
    weight_basis::string as weight_basis,
    case
        when weights_age_sessions > {{ threshold("weights_max_age") }}
            then 'Index weights are ' || weights_age_sessions || ' sessions old: the holdings of '
                || weights_date::date::string || ', which have only drifted with prices since.'
    end::string as weights_note
from horizon_contributions
order by index_id, horizon, bucket_id, session_date
