"""make mutants: tries seeded one-token changes to models and macros, one line of JSON each, and reports what survived.

python -m tests.mutants [SUBJECT …] continues where it was interrupted. --again tries the survivors again, after tests
were added; --report only prints. It starts from the markets that the tests have built (make mutants builds them).
--only law tries --count changes of the models that make the verdict's sentences, against the law of words alone.
"""

import argparse
import json
import sys
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from time import monotonic

from filelock import FileLock, Timeout

from ingestion.settings import DBT_PROJECT, Settings
from orchestration import dbt
from tests.built_market import place_of
from tests.conftest import MARKET_FOLDER
from tests.mutants.child import Trial, in_child
from tests.mutants.draw import Mutant, drawn, order, shares
from tests.mutants.law import WITHOUT_SENTENCES, LawStart, try_by_law
from tests.mutants.report import report
from tests.mutants.trial import Bench, Start, try_out


def built(name: str, market: str, folder: Path | None) -> Path:
    """The data folder of a market that the tests have built from the checkout as it is."""
    place = place_of(name, Settings(market=market, folder=folder))
    if not (place / "files.json").exists():
        sys.exit(f"the {name} market is not built from this checkout: run make mutants, or a test that reads it")
    return place


@dataclass(frozen=True)
class Campaign:
    """What is changed, how often, and how a change is tried."""

    draws: dict[str, list[Mutant]]
    share: dict[str, int]
    trial: Trial
    #: One market for each name that dbt gives a market.
    parsed: tuple[str, ...]


def campaign(only: str | None, seed: int, count: int) -> Campaign:
    """Every subject by every test, or the sentences of the verdict by the law of words alone."""
    draws = drawn(DBT_PROJECT, seed)
    if only is None:
        return Campaign(draws, shares(DBT_PROJECT, count), try_out, ("small", "sample"))
    sentences = {
        subject: [mutant for mutant in draws[subject] if mutant.path not in left_out]
        for subject, left_out in WITHOUT_SENTENCES.items()
    }
    return Campaign(sentences, dict.fromkeys(sentences, count), try_by_law, ("adversarial", "sample"))


def pending(results: Path, given: Campaign, again: bool) -> Callable[[str], Mutant | None]:
    """The next change of a subject that has no result yet; one that does not compile gives its place to the next."""
    draws, share = given.draws, given.share
    tried_again = {row["name"] for row in rows(results) if again and row["status"] == "survived"}

    def following(subject: str) -> Mutant | None:
        status = {row["name"]: row["status"] for row in rows(results) if row["name"] not in tried_again}
        alive = [mutant for mutant in draws[subject] if status.get(mutant.name) != "stillborn"][: share[subject]]
        chosen = next((mutant for mutant in alive if mutant.name not in status), None)
        tried_again.discard(chosen.name if chosen else "")
        return chosen

    return following


def rows(results: Path) -> list[dict]:
    """The newest line of each change tried so far on this SQL."""
    digest = dbt.sql_digest()
    lines = [json.loads(line) for line in results.read_text().splitlines()] if results.exists() else []
    return list({row["name"]: row for row in lines if row["sql"] == digest}.values())


def places(share: dict[str, int], tried: Iterable[dict]) -> list[str]:
    """The subjects of the changes that are still to be tried, in the order of trying them."""
    done = Counter(row["subject"] for row in tried if row["status"] != "stillborn")
    left = []
    for subject in order(share):
        if done[subject]:
            done[subject] -= 1
        else:
            left.append(subject)
    return left


def try_next(
    bench: Bench, following: Callable[[str], Mutant | None], subject: str, results: Path, trial: Trial
) -> bool:
    """Try changes of a subject until one compiles; False where none is left."""
    while mutant := following(subject):
        began = monotonic()
        outcome = in_child(bench, mutant, trial)
        line = {"name": mutant.name, "sql": dbt.sql_digest(), **mutant.row(), **outcome}
        line["seconds"] = round(monotonic() - began, 1)
        with results.open("a") as file:
            file.write(json.dumps(line) + "\n")
        sys.stdout.write(f"{line['status']:9} {line['seconds']:6} s  {mutant.name}  {outcome['by']}\n")
        sys.stdout.flush()
        if line["status"] != "stillborn":
            return True
    return False


def main() -> int:
    """Try what has no result yet, then report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("subjects", nargs="*", help="only these; all where none is named")
    parser.add_argument("--seed", type=int, default=16)
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--limit", type=int, default=10**6, help="stop after so many")
    parser.add_argument("--only", choices=["law"], help="by the law of words alone, the sentences of the verdict")
    parser.add_argument("--again", action="store_true", help="try the survivors again")
    parser.add_argument("--report", action="store_true", help="try nothing")
    given = parser.parse_args()
    place = Settings().data / "mutants"
    place.mkdir(parents=True, exist_ok=True)
    results = place / f"{given.seed}{'.law' if given.only else ''}.jsonl"
    chosen = campaign(given.only, given.seed, given.count)
    if not given.report:
        start = Start(
            built("small", "folder", None),
            built("sample", "sample", None),
            built("folder", "folder", MARKET_FOLDER),
        )
        if given.only:
            start = LawStart(**asdict(start), adversarial=built("adversarial", "folder", None))
        bench = Bench(place / "bench", start)
        following = pending(results, chosen, given.again)
        try:
            with FileLock(place / "lock", timeout=0):
                bench.prepare(chosen.parsed)
                tried = [row for row in rows(results) if not (given.again and row["status"] == "survived")]
                left = places(chosen.share, tried)
                for subject in [subject for subject in left if subject in (given.subjects or left)][: given.limit]:
                    try_next(bench, following, subject, results, chosen.trial)
                bench.remove()
        except Timeout:
            sys.exit(f"another process tries changes in {place}")
    sys.stdout.write(report(rows(results), given.seed, given.count))
    return 0


if __name__ == "__main__":
    sys.exit(main())
