"""A replay on disk: what is done is kept by bucket, so that it goes on where it stopped, on as many processes as asked.

Three rounds, each shared out by joblib: the tables of every bucket as known then; the forecasts of every bucket, once
for all candidates that forecast alike; then the ways of planning, each through all buckets, as its state demands.
"""

from __future__ import annotations

import hashlib
import json
import os
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


TRIED_ALIKE = ("choice_margin", "stream_weights", "prior_weights")
"""Demand settings that no backtest depends on: candidates that differ in nothing else share theirs."""


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


@dataclass(frozen=True)
class Way:
    """A way through the past: its name, and the candidate that each bucket is planned by."""

    name: str
    candidates: tuple[Candidate, ...]


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
    past = know_past(cycle, months, warm_up, horizon, choose_every, jobs, report)
    found = roll(past, [always(past, each) for each in asked], jobs, report)
    return {"replay_months": found, "replay_scores": replay_scores(found, asked, asked[0].name)}


def know_past(
    cycle: Cycle,
    months: int,
    warm_up: int,
    horizon: int,
    choose_every: int,
    jobs: int,
    report: Callable[[str], None],
    measured: int | None = None,
) -> Past:
    """The past before a cycle, with the tables of every bucket kept as known then (arguments: see `replay`).

    What a unit brought is an average of all history; with `measured`, of what was known before the last so many
    buckets, so that money before those tells nothing of them.
    """
    past, raw = _past(cycle, months, warm_up, horizon, choose_every, measured)
    starts = past.starts[:-1]
    report(f"{len(starts)} buckets from {starts[0]:%Y-%m} on")
    Parallel(n_jobs=jobs, batch_size=1, max_nbytes=None)(
        delayed(_know)(past, raw if raw is not None else cycle, start) for start in starts
    )
    report("what was known then: done")
    return past


def roll(past: Past, ways: Sequence[Way], jobs: int, report: Callable[[str], None]) -> pd.DataFrame:
    """Each way through all buckets of the past (table replay_months, the way's name as candidate).

    Ways that begin alike share what they have in common with one that was rolled before.
    """
    work = Parallel(n_jobs=jobs, batch_size=1, max_nbytes=None)
    tasks = _forecasts_asked(past, ways)
    work(delayed(_forecast)(past, kinds, starts) for starts, kinds in tasks)
    report(f"{len({key for _, kinds in tasks for key in kinds})} kinds of forecast: done")
    lived = work(
        delayed(_live_through)(past, way) for way in sorted(ways, key=lambda one: bool(one.candidates[0].supply))
    )
    report(f"{len(ways)} ways of planning: done")
    return checked(pd.concat(lived), table("replay_months"))


def known_at(past: Past, start: pd.Timestamp, names: Sequence[str]) -> Tables:
    """Tables of the past as they were known at the start of a bucket."""
    return _kept(past.folder / "known" / f"{start:%Y-%m-%d}", names)


def always(past: Past, candidate: Candidate) -> Way:
    """The way that plans every bucket by the same candidate."""
    return Way(candidate.name, (candidate,) * (len(past.starts) - 1))


def _forecasts_asked(past: Past, ways: Sequence[Way]) -> list[tuple[list[pd.Timestamp], dict[str, Candidate]]]:
    """Which buckets in a row are to be forecast by which candidates, by key; those together share their backtests."""
    tasks: dict[tuple[int, str], dict[str, Candidate]] = {}
    for way in ways:
        for number, candidate in enumerate(way.candidates):
            if not candidate.foresight:
                at = (number // past.choose_every, _trial_key(past, candidate))
                tasks.setdefault(at, {}).setdefault(_forecast_key(past, candidate), candidate)
    starts, step = list(past.starts[:-1]), past.choose_every
    return [
        (starts[chunk * step : (chunk + 1) * step], kinds)
        for (chunk, _), kinds in sorted(tasks.items(), key=lambda one: one[0])
    ]


def _past(
    cycle: Cycle, months: int, warm_up: int, horizon: int, choose_every: int, measured: int | None
) -> tuple[Past, Tables | None]:
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
    sales = tables["sales"]
    seen = sales if measured is None else sales[sales["bucket"] < starts[-1 - measured]]
    past = Past(params, folder, starts, warm_up, horizon, choose_every, orders, net_prices(seen), by)
    return past, raw if cycle.mapping is None else None


def _code(rooms: Sequence[str]) -> dict[str, str | None]:
    paths = [PACKAGE / room for room in rooms]
    files = [file for path in paths for file in (sorted(path.rglob("*.py")) if path.is_dir() else [path])]
    return {str(file.relative_to(PACKAGE)): file_hash(file) for file in files}


def _hash(told: Any) -> str:
    return hashlib.sha256(json.dumps(told, sort_keys=True, default=str).encode()).hexdigest()[:16]


def _read(cycle: Cycle, start: pd.Timestamp) -> Tables:
    params = cycle.params
    return gather.read(cycle.source, cycle.mapping, start, params.gather.csv, cycle.handed_in, params.company)


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


def _trial_key(past: Past, candidate: Candidate) -> str:
    """The same for candidates whose methods are tried alike."""
    settings = candidate.demand_settings(past.params).model_dump()
    return _hash({name: said for name, said in settings.items() if name not in TRIED_ALIKE})


def _forecast(past: Past, kinds: dict[str, Candidate], starts: list[pd.Timestamp]) -> None:
    """Keep demand_plan and lead_time_demand of some buckets in a row; methods are tried once, in the first of them."""
    backtest = None
    for key, candidate in kinds.items():
        settings = candidate.demand_settings(past.params)
        for start in starts:
            folder = past.folder / "forecasts" / key / f"{start:%Y-%m-%d}"
            if folder.exists():
                backtest = pd.read_parquet(folder / "backtest.parquet") if backtest is None else backtest
                continue
            known = known_at(past, start, demand.INPUTS)
            if candidate.overrides == "left_out":
                known["overrides"] = known["overrides"].iloc[:0]
            made = demand.plan(settings, start, past.horizon, backtest=backtest, **known)
            backtest = made["backtest"]
            _keep(folder, {name: made[name] for name in ("demand_plan", "lead_time_demand", "backtest")})


def _live_through(past: Past, way: Way) -> pd.DataFrame:
    """A way through all buckets (table replay_months), from where it was kept last.

    What is kept of a candidate is told apart by what it was and, where another planned before it, since when.
    """
    state, last, rows, before = None, None, [], None
    key = _hash([past.params.supply.model_dump(), past.warm_up, _code(LIVED_CODE), _prices(past.net_price)])
    for number, ((start, after), candidate) in enumerate(zip(pairwise(past.starts), way.candidates, strict=True)):
        if candidate != before:
            said = [candidate.supply_settings(past.params).model_dump(), candidate.model_dump()]
            key = _hash([key, *said, _forecast_key(past, candidate), start if number else ""])
            before = candidate
        folder = past.folder / "lived" / f"{candidate.name}-{key}" / f"{start:%Y-%m-%d}"
        if not folder.exists():
            stood = state if number else _opening(past)
            row, state, last = _live_bucket(past, candidate, stood, last, start, after)
            row = {"bucket": start, "scored": number >= past.warm_up, **row}
            month = pd.DataFrame([row])
            _keep(folder, {**_as_tables(state), "sourcing_plan": last, "month": month})
        else:
            month = pd.read_parquet(folder / "month.parquet")
            parts = _kept(folder, ("on_hand", "under_way", "owed", "sourcing_plan"))
            last = parts.pop("sourcing_plan")
            state = State(**parts, cash=float(month["cash"].iloc[0]))
        rows.append(month)
    return pd.concat(rows, ignore_index=True).assign(candidate=way.name)


def _prices(net_price: pd.Series) -> int:
    return int(pd.util.hash_pandas_object(net_price).sum())


def _opening(past: Past) -> State:
    start = past.starts[0]
    known = known_at(past, start, PLANNED_FROM)
    buckets = _ahead(known, start)
    return opening_state(past.params.supply, known, past.orders[past.orders["bucket"] < start], buckets)


def _ahead(known: Tables, start: pd.Timestamp) -> pd.DatetimeIndex:
    days = known["calendar"]["bucket"]
    return pd.DatetimeIndex(days[days >= start].sort_values())


def _live_bucket(
    past: Past, candidate: Candidate, state: State, last: pd.DataFrame | None, start: pd.Timestamp, after: pd.Timestamp
) -> tuple[dict[str, Any], State, pd.DataFrame]:
    """Plan one bucket and live it: its figures, the state after it, and what was planned."""
    known = known_at(past, start, PLANNED_FROM)
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
    """Write tables into a folder that is there whole or not at all; one that another wrote meanwhile holds the same."""
    ready = folder.with_name(f".{folder.name}.{os.getpid()}.tmp")
    shutil.rmtree(ready, ignore_errors=True)
    ready.mkdir(parents=True)
    for name, frame in tables.items():
        frame.to_parquet(ready / f"{name}.parquet", compression="zstd", index=False)
    try:
        ready.rename(folder)
    except OSError:
        if not folder.exists():
            raise
        shutil.rmtree(ready)


def _kept(folder: Path, names: Sequence[str] = ()) -> Tables:
    wanted = names or sorted(path.stem for path in folder.glob("*.parquet"))
    return {name: pd.read_parquet(folder / f"{name}.parquet") for name in wanted}
