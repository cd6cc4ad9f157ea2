"""A replay on disk: what is done is kept by bucket, so that it goes on where it stopped, on as many processes as asked.

Three rounds, each shared out by joblib: the tables of every bucket as known then; the forecasts of every bucket, once
for all candidates that forecast alike; then the candidates, each through all buckets, as its state demands.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from itertools import pairwise
from pathlib import Path
from typing import Any

import pandas as pd
from joblib import Parallel, delayed

from sopbench import demand, gather, supply
from sopbench.contract import PlanningError, Problem, checked, table
from sopbench.cycle import Cycle, file_hash
from sopbench.fingerprint import LIBRARIES, PACKAGE, own_modules
from sopbench.params import Params
from sopbench.replay.candidates import BOUNDS, DEFAULT_CANDIDATES, Candidate
from sopbench.replay.history import Tables, foreseen, net_prices, opening_state, true_orders
from sopbench.replay.money import Yardstick, forecast_error, month_row, yardstick
from sopbench.replay.score import replay_scores
from sopbench.replay.step import plan_bucket
from sopbench.replay.world import State, imbalance, live

FORECAST_CODE = ("gather", "demand", "contract", "params.py", "params_demand.py")
LIVED_CODE = ("replay", "supply", "presop/scenarios.py", "presop/changes.py")
"""What forecasts and what lives depend on; where it changes, they are made anew."""

PLANNED_FROM = tuple(name for name in supply.INPUTS if name not in ("demand_plan", "lead_time_demand"))
"""The tables of a bucket that a plan is made from beside the forecast."""


@dataclass(frozen=True)
class Past:
    """The past a replay goes through, the same for every candidate; the buckets are those planned, and one more."""

    params: Params
    folder: Path
    starts: pd.DatetimeIndex
    warm_up: int
    horizon: int
    choose_every: int
    orders: pd.DataFrame
    net_price: pd.Series
    by: Yardstick


def replay(
    cycle: Cycle,
    candidates: Sequence[Candidate] = DEFAULT_CANDIDATES,
    months: int = 24,
    warm_up: int = 3,
    horizon: int = 9,
    choose_every: int = 3,
    jobs: int = -1,
    report: Callable[[str], None] = lambda said: None,
) -> Tables:
    """Roll the cycle through the `months` buckets before `cycle`, once for each candidate and each bound.

    Args:
        candidates: the first is what the others are compared with.
        warm_up: buckets lived through before those that count.
        horizon: buckets every plan looks ahead.
        choose_every: buckets after which forecasting methods are tried and chosen anew; in between the last trial
            stands, which knows no more than was known when it was made.
        jobs: processes; -1 = as many as there are cores, or as the active joblib.parallel_config has.

    Gives replay_months and replay_scores. Raises PlanningError where history does not reach back so far, and as the
    steps do. What was replayed before with the same data, settings and code is not replayed again.
    """
    asked = [*candidates, *(each for each in BOUNDS if each.name not in {one.name for one in candidates})]
    past, raw = _past(cycle, months, warm_up, horizon, choose_every)
    work = Parallel(n_jobs=jobs, batch_size=1, max_nbytes=None)
    starts = list(past.starts[:-1])
    report(f"{len(starts)} buckets from {starts[0]:%Y-%m} on, {len(asked)} ways of planning")
    work(delayed(_know)(past, raw if raw is not None else cycle, start) for start in starts)
    report("what was known then: done")
    chunks = [starts[first : first + choose_every] for first in range(0, len(starts), choose_every)]
    alike = {_forecast_key(past, each): each for each in asked if not each.foresight}
    work(delayed(_forecast)(past, name, each, chunk) for chunk in chunks for name, each in alike.items())
    report(f"{len(alike)} kinds of forecast: done")
    lived = work(delayed(_live_through)(past, each) for each in sorted(asked, key=lambda one: bool(one.supply)))
    report("the candidates: done")
    found = checked(pd.concat(lived), table("replay_months"))
    return {"replay_months": found, "replay_scores": replay_scores(found, asked, asked[0].name)}


def _past(cycle: Cycle, months: int, warm_up: int, horizon: int, choose_every: int) -> tuple[Past, Tables | None]:
    """The past before a cycle, and the company's raw tables, which hold all of it; None of a database, read anew."""
    params = cycle.params
    raw = _read(cycle, cycle.start)
    tables, _ = gather.assemble(raw, cycle.start, params.horizon, params.gather, params.frequency)
    before = tables["calendar"].loc[tables["calendar"]["bucket"] < cycle.start, "bucket"].sort_values()
    wanted = months + warm_up
    if len(before) <= wanted:
        mend = f"replay at most {max(len(before) - warm_up - 1, 0)}, with --months"
        message = f"history before {cycle.start:%Y-%m-%d} has {len(before)} buckets: too few to plan from"
        raise PlanningError(Problem("replay", "months", str(months), message, mend))
    starts = pd.DatetimeIndex([*before.iloc[-wanted:], cycle.start])
    told = {
        "code": _code(FORECAST_CODE) | own_modules(params.demand.modules),
        "libraries": {name: version(name) for name in LIBRARIES},
        "gather": [params.gather.model_dump(mode="json"), params.frequency],
        "data": {name: int(pd.util.hash_pandas_object(frame.astype(str)).sum()) for name, frame in sorted(raw.items())},
        "asked": [str(starts[0]), str(starts[-1]), horizon],
    }
    folder = cycle.folder.parent / "replay" / _hash(told)
    orders = true_orders(tables["sales"])
    by = yardstick(params.supply, tables, foreseen(orders, _ahead(tables, cycle.start)))
    past = Past(params, folder, starts, warm_up, horizon, choose_every, orders, net_prices(tables["sales"]), by)
    return past, raw if cycle.mapping is None else None


def _code(rooms: Sequence[str]) -> dict[str, str | None]:
    paths = [PACKAGE / room for room in rooms]
    files = [file for path in paths for file in (sorted(path.rglob("*.py")) if path.is_dir() else [path])]
    return {str(file.relative_to(PACKAGE)): file_hash(file) for file in files}


def _hash(told: Any) -> str:
    return hashlib.sha256(json.dumps(told, sort_keys=True, default=str).encode()).hexdigest()[:16]


def _read(cycle: Cycle, start: pd.Timestamp) -> Tables:
    params = cycle.params
    asked = params.gather
    return gather.read(cycle.source, cycle.mapping, start, asked.csv, cycle.handed_in, params.company, asked.time_limit)


def _know(past: Past, raw: Tables | Cycle, start: pd.Timestamp) -> None:
    """Keep the tables as known at `start`; a mapping is asked anew, as it binds the day."""
    folder = past.folder / "known" / f"{start:%Y-%m-%d}"
    if folder.exists():
        return
    rows = raw if isinstance(raw, dict) else _read(raw, start)
    tables, _ = gather.assemble(rows, start, past.horizon, past.params.gather, past.params.frequency)
    _keep(folder, tables)


def _forecast_key(past: Past, candidate: Candidate) -> str:
    """The same for candidates that forecast alike."""
    return _hash([candidate.demand_settings(past.params).model_dump(), candidate.overrides, past.choose_every])


def _forecast(past: Past, key: str, candidate: Candidate, starts: list[pd.Timestamp]) -> None:
    """Keep demand_plan and lead_time_demand of some buckets in a row; methods are tried in the first of them."""
    settings, backtest = candidate.demand_settings(past.params), None
    for start in starts:
        folder = past.folder / "forecasts" / key / f"{start:%Y-%m-%d}"
        if folder.exists():
            backtest = pd.read_parquet(folder / "backtest.parquet")
            continue
        known = _kept(past.folder / "known" / f"{start:%Y-%m-%d}", demand.INPUTS)
        if candidate.overrides == "left_out":
            known["overrides"] = known["overrides"].iloc[:0]
        made = demand.plan(settings, start, past.horizon, backtest=backtest, **known)
        backtest = made["backtest"]
        _keep(folder, {name: made[name] for name in ("demand_plan", "lead_time_demand", "backtest")})


def _live_through(past: Past, candidate: Candidate) -> pd.DataFrame:
    """A candidate through all buckets (table replay_months), from where it was kept last."""
    said = [candidate.supply_settings(past.params).model_dump(), candidate.model_dump(), _forecast_key(past, candidate)]
    said += [past.params.supply.model_dump(), past.warm_up, _code(LIVED_CODE)]
    kept = past.folder / "lived" / f"{candidate.name}-{_hash(said)}"
    state, last, rows = None, None, []
    for number, (start, after) in enumerate(pairwise(past.starts)):
        folder = kept / f"{start:%Y-%m-%d}"
        if not folder.exists():
            before = state if number else _opening(past)
            row, state, last = _live_bucket(past, candidate, before, last, start, after)
            row = {"candidate": candidate.name, "bucket": start, "scored": number >= past.warm_up, **row}
            month = pd.DataFrame([row])
            _keep(folder, {**_as_tables(state), "sourcing_plan": last, "month": month})
        else:
            month = pd.read_parquet(folder / "month.parquet")
            parts = _kept(folder, ("on_hand", "under_way", "owed", "sourcing_plan"))
            last = parts.pop("sourcing_plan")
            state = State(**parts, cash=float(month["cash"].iloc[0]))
        rows.append(month)
    return pd.concat(rows, ignore_index=True)


def _opening(past: Past) -> State:
    start = past.starts[0]
    known = _kept(past.folder / "known" / f"{start:%Y-%m-%d}", PLANNED_FROM)
    buckets = _ahead(known, start)
    return opening_state(past.params.supply, known, past.orders[past.orders["bucket"] < start], buckets)


def _ahead(known: Tables, start: pd.Timestamp) -> pd.DatetimeIndex:
    days = known["calendar"]["bucket"]
    return pd.DatetimeIndex(days[days >= start].sort_values())


def _live_bucket(
    past: Past, candidate: Candidate, state: State, last: pd.DataFrame | None, start: pd.Timestamp, after: pd.Timestamp
) -> tuple[dict[str, Any], State, pd.DataFrame]:
    """Plan one bucket and live it: its figures, the state after it, and what was planned."""
    known = _kept(past.folder / "known" / f"{start:%Y-%m-%d}", PLANNED_FROM)
    if candidate.foresight:
        forecast = {"demand_plan": foreseen(past.orders, _ahead(known, start)), "lead_time_demand": None}
    else:
        where = past.folder / "forecasts" / _forecast_key(past, candidate) / f"{start:%Y-%m-%d}"
        forecast = _kept(where, ("demand_plan", "lead_time_demand"))
    settings = candidate.supply_settings(past.params)
    asked = (candidate.changes, last, candidate.foresight)
    decisions, planned = plan_bucket(settings, known, forecast, state, start, *asked)
    orders = past.orders[past.orders["bucket"] == start].drop(columns="bucket")
    alike = past.params.supply.allocation == "fair_share"
    lived = live(state, decisions, orders, past.net_price, known, start, after, alike)
    row = month_row(state, lived, past.by) | forecast_error(forecast["demand_plan"], orders, past.by, start)
    row |= {"nervousness": decisions.nervousness, "imbalance": imbalance(state, lived)}
    return row, lived.state, planned


def _as_tables(state: State) -> Tables:
    return {"on_hand": state.on_hand, "under_way": state.under_way, "owed": state.owed}


def _keep(folder: Path, tables: Tables) -> None:
    """Write tables into a folder that is there whole or not at all."""
    ready = folder.with_name(f".{folder.name}.tmp")
    shutil.rmtree(ready, ignore_errors=True)
    ready.mkdir(parents=True)
    for name, frame in tables.items():
        frame.to_parquet(ready / f"{name}.parquet", compression="zstd", index=False)
    ready.rename(folder)


def _kept(folder: Path, names: Sequence[str] = ()) -> Tables:
    wanted = names or sorted(path.stem for path in folder.glob("*.parquet"))
    return {name: pd.read_parquet(folder / f"{name}.parquet") for name in wanted}
