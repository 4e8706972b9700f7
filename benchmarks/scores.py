"""How well the rules find what is known: what the sample market plants, over twenty seeds, and known months of a file.

Each truth of ingestion/sources/simulation/truths.csv is compared with the state that should see it: in how many seeds
it was found, after how many sessions, and how often the state came on where nothing of its kind is planted. With
--published: the stage of capitulation in known months of a published file, with the coverage of each beside it.
"""

import argparse
import multiprocessing
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pandas as pd

from ingestion import markets
from ingestion.clock import utc_now
from ingestion.loading import load, load_calendar
from ingestion.settings import PROJECT_ROOT, Settings
from ingestion.store.warehouse import Warehouse
from ingestion.tables import TABLES
from orchestration import dbt
from orchestration.resources import EVERYTHING

TRUTHS = PROJECT_ROOT / "ingestion" / "sources" / "simulation" / "truths.csv"

#: Kinds of truth and the state that should see them; a regime is seen by the state of its quadrant.
SEEN_BY = {
    "correlation_shock": "correlation_blowout",
    "correlation_spike": "correlation_blowout",
    "washout": "leg_washout",
    "thrust": "zweig_thrust_nyse",
    "capitulation": "stage_capitulated",
    "narrow_advance": "narrowness_extreme_high",
    "negative_breadth": "declines_streak_10",
    "rate_shock": "shock_discount_rate",
}
QUADRANTS = ("goldilocks", "reflation", "stagflation", "deflation")

#: Sessions after the end of a truth within which its state still answers it: reports come late and legs remember.
AFTERWARDS = 21

#: Months of the real market whose stages are asked for.
MONTHS = ("2011-08", "2015-08", "2018-12", "2020-03", "2022-06", "2022-10")


@dataclass(frozen=True)
class Planted:
    """One truth as positions on the line of sessions: first and last session, and the state that should see it."""

    truth_id: str
    state_id: str
    first: int
    last: int


def main() -> int:
    """Print the tables asked for."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--seeds", type=int, nargs="*", default=range(1, 21), metavar="SEED", help="default: 1 to 20")
    parser.add_argument("--states", type=Path, default=PROJECT_ROOT / "data" / "bench" / "states", metavar="PATH",
                        help="where the states of each seed are kept")  # fmt: skip
    parser.add_argument("--kept", action="store_true", help="score the states that are kept, build nothing")
    parser.add_argument("--published", type=Path, metavar="FILE", help="a published file: its stages in known months")
    options = parser.parse_args()
    if options.published:
        print(stages(options.published))
        return 0
    if not options.kept:
        build_all(list(options.seeds), options.states)
    kept = {int(path.stem): pd.read_parquet(path) for path in sorted(options.states.glob("*.parquet"))}
    if not kept:
        print(f"no states are kept in {options.states}", file=sys.stderr)
        return 1
    truths, rules = score(kept)
    print(f"{len(kept)} seeds of the sample market, rules {dbt.rule_version()}\n")
    print(truths.to_markdown(index=False, disable_numparse=True))
    print()
    print(rules.to_markdown(index=False, disable_numparse=True))
    return 0


def build_all(seeds: list[int], folder: Path) -> None:
    """Build the sample market of each seed, one after another in a process of its own, and keep its states."""
    folder.mkdir(parents=True, exist_ok=True)
    with multiprocessing.get_context("spawn").Pool(1, maxtasksperchild=1) as alone:
        for seed in seeds:
            alone.apply(states_of, (seed,)).to_parquet(folder / f"{seed}.parquet")
            print(f"built seed {seed}", file=sys.stderr)


def states_of(seed: int) -> pd.DataFrame:
    """session_date, state_id and is_on of every state of the sample market of one seed."""
    with tempfile.TemporaryDirectory() as data:
        settings = Settings(data=Path(data), market="sample", folder=None, sample_seed=seed)
        warehouse, now, sources = Warehouse(settings), utc_now(), markets.sources(settings)
        warehouse.create()
        load_calendar(warehouse, now)
        for table in TABLES:
            load(sources[table], table, EVERYTHING, warehouse, now)
        build = dbt.Build(settings, settings.warehouse_path, now)
        needed = [*dbt.EVERY_BUILD, "--exclude-resource-type", "test", "--select", "+states_daily"]
        dbt.require_green(dbt.run("build", build, needed))
        with duckdb.connect(str(settings.warehouse_path), read_only=True) as connection:
            return connection.execute("select session_date, state_id, is_on from marts.states_daily order by all").df()


def score(kept: dict[int, pd.DataFrame]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """One row a truth and one row a state, over all seeds; `kept` maps seeds to what states_of gives."""
    found, alarms = [], []
    for seed, states in kept.items():
        by_state = states.pivot(index="session_date", columns="state_id", values="is_on").sort_index()
        planted = plants(by_state.index)
        found += [{"seed": seed, "truth": truth.truth_id, "state": truth.state_id, **seen(truth, by_state)}
                  for truth in planted]  # fmt: skip
        alarms += [{"seed": seed, "state": state_id, **elsewhere(state_id, planted, by_state)}
                   for state_id in dict.fromkeys(truth.state_id for truth in planted)]  # fmt: skip
    return _truth_rows(pd.DataFrame(found)), _state_rows(pd.DataFrame(alarms))


def plants(sessions: pd.Index) -> list[Planted]:
    """The truths that a state should see, placed on these sessions."""
    found = []
    for truth in pd.read_csv(TRUTHS, parse_dates=["start_date", "end_date"]).itertuples():
        quadrant = next((name for name in QUADRANTS if name in truth.truth_id), None)
        state = f"quadrant_{quadrant}" if truth.kind == "regime" else SEEN_BY.get(truth.kind)
        if state:
            first = int(sessions.searchsorted(truth.start_date))
            last = int(sessions.searchsorted(truth.end_date, side="right")) - 1
            found.append(Planted(truth.truth_id, state, first, last))
    return found


def seen(truth: Planted, by_state: pd.DataFrame) -> dict[str, object]:
    """Whether the state could be judged, and after how many sessions it was first on; a regime must be seen inside."""
    last = truth.last if truth.state_id.startswith("quadrant_") else truth.last + AFTERWARDS
    reading = by_state[truth.state_id].iloc[truth.first : last + 1]
    on = reading.fillna(False).astype(bool).to_numpy()
    # a regime that begins before its inputs have their first window cannot be found late or early
    judged = bool(reading.iloc[: AFTERWARDS + 1].notna().all())
    return {
        "judged": judged,
        "delay": int(on.argmax()) if judged and on.any() else None,
        "share_on": float(on[: truth.last - truth.first + 1].mean()) if judged else None,
    }


def elsewhere(state_id: str, planted: list[Planted], by_state: pd.DataFrame) -> dict[str, object]:
    """Spells of the state of which no session lies in a planted window of its own (or the month after it)."""
    reading = by_state[state_id]
    on = reading.fillna(False).astype(bool).reset_index(drop=True)
    inside = pd.Series(False, index=on.index)
    for truth in planted:
        if truth.state_id == state_id:
            inside.iloc[truth.first : truth.last + AFTERWARDS + 1] = True
    spell = (on & ~on.shift(fill_value=False)).cumsum()[on]
    known = reading.notna().to_numpy()
    return {
        "alarms": int((~inside[on].groupby(spell).any()).sum()),
        "years": float((known & ~inside).sum() / 252),
        "share_on": float(on[known].mean()),
    }


def _truth_rows(found: pd.DataFrame) -> pd.DataFrame:
    rows = []
    for (truth, state), group in found.groupby(["truth", "state"], sort=False):
        judged = group[group["judged"]]
        delays = judged["delay"].dropna()
        rows.append(
            {
                "truth": truth,
                "state": state,
                "found": f"{len(delays)} of {len(judged)}" if len(judged) else "not judged",
                "delay, median": f"{delays.median():.0f}" if len(delays) else "",
                "delay, range": f"{delays.min():.0f} to {delays.max():.0f}" if len(delays) else "",
                "share of its sessions on": f"{judged['share_on'].mean():.0%}" if len(judged) else "",
            }
        )
    return pd.DataFrame(rows)


def _state_rows(alarms: pd.DataFrame) -> pd.DataFrame:
    rows = []
    for state, group in alarms.groupby("state", sort=False):
        rows.append(
            {
                "state": state,
                "alarms elsewhere, a year": f"{group['alarms'].sum() / group['years'].sum():.2f}",
                "in one seed": f"{group['alarms'].min()} to {group['alarms'].max()}",
                "years without a plant": f"{group['years'].mean():.1f}",
                "share of days on": f"{group['share_on'].mean():.1%}",
            }
        )
    return pd.DataFrame(rows)


def stages(published: Path) -> str:
    """The stages of a published file in the months that are known for selling, as a Markdown table."""
    with duckdb.connect(str(published), read_only=True) as connection:
        rows = connection.execute(_STAGES, [list(MONTHS)]).df()
    return rows.to_markdown(index=False, disable_numparse=True)


_STAGES = """
with months as (
    select unnest(?) as month
),

days as (
    select
        strftime(capitulation.session_date, '%Y-%m') as month,
        capitulation.*,
        breadth.coverage,
        case coalesce(stage, 'not judged')
            when 'none' then 1 when 'stress' then 2 when 'washout' then 3 when 'capitulated' then 4
            when 'confirmed' then 5 else 0
        end as severity
    from marts.capitulation_daily as capitulation
    left join marts.breadth_daily as breadth
        on capitulation.session_date = breadth.session_date
        and breadth.universe_id = 'SP500' and breadth.segment_id = 'ALL'
)

select
    months.month,
    coalesce(arg_max(stage, (severity, -epoch(session_date))), 'not judged') as "highest stage",
    arg_max(session_date, (severity, -epoch(session_date)))::date::varchar as "first on",
    count(*) filter (where stage is not null) || ' of ' || count(session_date) as "sessions judged",
    arg_max(legs_met, (severity, -epoch(session_date))) as "legs met that day",
    arg_max(legs_missing, (severity, -epoch(session_date))) as "missing",
    arg_max(legs_unknown, (severity, -epoch(session_date))) as "not known",
    printf('%.0f %%', 100 * min(coverage)) || ' to ' || printf('%.0f %%', 100 * max(coverage)) as "coverage"
from months
left join days on months.month = days.month
group by months.month
order by months.month
"""

if __name__ == "__main__":
    sys.exit(main())
