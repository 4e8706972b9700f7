"""The daily report: one self-contained HTML file and the same as Markdown, from the published file alone. What they
hold is gathered here and laid out by app.paper; nothing is computed."""

from datetime import date
from pathlib import Path

import pandas as pd

from app.published import marts
from app.report import layout as paper
from app.words import argument, wording
from ingestion.settings import Settings

TODAY = (
    "session_date", "is_final", "complete", "missing", "headline", "body", "changed_since_yesterday", "falsifier",
    "next_releases", "odds_line", "evidence",
)  # fmt: skip
ODDS = ("study_id", "target", "n_events", "hits", "share", "ci_low", "ci_high", "base_share", "finding")
HORIZON, TRACK = 21, "all"
LINE_SESSIONS = 126
DRIVERS = ("driver_id", "driver_name", "contribution_bp", "contribution_5_bp", "contribution_21_bp")
CLAIMS = ("claim_id", "paraphrase", "evidence_value", "finding", "session_date")


class NoVerdict(Exception):
    """There is no verdict of the session asked for: choose another, or publish anew."""


def write_report(settings: Settings, session: date | None) -> tuple[Path, Path]:
    """Write the report of a session, the newest where it is None, into `reports` beside the published file.

    Returns the paths of the HTML and of the Markdown file. Raises marts.NothingPublished, NoVerdict, OSError.
    """
    token = marts.CHOSEN.set(settings)
    try:
        sheet = gather(session)
    finally:
        marts.CHOSEN.reset(token)
    folder = settings.market_folder / "reports"
    folder.mkdir(parents=True, exist_ok=True)
    page, text = folder / f"{sheet.session}.html", folder / f"{sheet.session}.md"
    page.write_text(paper.as_html(sheet), encoding="utf-8")
    text.write_text(paper.as_markdown(sheet), encoding="utf-8")
    return page, text


def gather(session: date | None) -> paper.Sheet:
    """Everything that the report of a session says; raises NoVerdict where there is none."""
    around = marts.sessions_around(session or date.max).frame.iloc[0]
    chosen = around["session"].date()
    if session is not None and chosen != session:
        raise NoVerdict(f"{session} is no session of this file; the one before is {chosen}")
    answer = marts.on_session("verdict_daily", TODAY, chosen)
    if not answer.has(*TODAY):
        raise NoVerdict(f"the published file holds no verdict of {chosen}")
    row = answer.frame.iloc[0]
    published = marts.publication().frame.iloc[0]
    return paper.Sheet(
        session=chosen,
        market=str(published["market"]),
        is_made_up=bool(published["is_made_up"]),
        headline=str(row["headline"]),
        paragraphs=tuple(argument.paragraphs(row["body"])),
        changed=_said(row["changed_since_yesterday"]),
        next_releases=_said(row["next_releases"]),
        falsifier=_said(row["falsifier"]),
        tables=(_legs(chosen), _drivers(chosen), _odds(chosen), _claims(chosen), _numbers(row["evidence"])),
        index=_index(chosen),
        stages=_stages(chosen),
        footnotes=tuple(_footnotes(chosen, row, published)),
    )


def _said(text: object) -> str:
    return text if isinstance(text, str) else ""


def _first(session: date, sessions: int) -> date:
    return marts.window_start(session, sessions).frame["first_session"].iloc[0].date()


def _index(session: date) -> pd.DataFrame:
    """session_date and close of the S&P 500 over half a year."""
    answer = marts.history("index_daily", ["close"], _first(session, LINE_SESSIONS), session, index_id="SP500")
    return answer.frame if answer.has("close") else pd.DataFrame(columns=["session_date", "close"])


def _stages(session: date) -> pd.DataFrame:
    """Runs of the stage of capitulation over the same sessions."""
    answer = marts.spells("capitulation_daily", "stage", _first(session, LINE_SESSIONS), session)
    return answer.frame if answer.has("state") else pd.DataFrame(columns=["state", "from_session", "until"])


def _legs(session: date) -> paper.Table:
    asked = [f"{leg}_{part}" for leg in argument.LEGS for part in ("on", "age", "evidence")]
    answer = marts.on_session("capitulation_daily", asked, session)
    rows = []
    if answer.has(*asked):
        row = answer.frame.iloc[0]
        for leg, name in argument.LEGS.items():
            on = row[f"{leg}_on"]
            met = "not known" if pd.isna(on) else "met" if on else "missing"
            rows.append((name, met, wording.sessions(row[f"{leg}_age"]), _said(row[f"{leg}_evidence"]) or "–"))
    return paper.Table("When: the legs of capitulation", ("Leg", "Met", "Since its newest hit", "On what"), tuple(rows))


def _drivers(session: date) -> paper.Table:
    answer = marts.on_session("drivers_daily", DRIVERS, session, ["block desc"])
    rows = []
    if answer.has(*DRIVERS):
        rows = [
            (
                str(row["driver_name"]),
                *(wording.written("contribution_bp", row[column]) for column in DRIVERS[2:]),
            )
            for _, row in answer.frame.iterrows()
        ]
    heads = ("Driver", "Session", "5 sessions", "21 sessions")
    return paper.Table("Why: what stocks moved with (association, no cause)", heads, tuple(rows))


def _odds(session: date) -> paper.Table:
    answer = marts.on_session("odds_daily", ODDS, session, ["study_id", "target"], horizon=HORIZON, track=TRACK)
    rows = []
    if answer.has(*ODDS):
        for _, row in answer.frame.iterrows():
            share, low, high, base = (_percent(row[name]) for name in ("share", "ci_low", "ci_high", "base_share"))
            rows.append(
                (
                    str(row["study_id"]).replace("_", " "),
                    argument.named(argument.TARGETS, row["target"]),
                    f"{row['hits']:.0f} of {row['n_events']:.0f}",
                    share,
                    f"{low} to {high}",
                    base,
                    argument.named(argument.FINDINGS, row["finding"]),
                )
            )
    heads = ("After", "What", "Cases", "Share", "90 % interval", "Any day", "Finding")
    title = f"Evidence: what followed within {HORIZON} sessions, as counted that night, all days"
    return paper.Table(title, heads, tuple(rows))


def _claims(session: date) -> paper.Table:
    answer = marts.on_session("claim_ledger", CLAIMS, session, ["claim_id"])
    rows = []
    if answer.has(*CLAIMS):
        rows = [
            (
                _said(row["paraphrase"]),
                argument.figure(row["evidence_value"]),
                argument.named(argument.FINDINGS, row["finding"]),
            )
            for _, row in answer.frame.iterrows()
        ]
    return paper.Table("Claims made on this session", ("Claim", "Evidence", "Finding"), tuple(rows))


def _numbers(evidence: str) -> paper.Table:
    told = argument.sources(evidence)
    columns = ["text", "mart", "column_name", "filter", "session"]
    rows = tuple(
        tuple("" if pd.isna(cell) else str(cell) for cell in row) for row in told[columns].itertuples(index=False)
    )
    return paper.Table("Where every number stands", ("As said", "Mart", "Column", "Row", "Session"), rows)


def _footnotes(session: date, row: pd.Series, published: pd.Series) -> list[str]:
    """What limits this report: coverage, finality, gaps, and the rules and build it rests on."""
    notes = []
    columns = ["coverage", "valid", "members", "is_clean"]
    breadth = marts.on_session("breadth_daily", columns, session, universe_id="SP500", segment_id="ALL")
    if breadth.has(*columns):
        held = breadth.frame.iloc[0]
        biased = "" if bool(held["is_clean"]) else "; survivor-biased"
        told = {column: wording.written(column, held[column]) for column in columns[:3]}
        notes.append(f"Coverage {told['coverage']} ({told['valid']} of {told['members']} members{biased}).")
    notes.append(
        "Final: nothing of the session is still to come."
        if row["is_final"]
        else "Provisional: values of the session may still come."
    )
    notes.append("Every input of the verdict is there." if row["complete"] else f"Missing: {row['missing']}.")
    gaps = marts.gaps()
    if not gaps.missing:
        notes.append(f"{len(gaps.frame)} series of the file have gaps in their own calendar.")
    notes.append(
        f"Rules {published['rule_version']}; built {published['built_at']:%Y-%m-%d %H:%M} UTC from what was known by "
        f"{published['as_of']:%Y-%m-%d %H:%M} UTC; shown as known on the session."
    )
    return notes


def _percent(share: object) -> str:
    return "–" if pd.isna(share) else f"{share:.0%}"
