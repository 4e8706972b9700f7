"""Who moved the index in the session, by member and by sector; pictures of marts.movers_daily on more than one page."""

from dataclasses import replace

import pandas as pd

from app.pictures import snapshots
from app.pictures.picture import Picture
from app.published import any_mart
from app.views import page
from app.words import labels
from app.words.captions import Caption

COLUMNS = ("session_date", "side", "mover", "mover_name", "weight_pct", "return_pct", "contribution_bp")
MEMBERS, SECTORS = ("added", "took"), ("sector",)
SHOWN = 8  # of those that added and of those that took


def panel(day: page.Day, name: str, caption: Caption, sides: tuple[str, ...]) -> None:
    """The movers of these sides, those that added most first."""
    answer = any_mart.on_session(
        day.published, "movers_daily", [*COLUMNS, "rank"], day.session, ["contribution_bp desc", "mover"]
    )
    if answer.has(*COLUMNS):
        rows = answer.rows[answer.rows["side"].isin(sides) & ((answer.rows["rank"] <= SHOWN) | (sides == SECTORS))]
        answer = replace(answer, rows=rows)

    def draw() -> list[Picture]:
        tooltip = {
            "contribution_bp": ("Contribution, bp", "+,.1f"), "weight_pct": ("Weight, %", ".2f"),
            "return_pct": ("Return, %", "+.2f"),
        }  # fmt: skip
        height = 22 * len(answer.rows)
        return [
            snapshots.ranked(
                answer.rows, "mover_name", "contribution_bp", height=height, number="+,.1f", tooltip=tooltip
            )
        ]

    def last(_: pd.Series) -> str:
        ends = answer.rows.iloc[0], answer.rows.iloc[-1]
        return " … ".join(
            f"{row['mover_name']} {labels.formatted('contribution_bp', row['contribution_bp'])}" for row in ends
        )

    page.panel(name, caption, answer, draw, needs=["mover_name", "contribution_bp"], last=last)
