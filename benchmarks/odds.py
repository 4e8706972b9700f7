"""Were the odds and the calls any good: the tables of docs/scores.md, from the scores that a build has computed.

Prints them from a published file; with --write it also replaces them in docs/scores.md, between the two comments.
"""

import argparse
import sys
from pathlib import Path

import duckdb
import pandas as pd

from ingestion.settings import PROJECT_ROOT

PAGE = PROJECT_ROOT / "docs" / "scores.md"
#: What stands before and after each group of tables on the page.
MARKS = {name: (f"<!-- {name}: begin -->\n", f"<!-- {name}: end -->\n") for name in ("odds", "calls")}
SINCE = "2015-03-06"
TARGETS = {
    "drawdown_over_3pct": "drawdown over 3 %", "fall_over_3pct": "close over 3 % lower",
    "vix_up_30pct": "VIX 30 % higher", "down": "lower at the end",
}  # fmt: skip


def main() -> int:
    """Print the tables of a published file."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--published", type=Path, required=True, metavar="FILE", help="a published file")
    parser.add_argument("--write", action="store_true", help="replace the tables in docs/scores.md")
    options = parser.parse_args()
    groups = tables(options.published)
    print("\n".join(groups.values()))
    if options.write:
        page = PAGE.read_text(encoding="utf-8")
        for name, (begin, end) in MARKS.items():
            head, rest = page.split(begin)
            page = head + begin + groups[name] + end + rest.split(end)[1]
        PAGE.write_text(page, encoding="utf-8")
    return 0


def tables(published: Path) -> dict[str, str]:
    """The tables of each group as Markdown."""
    return {"odds": odds(published), "calls": calls(published)}


def shown(name: str) -> str:
    """The tables of a group as they are on the page."""
    begin, end = MARKS[name]
    return PAGE.read_text(encoding="utf-8").split(begin)[1].split(end)[0]


def calls(published: Path) -> str:
    """The score of every call as Markdown, in the order of the rules."""
    with duckdb.connect(str(published), read_only=True) as connection:
        scores = connection.execute("select * from marts.verdict_score").df()
    rows = []
    for score in scores.itertuples():
        came = f"{score.share:.0%} ({score.ci_low:.0%} to {score.ci_high:.0%})" if score.n_closed else ""
        rows.append(
            {
                "call": score.call_name,
                "sessions": f"{score.n_sessions}",
                "of days": f"{score.share_of_days:.1%}",
                "argues for": f"{score.argues_for}: {TARGETS[score.target]}, {score.horizon}",
                "came as argued": came,
                "VIX alone": _share(score.share_vix),
                "drawdown, 21": _pair(score.drawdown_21_share, score.drawdown_21_share_vix),
                "3 % lower, 5": _pair(score.fall_5_share, score.fall_5_share_vix),
                "proved wrong": f"{_share(score.share_proved_wrong)} of {score.n_with_proof}",
            }
        )
    return f"{pd.DataFrame(rows).to_markdown(index=False, disable_numparse=True)}\n"


def odds(published: Path) -> str:
    """The tables as Markdown: the VIX alone, a state's own cases, reliability, and the weights that were chosen."""
    with duckdb.connect(str(published), read_only=True) as connection:
        scores = connection.execute("select * from marts.odds_score where n_days > 0").df()
        reliability = connection.execute("select * from marts.odds_reliability").df()
        choices = connection.execute("select * from marts.odds_prior_score").df()
    parts = [
        ("### What the VIX alone says, against any day", vix_alone(scores)),
        ("### What a state's own cases add to the VIX", own_cases(scores)),
        ("### Reliability since 2015-03-06", reliable(reliability)),
        ("### The weight of a state's own cases, chosen before 2015-03-06", weights(choices)),
    ]
    return "\n".join(f"{title}\n\n{table.to_markdown(index=False, disable_numparse=True)}\n" for title, table in parts)


def vix_alone(scores: pd.DataFrame) -> pd.DataFrame:
    """One row a target and horizon: Brier scores since 2015-03-06 and the skill of base_share_vix in three periods."""
    rows = []
    for target, horizon in _questions(scores):
        of_target = scores[(scores.target == target) & (scores.horizon == horizon) & (scores.track == "all")]
        vix = of_target[of_target.predictor == "base_share_vix"].sort_values("since")
        base = of_target[(of_target.predictor == "base_share") & (of_target.since == SINCE)].iloc[0]
        first = vix[vix.since == SINCE].iloc[0]
        row = {
            "what": TARGETS[target],
            "within": horizon,
            "sessions": f"{first.n_days}",
            "Brier, any day": f"{base.brier:.4f}",
            "Brier, VIX": f"{first.brier:.4f}",
        }
        for period, score in zip((SINCE, "2020-01-01", "the last 504"), vix.itertuples(), strict=True):
            row[f"skill, {period}"] = _interval(score.brier_skill, score.skill_ci_low, score.skill_ci_high)
        rows.append(row)
    return pd.DataFrame(rows)


def own_cases(scores: pd.DataFrame) -> pd.DataFrame:
    """One row a target, horizon and track: Brier scores of all forecasts on the rows of odds_daily since 2015-03-06."""
    rows = []
    for target, horizon in _questions(scores):
        for track in ("all", "clean"):
            found = scores[(scores.target == target) & (scores.horizon == horizon) & (scores.track == track)]
            by_predictor = found[found.since == SINCE].set_index("predictor")
            shrunk, share = by_predictor.loc["share_shrunk"], by_predictor.loc["share"]
            rows.append(
                {
                    "what": TARGETS[target],
                    "within": horizon,
                    "track": track,
                    "rows": f"{shrunk.n_on}",
                    **{
                        name: f"{by_predictor.loc[predictor].brier_on:.4f}"
                        for name, predictor in {
                            "VIX": "base_share_vix",
                            "own": "share",
                            "shrunk": "share_shrunk",
                            "said": "share_said",
                        }.items()
                    },
                    "skill of shrunk against the VIX": _interval(
                        shrunk.skill_vix_on, shrunk.skill_vix_on_ci_low, shrunk.skill_vix_on_ci_high
                    ),
                    "own within its interval": f"{share.interval_coverage:.0%}",
                }
            )
    return pd.DataFrame(rows)


def reliable(reliability: pd.DataFrame) -> pd.DataFrame:
    """One row a tenth: forecast, outcome and sessions of base_share_vix for the two questions of the odds line."""
    asked = {
        "drawdown over 3 %, 21 sessions": ("drawdown_over_3pct", 21),
        "3 % lower, 5 sessions": ("fall_over_3pct", 5),
    }
    columns = {}
    for name, (target, horizon) in asked.items():
        rows = reliability[
            (reliability.target == target) & (reliability.horizon == horizon) & (reliability.track == "all")
            & (reliability.predictor == "base_share_vix") & (reliability.since == SINCE)
        ].set_index("tenth")  # fmt: skip
        columns[name] = rows.apply(lambda row: f"{row.predicted:.0%} → {row.observed:.0%} ({row.n})", axis=1)
    table = pd.DataFrame(columns).sort_index().fillna("")
    table.insert(0, "forecast", [f"{10 * tenth - 10} to {10 * tenth} %" for tenth in table.index])
    return table


def weights(choices: pd.DataFrame) -> pd.DataFrame:
    """One row a target and horizon: the Brier score with each number of days, that of the chosen one in bold."""
    rows = []
    for target, horizon in _questions(choices):
        found = choices[(choices.target == target) & (choices.horizon == horizon)].sort_values("prior_days")
        scores = {
            f"{row.prior_days} days": f"**{row.brier:.4f}**" if row.is_chosen else f"{row.brier:.4f}"
            for row in found.itertuples()
        }
        rows.append({"what": TARGETS[target], "within": horizon, "rows": f"{found.n.iloc[0]}", **scores})
    return pd.DataFrame(rows)


def _questions(rows: pd.DataFrame) -> list[tuple[str, int]]:
    horizons = sorted(set(rows.horizon), reverse=True)
    return [(target, horizon) for target in TARGETS for horizon in horizons]


def _share(value: float) -> str:
    return "" if pd.isna(value) else f"{value:.0%}"


def _pair(came: float, vix: float) -> str:
    """What came, and in brackets what the VIX alone had said."""
    return "" if pd.isna(came) else f"{came:.0%} ({vix:.0%})"


def _interval(value: float, low: float, high: float) -> str:
    return f"{value:+.1%} ({low:+.1%} to {high:+.1%})"


if __name__ == "__main__":
    sys.exit(main())
