"""Which rows of a file of bars can be new: the others are stored with the same values and need not be read."""

from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import pandas as pd

from ingestion.store import bulk
from ingestion.store.vintages import IDENTITIES, differs
from ingestion.store.warehouse import Warehouse
from ingestion.tables.cells import NOTHING
from ingestion.tables.prices import PRICES

#: Bars before the first new one that are read with it, because contracts compare a bar with its neighbours.
CONTEXT = 3

#: They must lie within so many days before it; a name that was halted for longer is read whole.
CONTEXT_DAYS = 30


@dataclass(frozen=True)
class News:
    """What to read of a file: spelling of a symbol -> first day that has to be read, None where all of it has to be.

    A spelling that is in neither has no new row. `rows` counts all rows of the file by spelling.
    """

    since: dict[str, date] = field(default_factory=dict)
    whole: frozenset[str] = frozenset()
    rows: dict[str, int] = field(default_factory=dict)


def of_bars(warehouse: Warehouse, path: Path, spellings: dict[str, list[str]]) -> News:
    """Compare the bars of a parquet or CSV file with the newest stored ones, as an append would.

    `spellings` maps each symbol to the ways in which the file writes it. A symbol is read from its first new bar on if
    it has one spelling and one identity, days as YYYY-MM-DD and no split among its new bars (a split restates what
    comes before it); any other with a new bar is read whole. Raises duckdb.Error for an unreadable file.
    """
    names = pd.DataFrame(
        [(found[0], symbol) for symbol, found in spellings.items() if len(found) == 1], columns=["spelling", "symbol"]
    ).astype("string")
    values = [name for name, column in PRICES.values.items() if not column.assigned]
    nothing = ", ".join(f"'{word}'" for word in sorted(NOTHING))
    rows_of_file = bulk.reader(path)
    read = ", ".join(f"nullif(try_cast({name} as double), 'nan'::double) as {name}" for name in values)
    is_text = {name: bulk.read_columns(path)[name] == "VARCHAR" for name in values}
    unreadable = " or ".join(
        f"coalesce(try_cast({name} as double) is null and lower(trim({name})) not in ({nothing}), false)"
        for name in values
        if is_text[name]
    )
    differences = " or ".join(differs(PRICES, name) for name in values)
    with warehouse.reading() as connection:
        connection.register("names", names)
        connection.execute(
            f"""
            create or replace temp table compared as
            with identities as (
                select symbol, any_value(security_id) as security_id
                from {IDENTITIES}
                group by symbol
                having count(*) = 1 and count(given_up) = 0
            ),

            known_names as (
                select names.spelling, identities.security_id
                from names
                inner join identities on names.symbol = identities.symbol
            ),

            arriving as (
                select
                    symbol::varchar as spelling,
                    case when regexp_full_match(date::varchar, '[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}')
                        then try_cast(date::varchar as date) end as obs_date,
                    {read},
                    {unreadable or "false"} as is_unreadable
                from {rows_of_file}
                where symbol is not null
            ),

            -- few bars have a second vintage, and to order the vintages of all of them costs half of the query
            restated as (
                select security_id, obs_date
                from raw.prices
                group by security_id, obs_date
                having count(*) > 1
            ),

            newest_of_restated as (
                select *
                from raw.prices
                semi join restated using (security_id, obs_date)
                qualify row_number() over (
                    partition by security_id, obs_date order by known_at desc, batch_id desc
                ) = 1
            ),

            stored as (
                select * from raw.prices anti join restated using (security_id, obs_date)
                union all
                select * from newest_of_restated
            )

            select
                arriving.spelling,
                arriving.obs_date,
                known_names.security_id is null or arriving.obs_date is null as is_unknown,
                stored.security_id is null or is_unreadable or ({differences}) as is_new,
                coalesce(arriving.split, 1) <> 1 as is_split
            from arriving
            left join known_names on arriving.spelling = known_names.spelling
            left join stored
                on known_names.security_id = stored.security_id and arriving.obs_date = stored.obs_date
            """,
            [str(path)],
        )
        found = connection.execute(
            f"""
            with firsts as (
                select
                    spelling,
                    count(*) as rows_in_file,
                    bool_or(is_unknown or (is_new and is_split)) as is_whole,
                    min(obs_date) filter (where is_new) as first_new
                from compared
                group by spelling
            )

            select
                firsts.spelling, firsts.rows_in_file, firsts.is_whole, firsts.first_new,
                list_min(max(compared.obs_date, {CONTEXT})) as since,
                count(compared.obs_date) as rows_before
            from firsts
            left join compared
                on firsts.spelling = compared.spelling
                and compared.obs_date >= firsts.first_new - {CONTEXT_DAYS}
                and compared.obs_date < firsts.first_new
            group by all
            """
        ).fetchall()
        connection.execute("drop table compared")
        connection.unregister("names")
    rows, since, whole = {}, {}, set()
    for spelling, count, is_whole, first_new, context, before in found:
        rows[spelling] = count
        if is_whole or (first_new is not None and before < CONTEXT):
            whole.add(spelling)
        elif first_new is not None:
            since[spelling] = context
    return News(since, frozenset(whole), rows)
