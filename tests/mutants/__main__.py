"""make mutants: tries seeded one-token changes to models and macros, one line of JSON each, and reports what survived.

python -m tests.mutants [SUBJECT …] continues where it was interrupted. --again tries the survivors again, after tests
were added; --report only prints. The baseline are the markets that the tests have built (make mutants builds them).
"""

import argparse
import json
import multiprocessing
import os
import signal
import sys
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from time import monotonic

from ingestion.settings import DBT_PROJECT, Settings
from orchestration import dbt
from tests.built_market import BUILDS, place_of
from tests.conftest import MARKET_FOLDER
from tests.mutants.draw import Mutant, drawn, shares
from tests.mutants.report import report
from tests.mutants.trial import Bench, Start, try_out

#: Where the lines of a seed and the copies that changes are tried on are; git ignores it.
PLACE = BUILDS.parent / "mutants"

#: Seconds after which a change counts as noticed: a suite that hangs is seen.
LONGEST = 900


def built(name: str, market: str, folder: Path | None) -> Path:
    """The data folder of a market that the tests have built from the checkout as it is."""
    place = place_of(name, Settings(market=market, folder=folder))
    if not (place / "files.json").exists():
        sys.exit(f"the {name} market is not built from this checkout: run make mutants, or a test that reads it")
    return place


def pending(results: Path, seed: int, count: int, again: bool) -> Callable[[str], Mutant | None]:
    """The next change of a subject that has no result yet; one that does not build gives its place to the next."""
    draws, share = drawn(DBT_PROJECT, seed), shares(DBT_PROJECT, count)
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


def in_child(bench: Bench, mutant: Mutant) -> dict[str, object]:
    """What happened to a change, tried in a process of its own: dbt keeps what it has read in memory."""
    fork = multiprocessing.get_context("fork")
    receiving, sending = fork.Pipe(duplex=False)
    child = fork.Process(target=_try_and_send, args=(bench, mutant, sending))
    child.start()
    sending.close()
    try:
        if receiving.poll(LONGEST):
            return receiving.recv()
        return {"status": "killed", "by": f"no result within {LONGEST} seconds", "reached": {}}
    finally:
        if child.is_alive() and not receiving.poll():
            child.join(5)
        if child.is_alive():
            os.killpg(child.pid or 0, signal.SIGKILL)
        child.join()


def _try_and_send(bench: Bench, mutant: Mutant, sending: Connection) -> None:
    os.setsid()
    sending.send(try_out(bench, mutant))


def main() -> int:
    """Try what has no result yet, then report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("subjects", nargs="*", help="only these; all where none is named")
    parser.add_argument("--seed", type=int, default=16)
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--limit", type=int, default=10**6, help="stop after so many")
    parser.add_argument("--again", action="store_true", help="try the survivors again")
    parser.add_argument("--report", action="store_true", help="try nothing")
    given = parser.parse_args()
    results = PLACE / f"{given.seed}.jsonl"
    results.parent.mkdir(parents=True, exist_ok=True)
    following = pending(results, given.seed, given.count, given.again)
    limit = 0 if given.report else given.limit
    if limit:
        start = Start(
            built("small", "folder", None),
            built("sample", "sample", None),
            built("folder", "folder", MARKET_FOLDER),
        )
        bench = Bench(PLACE / f"bench-{os.getpid()}", start)
        bench.prepare()
    for subject in given.subjects or shares(DBT_PROJECT, given.count):
        while limit > 0 and (mutant := following(subject)):
            began = monotonic()
            outcome = in_child(bench, mutant)
            line = {"name": mutant.name, "sql": dbt.sql_digest(), **mutant.row(), **outcome}
            line["seconds"] = round(monotonic() - began, 1)
            with results.open("a") as file:
                file.write(json.dumps(line) + "\n")
            sys.stdout.write(f"{line['status']:9} {line['seconds']:6} s  {mutant.name}  {outcome['by']}\n")
            sys.stdout.flush()
            limit -= 1
    sys.stdout.write(report(rows(results), given.seed, given.count))
    return 0


if __name__ == "__main__":
    sys.exit(main())
