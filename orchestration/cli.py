"""The command line: options, settings, exit codes. What each command does is in commands.py."""

import argparse
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from orchestration.exits import EXIT_CODES, PUBLISHED, USAGE, Refused, Stopped, end_process, stopped_by_signals

if TYPE_CHECKING:
    from ingestion.settings import Settings

DESCRIPTION = """\
What is inside the stock market, once a day after the close: breadth, leadership,
correlation, volatility, regime. Everything works offline on a made-up market.

first steps:
  market-internals run          fetch, build, test and publish the sample market
  market-internals app          look at it in a browser
  market-internals report       write the report of the last session
  market-internals export --to FOLDER
                                write the marts as Parquet, CSV or Excel
  market-internals run --market folder --folder PATH
                                the same from a directory of your own files
  market-internals run --market live
                                the same from Yahoo, Cboe, FRED, the CFTC, Wikipedia
                                and iShares; run it every evening
"""

#: Commands that may run the job; the others read what is published and need no directory of the folder market.
READS_SOURCES = frozenset({"run", "docs", "ui", "schedule"})


def command() -> NoReturn:
    """The process of the command."""
    end_process(main())


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    options = build_parser().parse_args(arguments)
    try:
        with stopped_by_signals():
            _do(options)
    except Refused as refusal:
        if options.verbose and refusal.__cause__:
            import traceback

            traceback.print_exception(refusal.__cause__)
        print(f"market-internals: {refusal}", file=sys.stderr)
        return refusal.code
    except Stopped as stopped:
        print("market-internals: stopped; what was published before still stands", file=sys.stderr)
        return 128 + stopped.number
    return PUBLISHED


def _do(options: argparse.Namespace) -> None:
    settings = choose_settings(options)

    from orchestration import commands, home

    home.silence_lock_helper()
    does = {
        "run": commands.run,
        "notify": commands.notify,
        "report": commands.report,
        "export": commands.export,
        "docs": commands.docs,
        "backfill": commands.backfill,
        "schedule": commands.schedule,
        "app": commands.serve_app,
        "ui": commands.serve_ui,
        "mine": commands.mine,
        "mcp": commands.serve_tools,
    }
    does[options.command](settings, options)


def build_parser() -> argparse.ArgumentParser:
    """The command line; imports nothing heavy, so that --help is instant."""
    kept = argparse.ArgumentParser(add_help=False)
    kept.add_argument(
        "--data",
        type=Path,
        metavar="PATH",
        help="where everything is stored (default: data/ of a checkout, of an installed wheel the user's data folder)",
    )
    kept.add_argument("--mine", type=Path, metavar="PATH", help="folder of your own things (default: mine/ of it)")
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
    running.add_argument(
        "--clock-is-right",
        action="store_true",
        help="this machine's clock was ahead in an earlier run: date what that run stored to now",
    )
    running.add_argument(
        "--folder-moved", action="store_true", help="the files of the folder market are the same at another place"
    )
    running.add_argument(
        "--engine", choices=("duckdb", "spark"), help="what builds the models (default: duckdb; docs/engines.md)"
    )
    running.add_argument(
        "--master", metavar="ADDRESS", help="of Spark: local[n] is this machine with n cores (default: local[2])"
    )
    running.add_argument(
        "--select",
        choices=("name_grain",),
        help="with --engine spark: build only what has a row a name on Spark, and the rest on DuckDB",
    )
    running.add_argument(
        "--json", action="store_true", help="print the day as one JSON object; the steps go to the standard error"
    )
    filling = commands.add_parser(
        "backfill",
        parents=[kept],
        help="ask Yahoo again for bars of chosen symbols",
        description="Ask Yahoo for bars of chosen symbols of the live market, whatever is stored of them; the next run "
        "builds from them. Exit codes: 0 when all came, 3 when a symbol did not; 2 and 4 as of run.",
    )
    filling.set_defaults(market="live", folder=None)
    filling.add_argument("--symbols", type=_names, required=True, metavar="A,B", help="such as AAPL,BRK-B,^GSPC")
    filling.add_argument("--start", type=_day, metavar="DATE", help="first day, YYYY-MM-DD (default: all there is)")
    filling.add_argument("--end", type=_day, metavar="DATE", help="last day (default: the last finished session)")
    notifying = commands.add_parser(
        "notify",
        parents=[chosen],
        help="report what changed to the services of MARKET_INTERNALS_NOTIFY",
        description="Report what changed with the published session to the services of MARKET_INTERNALS_NOTIFY that "
        "have not been told; every run does so by itself. Exit code 5 when one of them did not take the message.",
    )
    instead = notifying.add_mutually_exclusive_group()
    instead.add_argument("--dry-run", action="store_true", help="print the messages, send nothing and remember nothing")
    instead.add_argument("--test", action="store_true", help="send every service a message without news")
    reporting = commands.add_parser(
        "report",
        parents=[chosen],
        help="write the report of a session as HTML and Markdown",
        description="Write the report of a session, as known then, from what is published.",
    )
    reporting.add_argument("--session", type=_day, metavar="DATE", help="a session of the file (default: the newest)")
    reporting.add_argument(
        "--universe", metavar="NAME", help="a universe of your own (default: the one that the file is about)"
    )
    exporting = commands.add_parser(
        "export",
        parents=[chosen],
        help="write the published marts as Parquet, CSV or Excel",
        description="Write the published marts to a folder, one file each, with a README of their columns and units.",
    )
    exporting.add_argument("--to", type=Path, required=True, metavar="FOLDER", help="where the files are written")
    exporting.add_argument(
        "--marts", type=_names, default=(), metavar="A,B", help="such as breadth_daily (default: all)"
    )
    exporting.add_argument("--format", choices=("parquet", "csv", "xlsx"), default="parquet", help="default: parquet")
    documenting = commands.add_parser(
        "docs",
        parents=[chosen],
        help="write lineage, columns, units and formulas as one HTML file",
        description="Write the documentation of what is built as one HTML file; runs first where nothing is built.",
    )
    documenting.set_defaults(as_of=None, full=False, clock_is_right=False, folder_moved=False, json=False)
    owning = commands.add_parser(
        "mine",
        parents=[kept],
        help="write commented examples of your own events, claims, universes …",
        description="Write a commented example of every file of your own folder that is not there yet, or check them.",
    )
    owning.set_defaults(market=None, folder=None)
    owning.add_argument("what", choices=("init", "check"), help="init: write the examples; check: read every file")
    scheduling = commands.add_parser(
        "schedule",
        parents=[chosen],
        help="print what starts a run by itself, for cron or systemd",
        description="Print what runs a market (live, unless another is chosen) on weekdays at 18:30 and 08:10 New York "
        "time: a line for crontab, or a service and a timer of systemd.",
    )
    scheduling.add_argument(
        "--print", choices=("cron", "systemd"), required=True, dest="form", help="for which of them"
    )
    scheduling.add_argument(
        "--to", type=Path, metavar="FOLDER", help="write the units of systemd there, such as ~/.config/systemd/user"
    )
    commands.add_parser(
        "mcp",
        parents=[chosen],
        help="answer an agent's questions (Model Context Protocol, standard input and output)",
        description="Give an agent read-only tools on the published file: verdict, states, state_history, levels, "
        "dictionary and query. Started by the agent's program, which talks to it over standard input and output.",
    )
    for name, port, words in (("app", 8501, "open the viewer in a browser"), ("ui", 3000, "open Dagster's own pages")):
        serving = commands.add_parser(name, parents=[chosen], help=words, description=f"{words.capitalize()}.")
        serving.add_argument("--port", type=int, default=port, help=f"port on this computer (default: {port})")
    return parser


def choose_settings(options: argparse.Namespace) -> "Settings":
    """Settings from the environment, overridden by the options given; --folder alone means the folder market."""
    from pydantic import ValidationError

    from ingestion.settings import MARKETS, BadEnvironment, Settings, check_environment

    market = options.market or ("folder" if options.folder else None)
    given = {"market": market, "folder": options.folder, "data": options.data, "mine": options.mine}
    given |= {"engine": getattr(options, "engine", None), "spark_master": getattr(options, "master", None)}
    given["spark_select"] = getattr(options, "select", None)
    try:
        check_environment()
        settings = Settings(**{name: value for name, value in given.items() if value is not None})
    except BadEnvironment as error:
        raise Refused(USAGE, str(error)) from error
    except ValidationError as error:
        problem = error.errors()[0]
        name = "_".join(["MARKET_INTERNALS", *(str(part).upper() for part in problem["loc"])])
        raise Refused(USAGE, f"{name}: {problem['msg'].removeprefix('Value error, ')}") from error
    if settings.market not in MARKETS:
        raise Refused(USAGE, f"there is no market {settings.market!r}; there are {', '.join(MARKETS)}")
    if settings.market == "folder" and settings.folder is None and options.command in READS_SOURCES:
        raise Refused(USAGE, "the folder market needs a directory: give --folder PATH")
    if options.folder and settings.market != "folder":
        raise Refused(USAGE, f"--folder belongs to --market folder, not to {settings.market}")
    return settings


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip())


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a date like 2024-12-27") from None


if __name__ == "__main__":
    command()
