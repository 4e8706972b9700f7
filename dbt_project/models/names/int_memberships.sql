-- Who is counted in which universe, and from when to when (half-open), with the sector it counts for.
with universes as (
    select * from {{ ref("universes") }}
),

securities as (
    select * from {{ ref("stg_securities") }}
),

spells as (
    select * from {{ ref("stg_index_membership") }}
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
        null::varchar as segment_id,
        members.valid_from,
        date '9999-12-31' as valid_to
    from {{ ref("groups") }} as members
    inner join universes on members.group_id = universes.group_id
    inner join securities on members.member_symbol = securities.symbol
)

select * from index_members
union all
select * from group_members
