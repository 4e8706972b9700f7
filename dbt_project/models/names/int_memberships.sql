-- Which names are counted in which universe, in which sector, and from when to when (half-open); one row a universe, name and
-- membership spell.
with universes as (
    select * from {{ ref("stg_universes") }}
),

securities as (
    select * from {{ ref("stg_securities") }}
),

spells as (
    select * from {{ ref("stg_index_membership") }}
),

groups as (
    select * from {{ ref("groups") }}
),

own_spells as (
    select * from {{ ref("stg_universe_members") }}
),

index_members as (
    select
        universes.universe_id,
        spells.security_id,
        securities.gics_sector as segment_id,
        spells.valid_from,
        coalesce(spells.valid_to, date '9999-12-31') as valid_to
    from spells
    inner join universes on spells.index_id = universes.index_id
    inner join securities on spells.security_id = securities.security_id
),

group_members as (
    select
        universes.universe_id,
        securities.security_id,
        null::string as segment_id,
        groups.valid_from,
        date '9999-12-31' as valid_to
    from groups
    inner join universes on groups.group_id = universes.group_id
    inner join securities on groups.member_symbol = securities.symbol
),

own_members as (
    select
        own_spells.universe_id,
        securities.security_id,
        securities.gics_sector as segment_id,
        own_spells.valid_from,
        coalesce(own_spells.valid_to, date '9999-12-31') as valid_to
    from own_spells
    inner join securities on own_spells.symbol = securities.symbol
)

select * from index_members
union all
select * from own_members
union all
select * from group_members
