"""The past a replay goes through, on disk: what was known at the start of every bucket, kept by what it depends on."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pandas as pd

from sopbench import gather
from sopbench.contract import PlanningError, Problem
from sopbench.cycle import Cycle
from sopbench.cycle.files import file_hash
from sopbench.cycle.fingerprint import LIBRARIES, PACKAGE, own_modules
from sopbench.params import Params
from sopbench.replay.history import Tables, foreseen, net_prices, true_orders
from sopbench.replay.money import Yardstick, yardstick
from sopbench.shared import on_a_cluster, share_out, sharers

FORECAST_CODE = ("gather", "demand", "contract", "params/params.py", "params/demand.py")
"""What forecasts depend on; where it changes, they are made anew."""


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
    report(f"{len(past.starts) - 1} buckets from {past.starts[0]:%Y-%m} on")
    _know_all(past, raw, cycle, jobs)
    report("what was known then: done")
    return past


def known_at(past: Past, start: pd.Timestamp, names: Sequence[str]) -> Tables:
    """Tables of the past as they were known at the start of a bucket."""
    return kept(_known(past, start), names)


def ahead(known: Tables, start: pd.Timestamp) -> pd.DatetimeIndex:
    """The buckets from `start` on that were in the calendar known then."""
    days = known["calendar"]["bucket"]
    return pd.DatetimeIndex(days[days >= start].sort_values())


def code_of(rooms: Sequence[str]) -> dict[str, str | None]:
    """The hash of every module in some rooms of the package, by its path."""
    paths = [PACKAGE / room for room in rooms]
    files = [file for path in paths for file in (sorted(path.rglob("*.py")) if path.is_dir() else [path])]
    return {str(file.relative_to(PACKAGE)): file_hash(file) for file in files}


def short_hash(told: Any) -> str:
    """A name for what was told, the same whenever it is told again."""
    return hashlib.sha256(json.dumps(told, sort_keys=True, default=str).encode()).hexdigest()[:16]


def keep(folder: Path, tables: Tables) -> None:
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


def kept(folder: Path, names: Sequence[str]) -> Tables:
    """Tables that were kept in a folder."""
    return {name: pd.read_parquet(folder / f"{name}.parquet") for name in names}


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
        "code": code_of(FORECAST_CODE) | own_modules(params.demand.modules),
        "libraries": {name: version(name) for name in LIBRARIES},
        "gather": [params.gather.model_dump(mode="json"), params.frequency],
        "data": {name: int(pd.util.hash_pandas_object(frame.astype(str)).sum()) for name, frame in sorted(raw.items())},
        "asked": [str(starts[0]), str(starts[-1]), horizon],
    }
    folder = cycle.folder.parent / "replay" / short_hash(told)
    orders = true_orders(tables["sales"])
    by = yardstick(params.supply, tables, foreseen(orders, ahead(tables, cycle.start)))
    sales = tables["sales"]
    seen = sales if measured is None else sales[sales["bucket"] < starts[-1 - measured]]
    past = Past(params, folder, starts, warm_up, horizon, choose_every, orders, net_prices(seen), by)
    return past, raw if cycle.mapping is None else None


def _read(cycle: Cycle, start: pd.Timestamp) -> Tables:
    params = cycle.params
    return gather.read(cycle.source, cycle.mapping, start, params.gather.csv, cycle.handed_in, params.company)


def _know_all(past: Past, raw: Tables | None, cycle: Cycle, jobs: int) -> None:
    """Keep the tables as known at each start; a mapping is asked anew, as it binds the day.

    Processes of this machine ask it themselves. A cluster's workers have neither the files nor the passwords: they are
    sent what was read here, for as many starts at a time as there are workers.
    """
    wanted = [start for start in past.starts[:-1] if not _known(past, start).exists()]
    shared, many = (past.params, past.horizon), sharers(jobs, True)
    for first in range(0, len(wanted), many):
        some = wanted[first : first + many]
        rows = [(_read(cycle, start) if on_a_cluster() else cycle) if raw is None else raw for start in some]
        pieces = ((*shared, each, start) for each, start in zip(rows, some, strict=True))
        for start, tables in zip(some, share_out(_know, pieces, jobs), strict=True):
            keep(_known(past, start), tables)


def _known(past: Past, start: pd.Timestamp) -> Path:
    return past.folder / "known" / f"{start:%Y-%m-%d}"


def _know(params: Params, horizon: int, raw: Tables | Cycle, start: pd.Timestamp) -> Tables:
    rows = raw if isinstance(raw, dict) else _read(raw, start)
    return gather.assemble(rows, start, horizon, params.gather, params.frequency)[0]
