"""The content of the daily report, gathered from the published file and written as HTML and Markdown; nothing is
computed here, and app.report.layout arranges it."""

from datetime import date
from pathlib import Path

import pandas as pd

from app.published import any_mart, contents, one_mart
from app.published.file import Published
from app.report import layout
from app.words import argument, labels
from ingestion.settings import Settings

TODAY = ("session_date", "is_final", "complete", "missing", "headline")
ODDS = (
    "study_id", "target", "n_events", "hits", "share", "ci_low", "ci_high", "base_share", "base_share_vix", "finding",
)  # fmt: skip
HORIZON, TRACK, UNIVERSE = 21, "all", "SP500"
LINE_SESSIONS = 126
DRIVERS = ("driver_id", "driver_name", "contribution_bp", "contribution_5_bp", "contribution_21_bp")
CLAIMS = ("claim_id", "paraphrase", "evidence_value", "finding", "session_date")


class NoVerdict(Exception):
    """There is no verdict of the requested session: choose another, or run again."""


def write_report(settings: Settings, session: date | None) -> tuple[Path, Path]:
    """Write the report of a session, the newest where it is None, into `reports` beside the published file.

    Returns the paths of the HTML and of the Markdown file. Raises NothingPublished, UnreadableFile, NoVerdict, OSError.
    """
    with Published(settings.published_path) as published:
        sheet = gather(published, session)
    folder = settings.market_folder / "reports"
    folder.mkdir(parents=True, exist_ok=True)
    page, text = folder / f"{sheet.session}.html", folder / f"{sheet.session}.md"
    page.write_text(layout.as_html(sheet), encoding="utf-8")
    text.write_text(layout.as_markdown(sheet), encoding="utf-8")
    return page, text


def gather(published: Published, session: date | None) -> layout.Sheet:
    """The content of the report of a session; raises NoVerdict where there is none."""
    around = contents.sessions_around(published, session or date.max).rows.iloc[0]
    chosen = around["session"].date()
    if session is not None and chosen != session:
        raise NoVerdict(f"{session} is no session of this file; the one before is {chosen}")
    answer = any_mart.on_session(published, "verdict_daily", TODAY, chosen, universe_id=UNIVERSE)
    if not answer.has(*TODAY):
        raise NoVerdict(f"the published file holds no verdict of {chosen}")
    row = answer.rows.iloc[0]
    lines = any_mart.on_session(
        published, "verdict_lines", argument.LINE, chosen, ["section", "position"], universe_id=UNIVERSE
    )
    if not lines.has(*argument.LINE):
        raise NoVerdict(f"the published file holds no sentences of {chosen}")
    sections = argument.sections(lines.rows)
    call, grounds = argument.call(lines.rows)
    publication = contents.publication(published).rows.iloc[0]
    return layout.Sheet(
        session=chosen,
        market=str(publication["market"]),
        is_made_up=bool(publication["is_made_up"]),
        call=call,
        grounds=grounds,
        headline=str(row["headline"]),
        paragraphs=tuple(
            (argument.named(argument.SECTIONS, section), text)
            for section, text in sections.items()
            if section != argument.WRONG_IF
        ),
        falsifier=sections.get(argument.WRONG_IF, ""),
        tables=(
            _legs(published, chosen),
            _drivers(published, chosen),
            _odds(published, chosen),
            _claims(published, chosen),
            _numbers(lines.rows),
        ),
        index=_index(published, chosen),
        stages=_stages(published, chosen),
        footnotes=tuple(_footnotes(published, chosen, row, publication)),
    )


def _text(text: object) -> str:
    return text if isinstance(text, str) else ""


def _first(published: Published, session: date, sessions: int) -> date:
    first: date = contents.window_start(published, session, sessions).rows["first_session"].iloc[0].date()
    return first


def _index(published: Published, session: date) -> pd.DataFrame:
    """session_date and close of the S&P 500 over half a year."""
    answer = any_mart.history(
        published, "index_daily", ["close"], _first(published, session, LINE_SESSIONS), session, index_id="SP500"
    )
    return answer.rows if answer.has("close") else pd.DataFrame(columns=["session_date", "close"])


def _stages(published: Published, session: date) -> pd.DataFrame:
    """Runs of the stage of capitulation over the same sessions."""
    answer = any_mart.spells(
        published, "capitulation_daily", "stage", _first(published, session, LINE_SESSIONS), session
    )
    return answer.rows if answer.has("state") else pd.DataFrame(columns=["state", "from_session", "until"])


def _legs(published: Published, session: date) -> layout.Table:
    columns = [f"{leg}_{part}" for leg in argument.LEGS for part in ("on", "age", "evidence")]
    answer = any_mart.on_session(published, "capitulation_daily", columns, session)
    rows = []
    if answer.has(*columns):
        row = answer.rows.iloc[0]
        for leg, name in argument.LEGS.items():
            on = row[f"{leg}_on"]
            met = "not known" if pd.isna(on) else "met" if on else "missing"
            rows.append((name, met, labels.sessions(row[f"{leg}_age"]), _text(row[f"{leg}_evidence"]) or "–"))
    return layout.Table(
        "When: the legs of capitulation", ("Leg", "Met", "Since its newest hit", "On what"), tuple(rows)
    )


def _drivers(published: Published, session: date) -> layout.Table:
    answer = any_mart.on_session(published, "drivers_daily", DRIVERS, session, ["block desc"])
    rows = []
    if answer.has(*DRIVERS):
        rows = [
            (
                str(row["driver_name"]),
                *(labels.formatted("contribution_bp", row[column]) for column in DRIVERS[2:]),
            )
            for _, row in answer.rows.iterrows()
        ]
    heads = ("Driver", "Session", "5 sessions", "21 sessions")
    return layout.Table("Why: what stocks moved with (association, no cause)", heads, tuple(rows))


def _odds(published: Published, session: date) -> layout.Table:
    answer = any_mart.on_session(
        published, "odds_daily", ODDS, session, ["study_id", "target"], horizon=HORIZON, track=TRACK
    )
    rows = []
    if answer.has(*ODDS):
        for _, row in answer.rows.iterrows():
            share, low, high, base, vix = (
                _percent(row[name]) for name in ("share", "ci_low", "ci_high", "base_share", "base_share_vix")
            )
            rows.append(
                (
                    str(row["study_id"]).replace("_", " "),
                    argument.named(argument.TARGETS, row["target"]),
                    f"{row['hits']:.0f} of {row['n_events']:.0f}",
                    share,
                    f"{low} to {high}",
                    base,
                    vix,
                    argument.named(argument.FINDINGS, row["finding"]),
                )
            )
    heads = ("After", "What", "Cases", "Share", "90 % interval", "Any day", "VIX alone", "Finding")
    title = f"Evidence: what followed within {HORIZON} sessions, as counted that night, all days"
    return layout.Table(title, heads, tuple(rows))


def _claims(published: Published, session: date) -> layout.Table:
    answer = any_mart.on_session(published, "claim_ledger", CLAIMS, session, ["claim_id"])
    rows = []
    if answer.has(*CLAIMS):
        rows = [
            (
                _text(row["paraphrase"]),
                argument.figure(row["evidence_value"]),
                argument.named(argument.FINDINGS, row["finding"]),
            )
            for _, row in answer.rows.iterrows()
        ]
    return layout.Table("Claims made on this session", ("Claim", "Evidence", "Finding"), tuple(rows))


def _numbers(lines: pd.DataFrame) -> layout.Table:
    sources = argument.sources(lines)
    columns = ["section", "text", "mart", "column_name", "filter", "session"]
    rows = tuple(
        tuple("" if pd.isna(cell) else str(cell) for cell in row) for row in sources[columns].itertuples(index=False)
    )
    return layout.Table("Where every number stands", ("Section", "As said", "Mart", "Column", "Row", "Session"), rows)


def _footnotes(published: Published, session: date, row: pd.Series, publication: pd.Series) -> list[str]:
    """What limits this report: coverage, finality, gaps, and the rules and build it rests on."""
    notes = []
    columns = ["coverage", "valid", "members", "is_clean"]
    breadth = any_mart.on_session(published, "breadth_daily", columns, session, universe_id="SP500", segment_id="ALL")
    if breadth.has(*columns):
        today = breadth.rows.iloc[0]
        biased = "" if bool(today["is_clean"]) else "; survivor-biased"
        formatted = {column: labels.formatted(column, today[column]) for column in columns[:3]}
        notes.append(
            f"Coverage {formatted['coverage']} ({formatted['valid']} of {formatted['members']} members{biased})."
        )
    notes.append(
        "Final: nothing of the session is still to come."
        if row["is_final"]
        else "Provisional: values of the session may still come."
    )
    notes.append("Every input of the verdict is there." if row["complete"] else f"Missing: {row['missing']}.")
    notes.extend(contents.weights_note(published, session).rows.get("weights_note", []))
    gaps = one_mart.gaps(published)
    if not gaps.missing:
        notes.append(f"{len(gaps.rows)} series of the file have gaps in their own calendar.")
    notes.append(
        f"Rules {publication['rule_version']}; built {publication['built_at']:%Y-%m-%d %H:%M} UTC "
        "from what was known by "
        f"{publication['as_of']:%Y-%m-%d %H:%M} UTC; shown as known on the session."
    )
    return notes


def _percent(share: object) -> str:
    return "–" if pd.isna(share) else f"{share:.0%}"
