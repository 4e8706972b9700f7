"""Claims: each statement of an argument beside its evidence and what followed; marts.claim_ledger."""

import html
from collections.abc import Mapping

import pandas as pd
import streamlit as st

from app.pictures import axes
from app.pictures.charts import Chart
from app.published import marts
from app.views import page as frame
from app.words import argument, wording
from app.words.argument import CLAIMS

COLUMNS = (
    "claim_id", "made_on", "session_date", "author", "paraphrase", "mart", "column_name", "filter", "comparator",
    "threshold", "partly_threshold", "evidence_value", "evidence_number", "finding", "insufficient_reason", "horizon",
    "closes_on", "is_closed", "outcome_measure", "outcome_test", "outcome_value", "outcome_held", "spx_return_pct",
)  # fmt: skip
FINDING_COLOURS: Mapping[str, str] = {
    "supported": axes.BLUE, "partly": axes.LIGHT_BLUE, "not_supported": axes.ORANGE, "insufficient_data": axes.GREY
}  # fmt: skip
STYLE = """
<style>
.mi-claims {border-collapse: collapse; width: 100%; font-size: .82rem; font-variant-numeric: tabular-nums;}
.mi-claims th {text-align: left; font-weight: 600; opacity: .7; font-size: .76rem; padding: .25rem .5rem;
    border-bottom: 1px solid rgba(128,134,144,.5);}
.mi-claims td {padding: .38rem .5rem; vertical-align: top; border-bottom: 1px solid rgba(128,134,144,.25);
    line-height: 1.3;}
.mi-claims small {display: block; opacity: .65; font-size: .72rem; overflow-wrap: anywhere;}
.mi-claims b {white-space: nowrap; border-left: 4px solid; padding-left: .4rem;}
</style>
"""
HEADS = ("Claim", "Evidence that night", "Asked for", "Finding", "What followed", "S&P 500")


def show(day: frame.Day) -> None:
    """Draw the page: the newest claims first, none made after the session."""
    frame.page_title(CLAIMS["page"])
    answer = marts.up_to("claim_ledger", COLUMNS, "session_date", day.session, ["claim_id"])
    if answer.has("finding"):
        frame.facts(_counts(answer.frame))

    def draw() -> list[Chart]:
        rows = "".join(_row(row, day) for _, row in answer.frame.iterrows())
        heads = "".join(f"<th>{html.escape(head)}</th>" for head in HEADS)
        st.html(f'{STYLE}<table class="mi-claims"><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>')
        return []

    def last(newest: pd.Series) -> str:
        return f"{len(answer.frame)} claims"

    none = argument.NO_CLAIM.format(session=day.session)
    frame.panel("ledger", CLAIMS["ledger"], answer, draw, needs=["paraphrase", "finding"], last=last, none=none)


def _counts(ledger: pd.DataFrame) -> list[tuple[str, str, str]]:
    found = ledger["finding"].value_counts()
    return [
        (argument.FINDINGS[finding].capitalize(), str(found.get(finding, 0)), f"of {len(ledger)} claims")
        for finding in FINDING_COLOURS
    ]


def _row(row: pd.Series, day: frame.Day) -> str:
    """One claim; what followed is shown only where the horizon had closed by the session looked at."""
    asked = " ".join(str(row[name]) for name in ("comparator", "threshold"))
    if pd.notna(row["partly_threshold"]) and row["partly_threshold"]:
        asked += f"; partly {row['partly_threshold']}"
    held = f"{row['mart']}.{row['column_name']}" + (f" where {row['filter']}" if row["filter"] else "")
    closed = bool(row["is_closed"]) and pd.notna(row["closes_on"]) and row["closes_on"].date() <= day.session
    then, moved = f"open until {wording.written('', row['closes_on'])}", "–"
    if closed:
        verdict = "–" if pd.isna(row["outcome_held"]) else "held" if row["outcome_held"] else "did not hold"
        then = f"{verdict}: {argument.figure(row['outcome_value'])}"
        moved = wording.written("price_chg_pct", row["spx_return_pct"])
    finding = argument.named(argument.FINDINGS, row["finding"])
    colour = FINDING_COLOURS.get(row["finding"], axes.GREY)
    why = row["insufficient_reason"] if isinstance(row["insufficient_reason"], str) else ""
    cells = [
        _cell(row["paraphrase"], f"{row['claim_id']}, {row['author']}, {wording.written('', row['made_on'])}"),
        _cell(argument.figure(row["evidence_value"]), held),
        _cell(asked),
        f'<td><b style="border-color:{colour}">{html.escape(finding)}</b><small>{html.escape(why)}</small></td>',
        _cell(then, f"{row['outcome_measure']}, {row['outcome_test']}, after {wording.sessions(row['horizon'])}"),
        _cell(moved),
    ]
    return f"<tr>{''.join(cells)}</tr>"


def _cell(text: object, small: str = "") -> str:
    said = "–" if text is None else str(text)
    return f"<td>{html.escape(said)}{f'<small>{html.escape(small)}</small>' if small else ''}</td>"
