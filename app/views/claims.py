"""Claims: each statement of an argument beside its evidence and what followed; marts.claim_ledger."""

import html

import pandas as pd
import streamlit as st

from app.pictures import colours
from app.pictures.picture import Picture
from app.published import any_mart
from app.views import page
from app.words import argument, labels, the_day
from app.words.argument import CLAIMS

COLUMNS = (
    "claim_id", "made_on", "session_date", "author", "paraphrase", "mart", "column_name", "filter", "comparator",
    "threshold", "partly_threshold", "evidence_value", "evidence_number", "finding", "insufficient_reason", "horizon",
    "closes_on", "is_closed", "outcome_measure", "outcome_test", "outcome_value", "outcome_held", "spx_return_pct",
)  # fmt: skip
HEADS = ("Claim", "Evidence that night", "Needed", "Finding", "What followed", "S&P 500")


def show(day: page.Day) -> None:
    """Draw the page: the newest claims first, none made after the session."""
    page.title(CLAIMS["page"])
    answer = any_mart.up_to(day.published, "claim_ledger", COLUMNS, "session_date", day.session, ["claim_id"])
    if answer.has("finding"):
        page.facts(_counts(answer.rows))

    def draw() -> list[Picture]:
        rows = "".join(_row(row, day) for _, row in answer.rows.iterrows())
        heads = "".join(f"<th>{html.escape(head)}</th>" for head in HEADS)
        table = f'<table class="mi-claims"><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>'
        st.html(f'<div class="mi-scroll" tabindex="0">{table}</div>')
        return []

    def last(newest: pd.Series) -> str:
        return f"{len(answer.rows)} claims"

    none = argument.NO_CLAIM.format(session=day.session)
    page.panel("ledger", CLAIMS["ledger"], answer, draw, needs=["paraphrase", "finding"], last=last, none=none)


def _counts(ledger: pd.DataFrame) -> list[tuple[str, str, str]]:
    found = ledger["finding"].value_counts()
    return [
        (argument.FINDINGS[finding].capitalize(), str(found.get(finding, 0)), f"of {len(ledger)} claims")
        for finding in colours.FINDINGS
    ]


def _row(row: pd.Series, day: page.Day) -> str:
    """One claim; what followed is shown only where the horizon had closed by the session looked at."""
    required, partly = the_day.claim_needed(row), ""
    if pd.notna(row["partly_threshold"]) and row["partly_threshold"]:
        partly = f"partly: {the_day.claim_needed(pd.Series({**row, 'threshold': row['partly_threshold']}))}"
    measure, test = _outcome(row)
    closed = bool(row["is_closed"]) and pd.notna(row["closes_on"]) and row["closes_on"].date() <= day.session
    then, moved = f"open until {labels.formatted('', row['closes_on'])}", "–"
    if closed:
        verdict = "–" if pd.isna(row["outcome_held"]) else "held" if row["outcome_held"] else "did not hold"
        then = f"{verdict}: {the_day.claim_evidence(measure)}"
        moved = labels.formatted("price_chg_pct", row["spx_return_pct"])
    finding = argument.named(argument.FINDINGS, row["finding"])
    colour = colours.FINDINGS.get(row["finding"], colours.GREY)
    why = row["insufficient_reason"] if isinstance(row["insufficient_reason"], str) else ""
    cells = [
        _cell(row["paraphrase"], f"{row['claim_id']}, {row['author']}, {labels.formatted('', row['made_on'])}"),
        _cell(the_day.claim_evidence(row)),
        _cell(required, partly),
        f'<td><b style="border-color:{colour}">{html.escape(finding)}</b><small>{html.escape(why)}</small></td>',
        _cell(then, f"needed {test}, over {labels.sessions(row['horizon'])}"),
        _cell(moved),
    ]
    return f"<tr>{''.join(cells)}</tr>"


def _outcome(row: pd.Series) -> tuple[pd.Series, str]:
    """What followed as a reading of its own, and what it was required to be: "lowest below 5,791.71"."""
    how, comparator, threshold = row["outcome_test"].split(" ", 2)
    column = row["outcome_measure"].partition(".")[2]
    measure = pd.Series(
        {
            "column_name": column, "evidence_value": row["outcome_value"], "comparator": comparator,
            "threshold": threshold,
        }
    )  # fmt: skip
    return measure, f"{how} {the_day.claim_needed(measure)}"


def _cell(text: object, small: str = "") -> str:
    shown = "–" if text is None else str(text)
    return f"<td>{html.escape(shown)}{f'<small>{html.escape(small)}</small>' if small else ''}</td>"
