"""What follows page one: tables of movers, legs and claims, and the appendices with the evidence and every source."""

from datetime import date

import pandas as pd

from app.published import any_mart
from app.published.file import Published
from app.report.sheet import Table
from app.words import argument, labels, the_day

MOVERS = ("rank", "mover_name", "weight_pct", "return_pct", "contribution_bp")
MOVERS_SHOWN = 5
SIDES = {"took": "Took most from the index", "added": "Added most to it", "sector": "Its sectors"}
CLAIMS = (
    "claim_id", "paraphrase", "column_name", "comparator", "threshold", "evidence_value", "finding", "session_date",
)  # fmt: skip
DRIVERS = ("driver_name", "block", "contribution_bp", "contribution_5_bp", "contribution_21_bp")
ODDS = (
    "study_id", "state_id", "target", "n_events", "hits", "share", "ci_low", "ci_high", "base_share", "base_share_vix",
    "finding",
)  # fmt: skip
HORIZON, TRACK = 21, "all"


def movers(published: Published, session: date) -> tuple[Table, ...]:
    """The members and the sectors that moved the index on the session; none where the weights are not known."""
    tables = []
    for side, title in SIDES.items():
        answer = any_mart.on_session(published, "movers_daily", MOVERS, session, ["rank"], side=side)
        if answer.has(*MOVERS):
            shown = answer.rows if side == "sector" else answer.rows.head(MOVERS_SHOWN)
            rows = tuple(
                (
                    str(row["mover_name"]),
                    labels.number(row["weight_pct"], 1),
                    labels.number(row["return_pct"], 1, True),
                    labels.number(row["contribution_bp"], 1, True),
                )
                for _, row in shown.iterrows()
            )
            tables.append(Table(title, ("", "Weight %", "Return %", "bp"), rows))
    return tuple(tables)


def legs(published: Published, session: date) -> Table:
    """Each leg of capitulation: met or missing, how long ago, on what."""
    columns = ["legs_met", "legs_missing"]
    columns += [f"{leg}_{part}" for leg in argument.LEGS for part in ("age", "evidence")]
    answer = any_mart.on_session(published, "capitulation_daily", columns, session)
    rows = []
    if answer.has(*columns):
        row = answer.rows.iloc[0]
        rows = [
            (
                name,
                the_day.met(leg, row["legs_met"], row["legs_missing"]),
                labels.sessions(row[f"{leg}_age"]),
                the_day.leg_evidence(row[f"{leg}_evidence"]),
            )
            for leg, name in argument.LEGS.items()
        ]
    heads = ("Leg", "Met", "Since its newest hit", "On what")
    return Table("The legs of capitulation", heads, tuple(rows))


def made_claims(published: Published, session: date) -> pd.DataFrame:
    """The claims made on the session, rows of CLAIMS."""
    answer = any_mart.on_session(published, "claim_ledger", CLAIMS, session, ["claim_id"])
    return answer.rows if answer.has(*CLAIMS) else pd.DataFrame(columns=list(CLAIMS))


def claims(made: pd.DataFrame) -> Table:
    """Each claim of the session, the reading that it is compared with, what it needed, and the finding."""
    rows = tuple(
        (
            str(claim["paraphrase"]),
            the_day.claim_evidence(claim),
            the_day.claim_needed(claim),
            argument.named(argument.FINDINGS, claim["finding"]),
        )
        for _, claim in made.iterrows()
    )
    return Table("Claims made on this session", ("Claim", "Evidence that night", "Needed", "Finding"), rows)


def drivers(published: Published, session: date) -> Table:
    """What stocks moved with, in basis points."""
    answer = any_mart.on_session(published, "drivers_daily", DRIVERS, session, ["block desc"])
    rows = []
    if answer.has(*DRIVERS):
        rows = [
            (str(row["driver_name"]), *(labels.formatted("contribution_bp", row[column]) for column in DRIVERS[2:]))
            for _, row in answer.rows.iterrows()
        ]
    heads = ("Driver", "Session", "5 sessions", "21 sessions")
    return Table("What stocks moved with (association, no cause)", heads, tuple(rows))


def odds(published: Published, session: date) -> Table:
    """What had followed each state that is on, as counted that night."""
    answer = any_mart.on_session(
        published, "odds_daily", ODDS, session, ["study_id", "target"], horizon=HORIZON, track=TRACK
    )
    states = any_mart.on_session(published, "states_daily", ("state_id", "state_name"), session)
    rows = []
    if answer.has(*ODDS) and states.has("state_name"):
        names = states.rows.set_index("state_id")["state_name"]
        rows = [
            (
                str(names.get(row["state_id"], the_day.spaced(row["study_id"]))),
                argument.named(argument.TARGETS, row["target"]),
                f"{row['hits']:.0f} of {row['n_events']:.0f}",
                the_day.odds(row["share"]),
                f"{the_day.odds(row['ci_low'])} to {the_day.odds(row['ci_high'])}",
                the_day.odds(row["base_share"]),
                the_day.odds(row["base_share_vix"]),
                argument.named(argument.FINDINGS, row["finding"]),
            )
            for _, row in answer.rows.iterrows()
        ]
    heads = ("After", "What", "Cases", "Share", "90 % interval", "Any day", "VIX alone", "Finding")
    title = f"Evidence: what followed within {HORIZON} sessions, as counted that night, all days"
    return Table(title, heads, tuple(rows))


def sources(lines: pd.DataFrame) -> Table:
    """Every number of the sentences, and the mart, column, row and session that hold it."""
    numbers = argument.sources(lines)
    columns = ["section", "text", "mart", "column_name", "filter", "session"]
    rows = tuple(
        tuple("" if pd.isna(cell) else str(cell) for cell in row) for row in numbers[columns].itertuples(index=False)
    )
    return Table("Where every number stands", ("Section", "As said", "Mart", "Column", "Row", "Session"), rows)
