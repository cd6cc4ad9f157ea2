"""A replay on disk: what is done is kept by bucket, so that it goes on where it stopped, on as many processes as asked.

Three rounds, each shared out: the tables of every bucket as known then; the forecasts of every bucket, once for all
candidates that forecast alike; then bucket by bucket, as its state demands, all candidates through it. Only this
process reads and writes files: what shares the work is handed tables and gives tables back.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from itertools import pairwise
from pathlib import Path
from typing import Any

import pandas as pd

from sopbench import demand, gather, supply
from sopbench.contract import PlanningError, Problem, checked, table
from sopbench.cycle import Cycle, file_hash
from sopbench.fingerprint import LIBRARIES, PACKAGE, own_modules
from sopbench.params import Params, Supply
from sopbench.params_demand import Demand
from sopbench.replay.candidates import BOUNDS, DEFAULT_CANDIDATES, Candidate
from sopbench.replay.history import Tables, foreseen, net_prices, opening_state, true_orders
from sopbench.replay.money import Yardstick, forecast_error, month_row, yardstick
from sopbench.replay.score import replay_scores
from sopbench.replay.step import plan_bucket
from sopbench.replay.world import State, imbalance, live
from sopbench.shared import on_a_cluster, share_out, sharers

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
        jobs: processes; -1 = as many as there are cores, or all workers of the cluster in force.

    Gives replay_months and replay_scores. Raises PlanningError where history does not reach back so far, and as the
    steps do. What was replayed before with the same data, settings and code is not replayed again.
    """
    asked = [*candidates, *(each for each in BOUNDS if each.name not in {one.name for one in candidates})]
    past, raw = _past(cycle, months, warm_up, horizon, choose_every)
    starts = list(past.starts[:-1])
    report(f"{len(starts)} buckets from {starts[0]:%Y-%m} on, {len(asked)} ways of planning")
    _know_all(past, raw, cycle, starts, jobs)
    report("what was known then: done")
    alike = {_forecast_key(past, each): each for each in asked if not each.foresight}
    _forecast_all(past, alike, starts, jobs)
    report(f"{len(alike)} kinds of forecast: done")
    lived = _live_all(past, sorted(asked, key=lambda one: bool(one.supply)), jobs)
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


def _know_all(past: Past, raw: Tables | None, cycle: Cycle, starts: Sequence[pd.Timestamp], jobs: int) -> None:
    """Keep the tables as known at each start; a mapping is asked anew, as it binds the day.

    Processes of this machine ask it themselves. A cluster's workers have neither the files nor the passwords: they are
    sent what was read here, for as many starts at a time as there are workers.
    """
    wanted = [start for start in starts if not _known(past, start).exists()]
    shared, many = (past.params, past.horizon), sharers(jobs, True)
    for first in range(0, len(wanted), many):
        some = wanted[first : first + many]
        rows = [(_read(cycle, start) if on_a_cluster() else cycle) if raw is None else raw for start in some]
        pieces = ((*shared, each, start) for each, start in zip(rows, some, strict=True))
        for start, tables in zip(some, share_out(_know, pieces, jobs), strict=True):
            _keep(_known(past, start), tables)


def _known(past: Past, start: pd.Timestamp) -> Path:
    return past.folder / "known" / f"{start:%Y-%m-%d}"


def _know(params: Params, horizon: int, raw: Tables | Cycle, start: pd.Timestamp) -> Tables:
    rows = raw if isinstance(raw, dict) else _read(raw, start)
    return gather.assemble(rows, start, horizon, params.gather, params.frequency)[0]


def _forecast_key(past: Past, candidate: Candidate) -> str:
    """The same for candidates that forecast alike."""
    return _hash([candidate.demand_settings(past.params).model_dump(), candidate.overrides, past.choose_every])


def _forecast_all(past: Past, alike: dict[str, Candidate], starts: Sequence[pd.Timestamp], jobs: int) -> None:
    """Keep demand_plan, lead_time_demand and backtest of every start, for each kind of forecast by its key."""
    chunks = [starts[first : first + past.choose_every] for first in range(0, len(starts), past.choose_every)]
    asked = [(key, each, chunk) for chunk in chunks for key, each in alike.items()]
    asked = [(*said, [start for start in said[-1] if not _forecasts(past, said[0], start).exists()]) for said in asked]
    asked = [said for said in asked if said[-1]]

    def pieces() -> Iterator[tuple]:
        for key, each, chunk, wanted in asked:
            known = {start: _kept(_known(past, start), demand.INPUTS) for start in wanted}
            if each.overrides == "left_out":
                known = {start: {**rows, "overrides": rows["overrides"].iloc[:0]} for start, rows in known.items()}
            kept = [start for start in chunk if start not in known]
            tried = _kept(_forecasts(past, key, kept[-1]), ("backtest",))["backtest"] if kept else None
            yield each.demand_settings(past.params), past.horizon, known, tried

    for (key, *_), made in zip(asked, share_out(_forecast, pieces(), jobs), strict=True):
        for start, tables in made.items():
            _keep(_forecasts(past, key, start), tables)


def _forecasts(past: Past, key: str, start: pd.Timestamp) -> Path:
    return past.folder / "forecasts" / key / f"{start:%Y-%m-%d}"


def _forecast(
    settings: Demand, horizon: int, known: dict[pd.Timestamp, Tables], tried: pd.DataFrame | None
) -> dict[pd.Timestamp, Tables]:
    """The forecasts of some buckets in a row; methods are tried in the first of them, unless they were (`tried`)."""
    found = {}
    for start, tables in known.items():
        made = demand.plan(settings, start, horizon, backtest=tried, **tables)
        tried = made["backtest"]
        found[start] = {name: made[name] for name in ("demand_plan", "lead_time_demand", "backtest")}
    return found


def _live_all(past: Past, asked: Sequence[Candidate], jobs: int) -> list[pd.DataFrame]:
    """The candidates through all buckets (rows of replay_months), each from where it was kept last."""
    code, rows = _code(LIVED_CODE), []
    kept = {each.name: _lived(past, each, code) for each in asked}
    now: dict[str, tuple[State, pd.DataFrame | None]] = {}
    for number, (start, after) in enumerate(pairwise(past.starts)):
        places = {each.name: kept[each.name] / f"{start:%Y-%m-%d}" for each in asked}
        wanted = [each for each in asked if not places[each.name].exists()]
        for name, place in places.items():
            if place.exists():
                now[name] = _kept_state(place)
        if wanted and not number:
            now |= {each.name: (_opening(past), None) for each in wanted}
        made = share_out(_live_bucket, _to_live(past, wanted, now, start, after), jobs)
        for each, (row, state, planned) in zip(wanted, made, strict=True):
            row = {"candidate": each.name, "bucket": start, "scored": number >= past.warm_up, **row}
            tables = {**_as_tables(state), "sourcing_plan": planned, "month": pd.DataFrame([row])}
            _keep(places[each.name], tables)
            now[each.name] = state, planned
        rows += [pd.read_parquet(place / "month.parquet") for place in places.values()]
    return rows


def _lived(past: Past, candidate: Candidate, code: dict[str, str | None]) -> Path:
    said = [candidate.supply_settings(past.params).model_dump(), candidate.model_dump(), _forecast_key(past, candidate)]
    said += [past.params.supply.model_dump(), past.warm_up, code]
    return past.folder / "lived" / f"{candidate.name}-{_hash(said)}"


def _kept_state(folder: Path) -> tuple[State, pd.DataFrame]:
    """The state after a bucket, and what was planned in it."""
    parts = _kept(folder, ("on_hand", "under_way", "owed", "sourcing_plan"))
    planned = parts.pop("sourcing_plan")
    return State(**parts, cash=float(pd.read_parquet(folder / "month.parquet")["cash"].iloc[0])), planned


def _to_live(
    past: Past,
    candidates: Iterable[Candidate],
    now: dict[str, tuple[State, pd.DataFrame | None]],
    start: pd.Timestamp,
    after: pd.Timestamp,
) -> Iterator[tuple]:
    """What `_live_bucket` takes, for each of the candidates."""
    known = _kept(_known(past, start), PLANNED_FROM)
    orders = past.orders[past.orders["bucket"] == start].drop(columns="bucket")
    shared = (past.params.supply.allocation == "fair_share", past.net_price, past.by, orders, known, start, after)
    for each in candidates:
        if each.foresight:
            forecast = {"demand_plan": foreseen(past.orders, _ahead(known, start)), "lead_time_demand": None}
        else:
            folder = _forecasts(past, _forecast_key(past, each), start)
            forecast = _kept(folder, ("demand_plan", "lead_time_demand"))
        yield each, each.supply_settings(past.params), *now[each.name], forecast, *shared


def _opening(past: Past) -> State:
    start = past.starts[0]
    known = _kept(_known(past, start), PLANNED_FROM)
    buckets = _ahead(known, start)
    return opening_state(past.params.supply, known, past.orders[past.orders["bucket"] < start], buckets)


def _ahead(known: Tables, start: pd.Timestamp) -> pd.DatetimeIndex:
    days = known["calendar"]["bucket"]
    return pd.DatetimeIndex(days[days >= start].sort_values())


def _live_bucket(
    candidate: Candidate,
    settings: Supply,
    state: State,
    last: pd.DataFrame | None,
    forecast: Tables,
    alike: bool,
    net_price: pd.Series,
    by: Yardstick,
    orders: pd.DataFrame,
    known: Tables,
    start: pd.Timestamp,
    after: pd.Timestamp,
) -> tuple[dict[str, Any], State, pd.DataFrame]:
    """Plan one bucket and live it: its figures, the state after it, and what was planned."""
    asked = (candidate.changes, last, candidate.foresight)
    decisions, planned = plan_bucket(settings, known, forecast, state, start, *asked)
    lived = live(state, decisions, orders, net_price, known, start, after, alike)
    row = month_row(state, lived, by) | forecast_error(forecast["demand_plan"], orders, by, start)
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
