"""Tries a change of a model of the verdict against the law of words alone: no unit test, no data test, no golden text.

The verdict's models are built from the changed SQL on copies of three built markets, and the law walks those whose
sentences or verdicts differ from the baseline's.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.marts.law_walk import broken, sentences_of
from tests.mutants.compare import differing
from tests.mutants.draw import Mutant
from tests.mutants.trial import Bench, Killed, Start, Stillborn, require_green, run, touched

#: Subject -> its files that make no sentence.
WITHOUT_SENTENCES = {"verdict": ("models/verdict/answers_daily.sql", "models/verdict/verdict_score.sql")}

#: What a reader of the verdict sees.
SEEN = ("verdict_lines", "verdict_daily")


@dataclass(frozen=True)
class LawStart(Start):
    """Built markets that changes start from; the law walks the adversarial one first, which is the smallest."""

    adversarial: Path

    def data(self, name: str) -> Path:
        """The data folder of one market."""
        return self.adversarial if name == "adversarial" else super().data(name)


def try_by_law(bench: Bench, mutant: Mutant, begin: Callable[[str], None]) -> dict[str, object]:
    """What the law finds in a change, already made: killed, survived or stillborn, by which rules, what it reached."""
    reached: dict[str, list[str]] = {}
    models = touched(bench.manifest, mutant, (bench.project / mutant.path).read_text())
    try:
        for market in ("adversarial", "sample", "folder"):
            begin(market)
            bench.copy_market(market)
            build = bench.build(market)
            selected = [f"{name}+,path:models/{mutant.subject}" for name in models]
            require_green(run(build, "run", ["--select", *selected]), market)
            baseline = bench.start.market(market) / "warehouse.duckdb"
            reached[market] = differing(build.path, baseline, SEEN)
            if reached[market]:
                begin("tests")
                with sentences_of(build.path) as connection:
                    rules = broken(connection)
                if rules:
                    raise Killed(f"{market} market: {'; '.join(rules)}")
    except Killed as by:
        return {"status": "killed", "by": str(by), "reached": reached}
    except Stillborn as error:
        return {"status": "stillborn", "by": str(error), "reached": reached}
    return {"status": "survived", "by": "" if any(reached.values()) else "not reached", "reached": reached}
