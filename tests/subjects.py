"""The subjects of dbt_project/models in the order in which they may read each other; `quality` stands beside them."""

SUBJECTS = (
    "staging", "names", "relative_performance", "breadth", "correlation", "volatility", "drivers", "positioning",
    "capitulation", "regime", "evidence", "verdict",
)  # fmt: skip
