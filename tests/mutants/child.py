"""Tries a change in a process of its own, with limits of time and of disk: a join that lost its condition never ends.

dbt keeps what it has read in memory, so no process tries two changes.
"""

import multiprocessing
import os
import resource
import signal
import traceback
from collections.abc import Callable
from multiprocessing.connection import Connection

from tests.mutants.draw import Mutant
from tests.mutants.trial import Bench

#: Step of a trial -> seconds after which the change counts as noticed: several times what the step takes.
LONGEST = {"unit tests": 240, "small": 120, "adversarial": 120, "sample": 300, "folder": 600, "tests": 900}

#: Tries a change that is already made, and tells which step it begins.
Trial = Callable[[Bench, Mutant, Callable[[str], None]], dict[str, object]]

#: Exit codes that a change can be the reason of: out of memory, or a crash of the engine.
ENDED_BY_CHANGE = (-signal.SIGKILL, -signal.SIGSEGV, -signal.SIGABRT)

#: Bytes of one file: ten times the largest market.
LARGEST_FILE = 3 * 2**30


def in_child(bench: Bench, mutant: Mutant, trial: Trial) -> dict[str, object]:
    """What happened to a change, as the trial reports it; raises RuntimeError if the trial itself is at fault."""
    fork = multiprocessing.get_context("fork")
    receiving, sending = fork.Pipe(duplex=False)
    child = fork.Process(target=_try_and_send, args=(bench, mutant, trial, sending))
    with bench.changed(mutant):
        child.start()
        sending.close()
        try:
            return _outcome(receiving)
        except EOFError:
            child.join()
            if child.exitcode not in ENDED_BY_CHANGE:
                raise RuntimeError(f"a trial ended with {child.exitcode}: somebody else ended it") from None
            return {"status": "killed", "by": f"the process ended with {child.exitcode}", "reached": {}}
        finally:
            child.join(1)
            if child.is_alive():
                os.killpg(child.pid or 0, signal.SIGKILL)
            child.join()


def _outcome(receiving: Connection) -> dict[str, object]:
    step = "unit tests"
    while receiving.poll(LONGEST[step]):
        kind, value = receiving.recv()
        if kind == "step":
            step = value
        elif kind == "fault":
            raise RuntimeError(value)
        else:
            return value
    return {"status": "killed", "by": f"no end of {step} within {LONGEST[step]} seconds", "reached": {}}


def _try_and_send(bench: Bench, mutant: Mutant, trial: Trial, sending: Connection) -> None:
    os.setsid()
    resource.setrlimit(resource.RLIMIT_FSIZE, (LARGEST_FILE, LARGEST_FILE))
    try:
        sending.send(("outcome", trial(bench, mutant, lambda step: sending.send(("step", step)))))
    except Exception:
        sending.send(("fault", traceback.format_exc()))
