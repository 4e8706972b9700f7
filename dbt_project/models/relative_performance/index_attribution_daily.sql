-- Who carries the index: what each bucket of members gave to its total return, over horizons of sessions and since each
-- event. Sessions are linked by Carino's factors, so that the contributions of a split of the index (MAG7 and REST, the
-- legs and REST, the sectors) add up to its compounded return.
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
wholes as (
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

whole_levels as (
    select
        *,
        min(session_number) over (partition by index_id) - 1 as first_base_number,
        sum(ln(1 + index_return)) over so_far as log_level,
        sum(ln(1 + index_price_return)) over so_far as log_price_level
    from wholes
    window so_far as (partition by index_id order by session_number rows unbounded preceding)
),

-- no horizon reaches back before the first weights
spans as (
    {% for sessions in horizons -%}
        select
            index_id,
            '{{ sessions }}' as horizon,
            session_number,
            session_number - {{ sessions }} as base_number
        from whole_levels
        where session_number - {{ sessions }} >= first_base_number
        union all
    {% endfor -%}
    select
        whole_levels.index_id,
        'event:' || event_anchors.event_id as horizon,
        whole_levels.session_number,
        event_anchors.anchor_number as base_number
    from whole_levels
    inner join event_anchors
        on whole_levels.session_number >= event_anchors.anchor_number
        and whole_levels.first_base_number <= event_anchors.anchor_number
),

compounded as (
    select
        spans.index_id,
        spans.horizon,
        spans.session_number,
        spans.base_number,
        whole_levels.session_date,
        whole_levels.names_covered,
        whole_levels.covered_share,
        whole_levels.log_level - coalesce(bases.log_level, 0) as log_growth,
        exp(whole_levels.log_level - coalesce(bases.log_level, 0)) - 1 as index_return,
        exp(whole_levels.log_price_level - coalesce(bases.log_price_level, 0)) - 1 as index_price_return,
        published.price_index / nullif(published_bases.price_index, 0) - 1 as published_price_return,
        published.total_return_index / nullif(published_bases.total_return_index, 0) - 1 as published_total_return
    from spans
    inner join whole_levels
        on spans.index_id = whole_levels.index_id
        and spans.session_number = whole_levels.session_number
    left join whole_levels as bases
        on spans.index_id = bases.index_id
        and spans.base_number = bases.session_number
    inner join sessions as base_sessions on spans.base_number = base_sessions.session_number
    left join published
        on spans.index_id = published.index_id
        and whole_levels.session_date = published.session_date
    left join published as published_bases
        on spans.index_id = published_bases.index_id
        and base_sessions.session_date = published_bases.session_date
),

---------- its buckets
linked as (
    select
        *,
        contribution * {{ carino_factor("index_return") }} as linked_contribution,
        -- growth of the rest of the index beyond that of the whole; a bucket that is the whole leaves no rest
        case
            when weight < 1 - 1e-9 then ln(1 + (index_return - contribution) / (1 - weight)) - ln(1 + index_return)
        end as log_growth_of_rest
    from buckets
),

bucket_levels as (
    select
        *,
        sum(linked_contribution) over so_far as linked_so_far,
        sum(log_growth_of_rest) over so_far as log_rest_so_far,
        count(*) filter (where log_growth_of_rest is null) over so_far as without_rest_so_far
    from linked
    window so_far as (partition by index_id, bucket_id order by session_number rows unbounded preceding)
),

-- before its first session a bucket gave nothing and the rest was the whole
attributed as (
    select
        compounded.*,
        bucket_levels.bucket_id,
        bucket_levels.bucket_kind,
        bucket_levels.names_in_bucket,
        bucket_levels.weight,
        bucket_levels.weights_date,
        bucket_levels.weight_basis,
        (bucket_levels.linked_so_far - coalesce(bases.linked_so_far, 0))
            / {{ carino_factor("compounded.index_return") }} as contribution,
        case
            when bucket_levels.without_rest_so_far = coalesce(bases.without_rest_so_far, 0)
                then exp(
                    compounded.log_growth
                    + coalesce(bucket_levels.log_rest_so_far, 0) - coalesce(bases.log_rest_so_far, 0)
                ) - 1
        end as ex_bucket_return
    from compounded
    inner join bucket_levels
        on compounded.index_id = bucket_levels.index_id
        and compounded.session_number = bucket_levels.session_number
    left join bucket_levels as bases
        on bucket_levels.index_id = bases.index_id
        and bucket_levels.bucket_id = bases.bucket_id
        and compounded.base_number = bases.session_number
)

select
    ---------- keys
    session_date::date as session_date,
    index_id::varchar as index_id,
    bucket_id::varchar as bucket_id,
    horizon::varchar as horizon,
    bucket_kind::varchar as bucket_kind,
    (session_number - base_number)::integer as horizon_sessions,

    ---------- attribution
    (100 * index_return)::double as index_return_pct,
    (100 * weight)::double as weight_pct,
    (10000 * contribution)::double as contribution_bp,
    (100 * ex_bucket_return)::double as ex_bucket_return_pct,
    (10000 * (index_return - ex_bucket_return))::double as indexation_effect_bp,

    ---------- against what was published
    (100 * index_price_return)::double as index_price_return_pct,
    (100 * published_price_return)::double as published_price_return_pct,
    (10000 * (published_price_return - index_price_return))::double as residual_bp,
    (100 * published_total_return)::double as published_total_return_pct,
    (10000 * (published_total_return - index_return))::double as residual_total_return_bp,

    ---------- what it stands on
    names_in_bucket::integer as names_in_bucket,
    names_covered::integer as names_covered,
    (100 * covered_share)::double as covered_weight_pct,
    weights_date::date as weights_date,
    weight_basis::varchar as weight_basis
from attributed
order by index_id, horizon, bucket_id, session_date
