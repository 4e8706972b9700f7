"""What each service was last told of a market, in one small file of the market's folder.

The file is replaced after a service has taken a message. A process killed between the two sends that message once more
in its next run; none is lost.
"""

import json
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any

from ingestion.settings import Settings
from ingestion.store.disk import CannotWrite, partial_path, reason_of, replace_file
from ingestion.store.states import Readings


@dataclass(frozen=True)
class Told:
    """What one service knows of a market: the stage and the states of `session`, None before the first published run.

    `sent` is the session of the newest message, `failed` the session of the newest message that a run failed; `thrusts`
    are those of `session`.
    """

    session: date | None = None
    sent: date | None = None
    stage: str | None = None
    states: dict[str, bool] = field(default_factory=dict)
    thrusts: tuple[tuple[str, date], ...] = ()
    failed: date | None = None

    def knowing(self, now: Readings, chosen: tuple[str, ...], thrusts: tuple[str, ...]) -> "Told":
        """The same service once it knows `now`: an unknown stage or state leaves what it knew before."""
        known = {name: now.states[name].is_on for name in chosen if name in now.states}
        states = {name: self.states.get(name) if is_on is None else is_on for name, is_on in known.items()}
        return replace(
            self,
            session=now.session,
            stage=now.stage or self.stage,
            states={name: is_on for name, is_on in states.items() if is_on is not None},
            thrusts=tuple((name, day) for name, day in now.onsets if name in thrusts and day >= now.session),
        )


def key_of(address: str) -> str:
    """Eight digits that tell addresses apart and give nothing away of a password in them."""
    return sha256(address.encode()).hexdigest()[:8]


def read(settings: Settings) -> dict[str, Told]:
    """What each service was last told, by key_of its address; empty where nothing is written or readable."""
    try:
        written = json.loads(_path(settings).read_text(encoding="utf-8"))
        return {key: _told(row) for key, row in written.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def write(settings: Settings, told: dict[str, Told]) -> None:
    """Replace what is written, whole or not at all. Raises CannotWrite."""
    path = _path(settings)
    fresh = partial_path(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh.write_text(json.dumps({key: asdict(row) for key, row in told.items()}, default=str, indent=1))
        replace_file(fresh, path)
    except OSError as error:
        raise CannotWrite(f"cannot write {path}: {reason_of(error)}") from error
    finally:
        fresh.unlink(missing_ok=True)


def _path(settings: Settings) -> Path:
    return settings.market_folder / "notified.json"


def _told(row: dict[str, Any]) -> Told:
    days = {name: row[name] and date.fromisoformat(row[name]) for name in ("session", "sent", "failed")}
    thrusts = tuple((name, date.fromisoformat(day)) for name, day in row["thrusts"])
    return Told(**days, stage=row["stage"], states=dict(row["states"]), thrusts=thrusts)
