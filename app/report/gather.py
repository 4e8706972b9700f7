"""The content of the daily report, gathered from the published file and written as HTML and Markdown; nothing is
computed here."""

from datetime import date
from pathlib import Path

import pandas as pd

from app.published import any_mart, contents, one_mart
from app.published.file import Published
from app.published.universes import of_universe
from app.report import following, html_page, markdown, page_one
from app.report.pictures import pictures
from app.report.sheet import PageOne, Sheet
from app.words import argument, labels
from ingestion.settings import Settings

VERDICT = (
    "session_date", "is_final", "complete", "missing", "headline", "call_id", "day_state", "why_day", "where_quadrant",
    "risk_state", "reference_date", "when_stage", "stage_day", "legs_met", "legs_missing", "odds_study_id",
)  # fmt: skip
#: Sections of the verdict that page one shows in another form.
ON_PAGE_ONE = ("odds", "levels", argument.WRONG_IF)


class NoVerdict(Exception):
    """There is no verdict of the requested session: choose another, or run again."""


def write_report(settings: Settings, session: date | None, universe: str | None = None) -> tuple[Path, Path]:
    """Write the report of a session, the newest where it is None, into `reports` beside the published file.

    `universe` is one of those that have a verdict, the one that the file is about where it is None. Returns the paths
    of the HTML and of the Markdown file. Raises NothingPublished, UnreadableFile, NoVerdict, OSError.
    """
    with Published(settings.published_path) as published:
        if universe is not None and universe not in published.universes:
            known = ", ".join(published.universes)
            raise NoVerdict(f"there is no verdict of a universe {universe!r}; there are those of {known}")
        sheet = gather(of_universe(published, universe), session)
    folder = settings.market_folder / "reports"
    folder.mkdir(parents=True, exist_ok=True)
    name = f"{sheet.session}-{sheet.universe}" if sheet.universe else str(sheet.session)
    page, text = folder / f"{name}.html", folder / f"{name}.md"
    page.write_text(html_page.as_html(sheet), encoding="utf-8")
    text.write_text(markdown.as_markdown(sheet), encoding="utf-8")
    return page, text


def gather(published: Published, session: date | None) -> Sheet:
    """The content of the report of a session; raises NoVerdict where there is none."""
    around = contents.sessions_around(published, session or date.max).rows.iloc[0]
    chosen = around["session"].date()
    if session is not None and chosen != session:
        raise NoVerdict(f"{session} is no session of this file; the one before is {chosen}")
    found = any_mart.on_session(published, "verdict_daily", VERDICT, chosen, universe_id=published.universe)
    if not found.has(*VERDICT):
        raise NoVerdict(f"the published file holds no verdict of {chosen}")
    verdict = found.rows.iloc[0]
    lines = any_mart.on_session(
        published, "verdict_lines", argument.LINE, chosen, ["section", "position"], universe_id=published.universe
    )
    if not lines.has(*argument.LINE):
        raise NoVerdict(f"the published file holds no sentences of {chosen}")
    publication = contents.publication(published).rows.iloc[0]
    sections = argument.sections(lines.rows)
    claims = following.made_claims(published, chosen)
    return Sheet(
        session=chosen,
        market=str(publication["market"]),
        is_made_up=bool(publication["is_made_up"]),
        status="final" if verdict["is_final"] else "provisional",
        page_one=_page_one(published, chosen, verdict, lines.rows, claims),
        sections=tuple(
            (argument.named(argument.SECTIONS, section), text)
            for section, text in sections.items()
            if section not in ON_PAGE_ONE
        ),
        movers=following.movers(published, chosen),
        tables=(following.legs(published, chosen), following.claims(claims)),
        appendices=(
            following.odds(published, chosen),
            following.drivers(published, chosen),
            following.sources(lines.rows),
        ),
        notes=tuple(_notes(published, chosen, verdict, publication)),
        universe=published.universe if published.universe != published.universes[0] else "",
    )


def _page_one(
    published: Published, session: date, verdict: pd.Series, lines: pd.DataFrame, claims: pd.DataFrame
) -> PageOne:
    call, grounds = argument.call(lines)
    anchor = None if pd.isna(verdict["reference_date"]) else verdict["reference_date"].date()
    return PageOne(
        call=call or str(verdict["headline"]),
        grounds=grounds,
        headline=str(verdict["headline"]),
        chain=page_one.chain(published, session, verdict, claims),
        answers=page_one.answers(published, session, verdict),
        pictures=pictures(published, session, anchor),
        odds=page_one.odds(published, session, verdict["odds_study_id"]),
        levels=page_one.levels(lines),
        wrong_if=argument.sections(lines).get(argument.WRONG_IF, ""),
    )


def _notes(published: Published, session: date, verdict: pd.Series, publication: pd.Series) -> list[str]:
    """What limits this report: coverage, finality, gaps, and the rules and build it rests on."""
    notes = []
    columns = ["coverage", "valid", "members", "is_clean"]
    breadth = any_mart.on_session(
        published, "breadth_daily", columns, session, universe_id=published.universe, segment_id="ALL"
    )
    if breadth.has(*columns):
        today = breadth.rows.iloc[0]
        biased = "" if bool(today["is_clean"]) else "; survivor-biased"
        formatted = {column: labels.formatted(column, today[column]) for column in columns[:3]}
        notes.append(
            f"Coverage {formatted['coverage']} ({formatted['valid']} of {formatted['members']} members{biased})."
        )
    notes.append(
        "Final: nothing of the session is still to come."
        if verdict["is_final"]
        else "Provisional: values of the session may still come."
    )
    notes.append("Every input of the verdict is there." if verdict["complete"] else f"Missing: {verdict['missing']}.")
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
