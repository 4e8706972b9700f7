"""dbt's `adapter` as sqlfluff's templates see it: a macro with two engines is read as DuckDB writes it."""

from collections.abc import Callable

from jinja2 import pass_context
from jinja2.runtime import Context


@pass_context
def dispatch(context: Context, name: str) -> Callable[..., str]:
    """The macro duckdb__<name>; sqlfluff cannot parse the frame of a window without an order, so that it gets one."""
    macro: Callable[..., str] = context.resolve(f"duckdb__{name}")
    return (lambda order, frame="": f"over (order by 1{frame and ' '}{frame})") if name == "over_rows" else macro
