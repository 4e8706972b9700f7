"""What each console command does. The command line itself is in cli.py, the job in definitions.py."""

import gc
import os
import sys
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from ingestion.settings import PROJECT_ROOT, Settings
from orchestration import home
from orchestration.exits import BUSY, DISK, INCOMPLETE, RED, SOURCE, USAGE, Refused, exit_code, interruptible, sentence

if TYPE_CHECKING:
    from orchestration.console import ConsoleProgress

#: When Python's garbage collector runs. Dagster and dbt make some 400,000 objects that live to the end of a run: the
#: usual (700, 10, 10) took 5.4 s of CPU to load them instead of 4.6 (2026-11-30) and freed nothing. Without any
#: collection a run takes 150 MB more.
GARBAGE_THRESHOLDS = (50_000, 10, 100_000)

#: Statuses of a backfilled symbol that make the command fail.
NOT_FOUND = frozenset({"unavailable", "refused", "unknown"})


def run(settings: Settings, options: Namespace) -> None:
    """Run the job once; raises Refused with the exit code of the first thing that went wrong.

    What did not come, and a service that could not be notified, are reported after what was published: by then, all the
    rest is in.
    """
    from rich.console import Console

    from orchestration.console import ConsoleProgress, as_json, print_headline

    if settings.engine == "spark":
        _require_spark()
    gc.set_threshold(*GARBAGE_THRESHOLDS)
    console = Console(stderr=options.json)
    if options.as_of:
        _require_past_session(options.as_of)
    progress = ConsoleProgress(console)
    try:
        absent = _check_files(settings)
        home.prepare(settings)
        with progress:
            progress.started("loading Dagster and dbt")
            with _locked(settings):
                missing = interruptible(lambda: _run_job(settings, options, progress))
    except Refused as refusal:
        raise _reported(settings, options, progress, refusal) from refusal.__cause__

    from ingestion.store.audit import headline

    path = settings.as_of_path(str(options.as_of)) if options.as_of else settings.published_path
    if options.json:
        print(as_json(headline(path), path))
    else:
        print_headline(console, headline(path), path)
    for line in absent:
        console.print(f"  {line}", highlight=False, markup=False, soft_wrap=True)
    incomplete = [f"published without what did not come: {'; '.join(missing)}"] if missing else []
    unsent = [f"published, but not reported: {'; '.join(progress.warnings)}"] if progress.warnings else []
    if incomplete or unsent:
        raise Refused(INCOMPLETE, "; ".join(incomplete + unsent))


def notify(settings: Settings, options: Namespace) -> None:
    """Report what changed with the published session to the services that have not been told, or show it."""
    from orchestration.notify import evening

    if not settings.published_path.exists():
        raise Refused(USAGE, f"nothing is published for the market {settings.market!r} yet: run it first")
    if not settings.notify_addresses and not options.dry_run:
        raise Refused(USAGE, "nobody is to be notified: MARKET_INTERNALS_NOTIFY has no address")
    with _locked(settings):
        if options.dry_run:
            print("\n".join(interruptible(lambda: evening.shown(settings))))
            return
        send = evening.test if options.test else evening.published
        if unsent := interruptible(lambda: send(settings)):
            raise Refused(INCOMPLETE, "; ".join(unsent))


def backfill(settings: Settings, options: Namespace) -> None:
    """Store bars of chosen symbols and print what became of each; raises Refused when one did not come."""
    from rich.console import Console

    from ingestion import calendar
    from ingestion.backfill import backfill as fill
    from ingestion.clock import utc_now
    from orchestration.console import ConsoleProgress

    now = utc_now()
    symbols, start = options.symbols, options.start
    last = min(filter(None, (options.end, calendar.last_finished_session(now))))
    if start and start > last:
        raise Refused(USAGE, f"--start {start} is after the last day to ask for, {last}")
    with ConsoleProgress(Console()) as progress, _locked(settings):
        loaded = interruptible(
            lambda: fill(settings, symbols, start, last, now, lambda line: progress.moved("backfill", line))
        )
    for account in loaded.accounts:
        print(f"  {account.symbol:<12} {account.status:<12} {account.rows:>7,} rows  {account.message}".rstrip())
    counts = {name: getattr(loaded, name) for name in ("new", "unchanged", "restated", "rejected")}
    print(", ".join(f"{count:,} {name}" for name, count in counts.items()))
    if failed := [account for account in loaded.accounts if account.status in NOT_FOUND]:
        raise Refused(SOURCE, f"{len(failed)} of {len(loaded.accounts)} did not come: {failed[0].message}")


def mine(settings: Settings, options: Namespace) -> None:
    """Write the examples of the user's own files, or read all of them; raises Refused for one that cannot be read."""
    from ingestion import overlay
    from ingestion.sources.base import SourceRefused

    try:
        if options.what == "init":
            for path in overlay.init(settings):
                print(path)
        found = overlay.read(settings)
    except SourceRefused as error:
        raise Refused(SOURCE, str(error)) from error
    except OSError as error:
        raise Refused(DISK, f"{settings.mine_folder} cannot be written: {error.strerror}") from error
    counts = {name: len(rows) for name, rows in found.rows.items()} | {"universes": len(found.universes)}
    print(f"{settings.mine_folder}: {', '.join(f'{count} {name}' for name, count in counts.items())}")


def report(settings: Settings, options: Namespace) -> None:
    """Write the report of a session of the published file and print where; raises Refused where there is none."""
    from app.report import NoVerdict, write_report

    with _reading_published(settings, "the report"):
        try:
            paths = write_report(settings, options.session, options.universe)
        except NoVerdict as error:
            raise Refused(USAGE, str(error)) from error
    for path in paths:
        print(path)


def export(settings: Settings, options: Namespace) -> None:
    """Write marts of the published file to a folder and print where; raises Refused where that cannot be."""
    from app.export import CannotExport
    from app.export import export as write

    with _reading_published(settings, "the export"):
        try:
            paths = interruptible(lambda: write(settings, options.to, options.marts, options.format))
        except CannotExport as error:
            raise Refused(USAGE, str(error)) from error
    for path in paths:
        print(path)


def docs(settings: Settings, options: Namespace) -> None:
    """Write dbt's documentation of the market's build and print where; builds first where nothing is built."""
    from ingestion.clock import utc_now
    from orchestration import dbt

    if not settings.warehouse_path.exists():
        run(settings, options)
    with _locked(settings):
        interruptible(lambda: dbt.document(dbt.todays_build(settings, utc_now()), settings.docs_path))
    print(settings.docs_path)


def schedule(settings: Settings, options: Namespace) -> None:
    """Print, or write, what starts a run of the market by itself; of the sample market, which has no evenings, live."""
    from orchestration import timers

    market = "live" if settings.market == "sample" else settings.market
    folder = ["--folder", str(settings.folder.expanduser().resolve())] if settings.folder and market == "folder" else []
    program = str(Path(sys.executable).with_name("market-internals"))
    mine = ["--mine", str(settings.mine_folder)] if settings.mine else []
    data = str(settings.data.expanduser().resolve())
    command = [program, "run", "--market", market, *folder, "--data", data, *mine]
    if options.form == "cron":
        if options.to:
            raise Refused(USAGE, "--to belongs to --print systemd: a line for cron is added with crontab -e")
        print(timers.cron(market, command), end="")
        return
    units = timers.systemd(market, command)
    if options.to is None:
        print("\n".join(f"# {name}\n{text}" for name, text in units.items()), end="")
        return
    try:
        for path in timers.write(units, options.to.expanduser()):
            print(path)
    except OSError as error:
        raise Refused(DISK, f"{options.to} cannot be written: {error.strerror}") from error


@contextmanager
def _reading_published(settings: Settings, written: str) -> Iterator[None]:
    """Hold the market's lock while files are `written` from what is published; what is wrong with either is Refused."""
    from app.report import NothingPublished, UnreadableFile

    with _locked(settings):
        try:
            yield
        except NothingPublished as error:
            nothing = f"nothing is published for the market {settings.market!r} yet: run it first"
            raise Refused(USAGE, nothing) from error
        except UnreadableFile as error:
            raise Refused(DISK, str(error)) from error
        except OSError as error:
            raise Refused(DISK, f"{written} cannot be written: {error.strerror}") from error


@contextmanager
def _locked(settings: Settings) -> Iterator[None]:
    """Hold the market's lock; whatever goes wrong inside becomes Refused with its sentence and exit code."""
    from ingestion.clock import utc_now
    from ingestion.store.lock import run_lock

    try:
        with run_lock(settings, utc_now()):
            yield
    except Refused:
        raise
    except Exception as error:
        raise Refused(exit_code(error), sentence(error)) from error


def _reported(settings: Settings, options: Namespace, progress: "ConsoleProgress", refusal: Refused) -> Refused:
    """The refusal, with what went wrong in reporting it; a failure outside every step is reported here."""
    unsent = progress.warnings
    if not progress.errors and refusal.code != BUSY and not options.as_of:
        from ingestion.clock import utc_now
        from orchestration.notify import evening

        unsent = evening.failed(settings, str(refusal), evening.evening_of(utc_now()))
    return Refused(refusal.code, f"{refusal}; not reported: {'; '.join(unsent)}") if unsent else refusal


def _check_files(settings: Settings) -> tuple[str, ...]:
    """What is empty for want of which file of the folder market.

    Raises Refused for a file of it, or one of the user's own, that cannot be read.
    """
    from ingestion import overlay
    from ingestion.sources.base import SourceRefused

    try:
        overlay.read(settings)
    except SourceRefused as error:
        raise Refused(SOURCE, str(error)) from error
    if settings.market != "folder" or settings.folder is None:
        return ()
    from ingestion.sources.folder import FolderSource

    try:
        source = FolderSource(settings.folder.expanduser().resolve())
        source.check()
        return source.absent()
    except SourceRefused as error:
        raise Refused(SOURCE, str(error)) from error


def _run_job(settings: Settings, options: Namespace, progress: "ConsoleProgress") -> list[str]:
    """Execute the job in this process; what did not come, in sentences. Raises the first error of a step."""
    import warnings

    if not options.verbose:
        warnings.simplefilter("ignore")
    import dagster as dg

    from orchestration.assets.raw import unanswered
    from orchestration.definitions import AS_OF, build_defs
    from orchestration.part_runs import DAILY

    request = {
        "whole_history": options.full,
        "clock_is_right": options.clock_is_right,
        "folder_moved": options.folder_moved,
        "as_of": str(options.as_of) if options.as_of else "",
    }
    level = "DEBUG" if options.verbose else "CRITICAL"
    try:
        definitions = build_defs(settings, progress=progress)
        job = definitions.resolve_job_def(AS_OF if options.as_of and settings.warehouse_path.exists() else DAILY)
        with dg.DagsterInstance.get() as instance:
            home.fail_dead_runs(instance)
            result = job.execute_in_process(
                instance=instance,
                tags={home.PROCESS: str(os.getpid())},
                run_config={
                    "resources": {"request": {"config": request}},
                    "loggers": {"console": {"config": {"log_level": level}}},
                },
                raise_on_error=False,
            )
    except Exception as error:
        raise (progress.errors or [error])[0] from None
    if not result.success:
        raise (progress.errors or [RuntimeError("the run failed; --verbose shows its log")])[0]
    return unanswered(result.get_asset_check_evaluations())


def serve_app(settings: Settings, options: Namespace) -> None:
    """Become the viewer of the chosen market; returns never."""

    _export(settings)
    os.chdir(PROJECT_ROOT)  # a folder `app` where the command is given would be imported in place of this one
    _become("app.serve", "--server.port", str(options.port))


def serve_ui(settings: Settings, options: Namespace) -> None:
    """Serve Dagster's web pages and daemon for the chosen market until a signal comes."""
    import dagster as dg

    from orchestration import ui

    _export(settings)
    home.prepare(settings)
    with dg.DagsterInstance.get() as instance:
        home.fail_dead_runs(instance)
    try:
        ui.serve(options.port, lambda line: print(line, flush=True))
    except ui.ProcessEnded as error:
        raise Refused(RED, str(error)) from error


def serve_tools(settings: Settings, options: Namespace) -> None:
    """Give an agent the published file as tools until it closes the standard input."""
    from app.mcp import serve

    serve(settings)


def _become(module: str, *arguments: str) -> None:
    sys.stdout.flush()
    os.execv(sys.executable, [sys.executable, "-m", module, *arguments])


def _export(settings: Settings) -> None:
    """Hand the choice on to a program that reads its settings itself."""
    os.environ["MARKET_INTERNALS_MARKET"] = settings.market
    os.environ["MARKET_INTERNALS_DATA"] = str(settings.data.expanduser().resolve())
    if settings.mine:
        os.environ["MARKET_INTERNALS_MINE"] = str(settings.mine.expanduser().resolve())
    if settings.folder:
        os.environ["MARKET_INTERNALS_FOLDER"] = str(settings.folder.expanduser().resolve())


def _require_spark() -> None:
    from orchestration.spark import NoSpark, require_spark

    try:
        require_spark()
    except NoSpark as error:
        raise Refused(USAGE, str(error)) from error


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
