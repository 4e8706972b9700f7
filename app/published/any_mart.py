"""Queries that any mart answers: a history, one session, spells of a state. `keys` are column = value.

Values from outside travel as parameters; only names that the file itself lists are formatted into SQL.
"""

from collections.abc import Mapping, Sequence
from datetime import date

import pandas as pd

from app.published.answer import Answer, Value
from app.published.file import Published


def history(
    published: Published, mart: str, wanted: Sequence[str], first: date, session: date, **keys: Value
) -> Answer:
    """session_date, the `wanted` columns and null_reason where the mart has it, from `first` to `session`."""
    reason = ["null_reason"] if "null_reason" in published.columns(mart) else []
    return _select(
        published,
        mart,
        ["session_date", *wanted, *reason],
        [*(f"{key} = ${key}" for key in keys), "session_date between $first and $session"],
        ["session_date"],
        first=first,
        session=session,
        **keys,
    )


def on_session(
    published: Published, mart: str, wanted: Sequence[str], session: date, order: Sequence[str] = (), **keys: Value
) -> Answer:
    """The `wanted` columns of the rows of one session, in the `order` of these columns ("name" or "name desc")."""
    where = [*(f"{key} = ${key}" for key in keys), "session_date = $session"]
    return _select(published, mart, wanted, where, order, session=session, **keys)


def every_row(
    published: Published, mart: str, wanted: Sequence[str], order: Sequence[str] = (), **keys: Value
) -> Answer:
    """The `wanted` columns of every row that has these `keys`, whatever its day."""
    return _select(published, mart, wanted, [f"{key} = ${key}" for key in keys], order, **keys)


def up_to(
    published: Published,
    mart: str,
    wanted: Sequence[str],
    day: str,
    session: date,
    order: Sequence[str] = (),
    **keys: Value,
) -> Answer:
    """The `wanted` columns of rows with these `keys` whose column `day` is not after the session, the newest first."""
    if day not in published.columns(mart):
        return Answer(pd.DataFrame(), f"marts.{mart}", "", (day,))
    where = [*(f"{key} = ${key}" for key in keys), f"{day} <= $session"]
    return _select(published, mart, wanted, where, [f"{day} desc", *order], session=session, **keys)


def across(
    published: Published,
    mart: str,
    value: str,
    key: str,
    names: Mapping[str, Value],
    first: date,
    session: date,
    **keys: Value,
) -> Answer:
    """session_date and, for each `names` (column = value of `key`), the `value` of that row, side by side."""
    sql, values = _side_by_side(mart, value, key, names, keys)
    return published.answer(
        mart, sql, ["session_date", value, key, *keys], first=first, session=session, **values, **keys
    )


def rebased(
    published: Published, mart: str, value: str, key: str, names: Mapping[str, Value], first: date, session: date
) -> Answer:
    """As `across`, each of the `names` 100 at its value of the session `first`; NULL where it has none there."""
    sql, values = _side_by_side(mart, value, key, names, {})
    scaled = [f"100 * {name} / first_value({name}) over (order by session_date) as {name}" for name in names]
    indented = sql.replace("\n", "\n    ")
    outer = f"select\n    session_date,\n    {f',{chr(10)}    '.join(scaled)}\nfrom sides\norder by session_date"
    return published.answer(
        mart,
        f"with sides as (\n    {indented}\n)\n\n{outer}",
        ["session_date", value, key],
        first=first,
        session=session,
        **values,
    )


def _side_by_side(
    mart: str, value: str, key: str, names: Mapping[str, Value], keys: Mapping[str, Value]
) -> tuple[str, dict[str, Value]]:
    """The query of `across`, and the parameters that stand for the values of `key`."""
    values = [f"max({value}) filter (where {key} = $key_{number}) as {name}" for number, name in enumerate(names)]
    where = "".join(f"{column} = ${column} and " for column in keys)
    sql = (
        f"select\n    session_date,\n    {f',{chr(10)}    '.join(values)}\nfrom marts.{mart}\n"
        f"where {where}session_date between $first and $session\ngroup by session_date\norder by session_date"
    )
    return sql, {f"key_{number}": name for number, name in enumerate(names.values())}


def first_row(published: Published, mart: str, **keys: Value) -> Answer:
    """first_session: the oldest day of the rows with these keys."""
    where = " and ".join(f"{key} = ${key}" for key in keys) or "true"
    sql = f"select min(session_date) as first_session\nfrom marts.{mart}\nwhere {where}"
    return published.answer(mart, sql, ["session_date", *keys], **keys)


def spells(published: Published, mart: str, state: str, first: date, session: date, **keys: Value) -> Answer:
    """Runs of one value of the column `state`: state, from_session, to_session, until (end of the band), sessions."""
    where = "".join(f"{key} = ${key} and " for key in keys)
    return published.answer(
        mart,
        f"""
with days as (
    select
        session_date,
        coalesce({state}, 'no value') as state,
        row_number() over (order by session_date)
            - row_number() over (partition by {state} order by session_date) as spell
    from marts.{mart}
    where {where}session_date between $first and $session
)

select
    state,
    min(session_date) as from_session,
    max(session_date) as to_session,
    count(*) as sessions,
    coalesce(lead(min(session_date)) over (order by min(session_date)), max(session_date) + 1) as until
from days
group by state, spell
order by from_session
""",
        [state, *keys],
        first=first,
        session=session,
        **keys,
    )


def _select(
    published: Published, mart: str, wanted: Sequence[str], where: Sequence[str], order: Sequence[str], **values: Value
) -> Answer:
    """The `wanted` columns of `mart` that the file has; the others are named in the answer's `missing`."""
    existing = published.columns(mart)
    present = [name for name in wanted if name in existing]
    missing = tuple(name for name in wanted if name not in existing)
    if not present:
        return Answer(pd.DataFrame(), f"marts.{mart}", "", missing)
    for name in [*order, *(key for key in values if key not in ("first", "session"))]:
        if name.removesuffix(" desc") not in existing:
            raise KeyError(f"marts.{mart} has no column {name!r}")
    lines = [f"select {_wrapped(present)}", f"from marts.{mart}"]
    lines += [f"where {' and '.join(where)}"] if where else []
    lines += [f"order by {', '.join(order)}"] if order else []
    answer = published.answer(mart, "\n".join(lines), **values)
    return Answer(answer.rows, answer.mart, answer.sql, missing)


def _wrapped(names: Sequence[str]) -> str:
    lines, line = [], ""
    for name in names:
        if line and len(line) + len(name) > 88:
            lines.append(line.rstrip())
            line = ""
        line += f"{name}, "
    return "\n    ".join([*lines, line.rstrip(", ")])
