"""The console command. It turns the same Dagster job as the UI and the schedule; what the job does stands elsewhere."""

import argparse
import atexit
import gc
import os
import signal
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from orchestration import home
from orchestration.exits import (
    DISK,
    EXIT_CODES,
    INCOMPLETE,
    PUBLISHED,
    RED,
    SOURCE,
    USAGE,
    Refused,
    exit_code,
    sentence,
)  # fmt: skip

if TYPE_CHECKING:
    from ingestion.settings import Settings
    from orchestration.console import ConsoleProgress

DESCRIPTION = """\
What is inside the stock market, once a day after the close: breadth, leadership,
correlation, volatility, regime. Everything works offline on a made-up market.

first steps:
  market-internals run          fetch, build, test and publish the sample market
  market-internals app          look at it in a browser
  market-internals report       write the report of the last session
  market-internals run --market folder --folder PATH
                                the same from a directory of your own files
  market-internals run --market live
                                the same from Yahoo, Cboe, FRED, the CFTC, Wikipedia
                                and iShares; run it every evening
"""

#: When Python looks for garbage in a run. Dagster and dbt make a million objects that live to its end: at the usual
#: 700 new objects, and all looked through at every hundredth time, that took 1.2 of 31 s and freed nothing that shows.
GARBAGE_THRESHOLDS = (50_000, 10, 100_000)

#: What became of a symbol that a backfill asked for and that its exit code tells of.
NOT_FOUND = frozenset({"unavailable", "refused", "unknown"})


def command() -> NoReturn:
    """The process of the command: it ends when the work is done.

    What Dagster and dbt leave behind are a million objects, and Python took 1.4 of 29 s to take them apart one by one.
    """
    code = main()
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    options = build_parser().parse_args(arguments)
    try:
        settings = choose_settings(options)
        if options.command == "run":
            return run(settings, options.as_of, options.full, options.verbose)
        if options.command == "report":
            return report(settings, options.session)
        if options.command == "docs":
            return docs(settings, options.verbose)
        if options.command == "backfill":
            return backfill(settings, options.symbols, options.start, options.end)
        serve = {"app": serve_app, "ui": serve_ui}[options.command]
        serve(settings, options.port)
    except Refused as refusal:
        if options.verbose and refusal.__cause__:
            import traceback

            traceback.print_exception(refusal.__cause__)
        print(f"market-internals: {refusal}", file=sys.stderr)
        return refusal.code
    except KeyboardInterrupt as stopped:
        print("market-internals: stopped; what was published before still stands", file=sys.stderr)
        return 128 + (stopped.args[0] if stopped.args else signal.SIGINT)
    return PUBLISHED


def build_parser() -> argparse.ArgumentParser:
    """The command line; imports nothing heavy, so that --help is instant."""
    kept = argparse.ArgumentParser(add_help=False)
    kept.add_argument("--data", type=Path, metavar="PATH", help="where everything is kept (default: data/)")
    kept.add_argument("--verbose", action="store_true", help="show what went wrong in full")
    chosen = argparse.ArgumentParser(add_help=False, parents=[kept])
    chosen.add_argument(
        "--market", choices=("sample", "folder", "live"), help="world of data (default: sample, made up)"
    )
    chosen.add_argument("--folder", type=Path, metavar="PATH", help="directory of your own files")

    parser = argparse.ArgumentParser(
        prog="market-internals",
        description=DESCRIPTION,
        epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    running = commands.add_parser(
        "run",
        parents=[chosen],
        help="fetch, build, test and publish",
        description="Fetch, build, test and publish. A red test leaves the published file as it was.",
        epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    running.add_argument(
        "--as-of",
        type=_day,
        metavar="DATE",
        help="build what was known at this past session (YYYY-MM-DD) into a file of its own",
    )
    running.add_argument("--full", action="store_true", help="ask for the whole history and rebuild every table")
    filling = commands.add_parser(
        "backfill",
        parents=[kept],
        help="ask Yahoo again for bars of chosen symbols",
        description="Ask Yahoo for bars of chosen symbols of the live market, whatever is stored of them; the next run "
        "builds from them. Exit codes: 0 when all came, 3 when a symbol did not; 2 and 4 as of run.",
    )
    filling.set_defaults(market="live", folder=None)
    filling.add_argument("--symbols", type=_symbols, required=True, metavar="A,B", help="such as AAPL,BRK-B,^GSPC")
    filling.add_argument("--start", type=_day, metavar="DATE", help="first day, YYYY-MM-DD (default: all there is)")
    filling.add_argument("--end", type=_day, metavar="DATE", help="last day (default: the last finished session)")
    reporting = commands.add_parser(
        "report",
        parents=[chosen],
        help="write the report of a session as HTML and Markdown",
        description="Write the report of a session, as known then, from what is published.",
    )
    reporting.add_argument("--session", type=_day, metavar="DATE", help="a session of the file (default: the newest)")
    commands.add_parser(
        "docs",
        parents=[chosen],
        help="write lineage, columns, units and formulas as one HTML file",
        description="Write the documentation of what is built as one HTML file; runs first where nothing is built.",
    )
    for name, port, words in (("app", 8501, "open the viewer in a browser"), ("ui", 3000, "open Dagster's own pages")):
        serving = commands.add_parser(name, parents=[chosen], help=words, description=f"{words.capitalize()}.")
        serving.add_argument("--port", type=int, default=port, help=f"port on this computer (default: {port})")
    return parser


def choose_settings(options: argparse.Namespace) -> "Settings":
    """Settings from the environment, overridden by the options given; --folder alone means the folder market."""
    from pydantic import ValidationError

    from ingestion.settings import MARKETS, Settings

    market = options.market or ("folder" if options.folder else None)
    given = {"market": market, "folder": options.folder, "data": options.data}
    try:
        settings = Settings(**{name: value for name, value in given.items() if value is not None})
    except ValidationError as error:
        problem = error.errors()[0]
        name = "_".join(["MARKET_INTERNALS", *(str(part).upper() for part in problem["loc"])])
        raise Refused(USAGE, f"{name}: {problem['msg']}") from error
    if settings.market not in MARKETS:
        raise Refused(USAGE, f"there is no market {settings.market!r}; there are {', '.join(MARKETS)}")
    if settings.market == "folder" and settings.folder is None:
        raise Refused(USAGE, "the folder market needs a directory: give --folder PATH")
    if options.folder and settings.market != "folder":
        raise Refused(USAGE, f"--folder belongs to --market folder, not to {settings.market}")
    return settings


def run(settings: "Settings", as_of: date | None, full: bool, verbose: bool) -> int:
    """Turn the job once; raises Refused with the exit code of the first thing that went wrong.

    What did not come is told after what was published: by then, all the rest is in.
    """
    from rich.console import Console

    from orchestration.console import ConsoleProgress, print_headline

    gc.set_threshold(*GARBAGE_THRESHOLDS)
    console = Console()
    if as_of:
        _require_past_session(as_of)
    home.prepare(settings)
    with ConsoleProgress(console) as progress:
        progress.started("loading Dagster and dbt")
        try:
            missing = _turn(settings, as_of, full, verbose, progress)
        except Exception as error:
            raise Refused(exit_code(error), sentence(error)) from error

    from ingestion.store.audit import headline

    path = settings.as_of_path(str(as_of)) if as_of else settings.published_path
    print_headline(console, headline(path), path)
    if missing:
        raise Refused(INCOMPLETE, f"published without what did not come: {'; '.join(missing)}")
    return PUBLISHED


def backfill(settings: "Settings", symbols: tuple[str, ...], start: date | None, end: date | None) -> int:
    """Store bars of chosen symbols and print what became of each; raises Refused when one did not come."""
    from rich.console import Console

    from ingestion import calendar
    from ingestion.backfill import backfill as fill
    from ingestion.clock import utc_now
    from orchestration.console import ConsoleProgress

    now = utc_now()
    last = min(filter(None, (end, calendar.last_finished_session(now))))
    if start and start > last:
        raise Refused(USAGE, f"--start {start} is after the last day to ask for, {last}")
    with ConsoleProgress(Console()) as progress:
        try:
            loaded = fill(settings, symbols, start, last, now, lambda line: progress.moved("backfill", line))
        except Exception as error:
            raise Refused(exit_code(error), sentence(error)) from error
    for account in loaded.accounts:
        print(f"  {account.symbol:<12} {account.status:<12} {account.rows:>7,} rows  {account.message}".rstrip())
    counts = {name: getattr(loaded, name) for name in ("new", "unchanged", "restated", "rejected")}
    print(", ".join(f"{count:,} {name}" for name, count in counts.items()))
    if failed := [account for account in loaded.accounts if account.status in NOT_FOUND]:
        raise Refused(SOURCE, f"{len(failed)} of {len(loaded.accounts)} did not come: {failed[0].message}")
    return PUBLISHED


def report(settings: "Settings", session: date | None) -> int:
    """Write the report of a session of the published file and print where; raises Refused where there is none."""
    from app.report import NothingPublished, NoVerdict, UnreadableFile, write_report

    try:
        paths = write_report(settings, session)
    except NothingPublished as error:
        raise Refused(USAGE, f"nothing is published for the market {settings.market!r} yet: run it first") from error
    except NoVerdict as error:
        raise Refused(USAGE, str(error)) from error
    except UnreadableFile as error:
        raise Refused(DISK, str(error)) from error
    except OSError as error:
        raise Refused(DISK, f"the report cannot be written: {error.strerror}") from error
    for path in paths:
        print(path)
    return PUBLISHED


def docs(settings: "Settings", verbose: bool) -> int:
    """Write dbt's documentation of the market's build and print where; builds first where nothing is built."""
    from ingestion.clock import utc_now
    from orchestration import dbt

    if not settings.warehouse_path.exists():
        run(settings, None, False, verbose)
    try:
        dbt.document(dbt.todays_build(settings, utc_now()), settings.docs_path)
    except Exception as error:
        raise Refused(exit_code(error), sentence(error)) from error
    print(settings.docs_path)
    return PUBLISHED


def _turn(
    settings: "Settings", as_of: date | None, full: bool, verbose: bool, progress: "ConsoleProgress"
) -> list[str]:
    """Execute the job in this process; what did not come, in sentences. Raises the first error of a step."""
    import warnings

    if not verbose:
        warnings.simplefilter("ignore")
    import dagster as dg

    from orchestration.assets.raw import ANSWERED
    from orchestration.definitions import AS_OF, DAILY, build_defs
    from orchestration.event_log import kept_open

    asked = {"whole_history": full, "as_of": str(as_of) if as_of else ""}
    level = "DEBUG" if verbose else "CRITICAL"
    try:
        definitions = build_defs(settings, progress=progress)
        job = definitions.resolve_job_def(AS_OF if as_of and settings.warehouse_path.exists() else DAILY)
        with kept_open(), dg.DagsterInstance.get() as instance:
            home.fail_dead_runs(instance)
            result = job.execute_in_process(
                instance=instance,
                tags={home.PROCESS: str(os.getpid())},
                run_config={
                    "resources": {"request": {"config": asked}},
                    "loggers": {"console": {"config": {"log_level": level}}},
                },
                raise_on_error=False,
            )
    except Exception as error:
        raise (progress.errors or [error])[0] from None
    if not result.success:
        raise (progress.errors or [RuntimeError("the run failed; --verbose shows its log")])[0]
    checks = result.get_asset_check_evaluations()
    silent = (check for check in checks if check.check_name == ANSWERED and not check.passed)
    return list(dict.fromkeys(check.description or "" for check in silent))


def serve_app(settings: "Settings", port: int) -> None:
    """Become the viewer of the chosen market; returns never."""
    from ingestion.settings import PROJECT_ROOT

    _export(settings)
    os.chdir(PROJECT_ROOT)  # Streamlit looks for .streamlit/config.toml in the folder it is started in
    _become("app.serve", "--server.port", str(port))


def serve_ui(settings: "Settings", port: int) -> None:
    """Serve Dagster's web pages and daemon for the chosen market until a signal comes."""
    import dagster as dg

    from orchestration import ui

    _export(settings)
    home.prepare(settings)
    with dg.DagsterInstance.get() as instance:
        home.fail_dead_runs(instance)
    try:
        ui.serve(port, lambda line: print(line, flush=True))
    except ui.ProcessEnded as error:
        raise Refused(RED, str(error)) from error


def _become(module: str, *arguments: str) -> None:
    sys.stdout.flush()
    os.execv(sys.executable, [sys.executable, "-m", module, *arguments])


def _export(settings: "Settings") -> None:
    """Hand the choice on to a program that reads its settings itself."""
    os.environ["MARKET_INTERNALS_MARKET"] = settings.market
    os.environ["MARKET_INTERNALS_DATA"] = str(settings.data.expanduser().resolve())
    if settings.folder:
        os.environ["MARKET_INTERNALS_FOLDER"] = str(settings.folder.expanduser().resolve())


def _require_past_session(day: date) -> None:
    from ingestion import calendar
    from ingestion.clock import utc_now

    last = calendar.last_finished_session(utc_now())
    if day > last:
        raise Refused(USAGE, f"--as-of {day} is not over yet; the last finished session is {last}")
    if day < calendar.FIRST_DAY:
        raise Refused(USAGE, f"--as-of {day} is before the first session known here, {calendar.FIRST_DAY}")
    before = calendar.session_on_or_before(day)
    if before != day:
        raise Refused(USAGE, f"--as-of {day} is no session of the New York Stock Exchange; the one before is {before}")


def _symbols(text: str) -> tuple[str, ...]:
    return tuple(symbol.strip() for symbol in text.split(",") if symbol.strip())


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a date like 2024-12-27") from None


if __name__ == "__main__":
    command()
