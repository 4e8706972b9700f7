"""What starts a run when nobody is there: a line for cron, or a service and a timer for systemd. Texts only.

Both name New York time whatever the zone of the machine, so that a change of clocks in one of the two moves nothing.
"""

import shlex
from collections.abc import Sequence
from pathlib import Path

#: The weekdays and times of the schedule (schedules.py), New York: provisional in the evening, final in the morning. On
#: a holiday the run finds nothing new and ends.
TIMES = ("18:30", "08:10")

#: cron of Debian and Ubuntu knows no CRON_TZ, so that the line looks at the clock of New York itself, every five
#: minutes because zones differ by quarters of an hour.
CRON = """\
# market-internals, market {market}: add this line with crontab -e. cron mails what a run that did not end well prints.
*/5 * * * *  case "$(TZ=America/New_York date +\\%u\\%H\\%M)" in {days}) {command} > /dev/null;; esac
"""

SERVICE = """\
# Written by `market-internals schedule --print systemd`.
[Unit]
Description=market-internals, one run of the market {market}

[Service]
Type=oneshot
ExecStart={command}
TimeoutStartSec=2h
Nice=10
"""

TIMER = """\
# Written by `market-internals schedule --print systemd`.
[Unit]
Description=market-internals after the close of New York and before its open

[Timer]
{times}
# a run that the machine slept through is started when it wakes up
Persistent=true

[Install]
WantedBy=timers.target
"""


def cron(market: str, command: Sequence[str], times: Sequence[str] = TIMES) -> str:
    """A comment and a line for crontab that runs `command` on weekdays at `times` (HH:MM of New York)."""
    days = "|".join(f"[1-5]{time.replace(':', '')}" for time in times)
    return CRON.format(market=market, days=days, command=shlex.join(command).replace("%", "\\%"))


def systemd(market: str, command: Sequence[str], times: Sequence[str] = TIMES) -> dict[str, str]:
    """File name -> text of a service that runs `command` and of the timer that starts it."""
    name = f"market-internals-{market}"
    ticks = "\n".join(f"OnCalendar=Mon..Fri {time} America/New_York" for time in times)
    return {
        f"{name}.service": SERVICE.format(market=market, command=" ".join(map(_quoted, command))),
        f"{name}.timer": TIMER.format(times=ticks),
    }


def write(units: dict[str, str], folder: Path) -> list[Path]:
    """Write units to a folder and return their paths; raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in units.items():
        (folder / name).write_text(text, encoding="utf-8")
    return [folder / name for name in units]


def _quoted(word: str) -> str:
    """A word of ExecStart, in which systemd sees no specifier, variable, escape or blank."""
    for character, written in (("\\", "\\\\"), ('"', '\\"'), ("%", "%%"), ("$", "$$")):
        word = word.replace(character, written)
    return f'"{word}"'
