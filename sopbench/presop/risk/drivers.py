"""What the risk of a plan hangs on: each family's demand, each resource's outages, each supplier's delays, alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from sopbench.contract import checked, table
from sopbench.presop.risk.laid import LaidPlan
from sopbench.presop.risk.money import Basis, played_money
from sopbench.presop.risk.paths import Paths, as_planned

AROUND = {"at_low": (0.05, 0.15), "at_high": (0.85, 0.95)}
"""A driver at its p10 (p90): paths between these quantiles of it, on average; one alone would tell of its own luck."""

MOST = 10
"""Paths taken at each side of a driver."""

LARGEST = 30
"""Drivers of a kind that are tried at most: those with most at stake.

More lines and suppliers come with more items, and each alone would be played against all of them.
"""

TOGETHER = 100_000_000
"""Nodes × buckets × paths of drivers that are laid out at a time: some 800 megabytes."""


@dataclass(frozen=True)
class _Driver:
    name: str
    key: str
    unit: str
    size: np.ndarray  # paths: how large it is on each
    stake: float  # what hangs on it, to rank it among its kind before it is played
    put: Callable[[Paths, slice, np.ndarray], None]  # the driver alone, of some paths, into a part of others


def risk_drivers(
    laid: LaidPlan,
    basis: Basis,
    paths: Paths,
    planned: dict[str, np.ndarray],
    plan_stands: int,
    scenario: str = "base",
    jobs: int = 1,
) -> pd.DataFrame:
    """Contribution with each driver (LARGEST of a kind) alone at its p10 and p90, all else as planned: risk_drivers.

    How large a driver is on a path: units of the family wanted, hours of the resource lost, buckets by which the
    supplier is late on average. `planned` is what `played_money` gives for the plan as planned; `jobs` as there.
    """
    drivers = _largest(_drivers(laid, basis, paths))
    if not drivers:
        return table("risk_drivers").empty()
    some = max(TOGETHER // (len(laid.nodes) * len(laid.buckets) * MOST * len(AROUND)), 1)
    batches = [drivers[first : first + some] for first in range(0, len(drivers), some)]
    at = np.concatenate([_at_ends(laid, basis, paths, batch, plan_stands, jobs) for batch in batches])
    rows = pd.DataFrame(
        {
            "scenario": scenario,
            "driver": [each.name for each in drivers],
            "key": [each.key for each in drivers],
            "unit": [each.unit for each in drivers],
            "low": [np.quantile(each.size, 0.1) for each in drivers],
            "high": [np.quantile(each.size, 0.9) for each in drivers],
            "plan": planned["contribution"].sum(),
            "at_low": at[:, 0],
            "at_high": at[:, 1],
            "swing": np.abs(at[:, 1] - at[:, 0]),
        }
    )
    rows = rows.sort_values(["swing", "driver", "key"], ascending=[False, True, True], ignore_index=True)
    return checked(rows.assign(rank=np.arange(1, len(rows) + 1)), table("risk_drivers"))


def _at_ends(
    laid: LaidPlan, basis: Basis, paths: Paths, drivers: list[_Driver], plan_stands: int, jobs: int
) -> np.ndarray:
    """Contribution with each driver alone at its ends, drivers × AROUND."""
    chosen = [_around(driver.size, *AROUND[side]) for driver in drivers for side in AROUND]
    ends = np.cumsum([len(each) for each in chosen])
    parts = [slice(end - len(each), end) for each, end in zip(chosen, ends, strict=True)]
    alone = as_planned(laid, int(ends[-1]))
    alone = Paths(alone.demand, alone.lateness, alone.hours_lost, paths.late_chance, paths.late_buckets)
    sides = [driver for driver in drivers for _ in AROUND]
    for driver, part, some in zip(sides, parts, chosen, strict=True):
        driver.put(alone, part, some)
    found = played_money(laid, basis, alone, plan_stands, jobs)["contribution"].sum(axis=0)
    return np.array([found[part].mean() for part in parts]).reshape(-1, len(AROUND))


def _drivers(laid: LaidPlan, basis: Basis, paths: Paths) -> Iterator[_Driver]:
    """The drivers that differ at all from path to path.

    At stake are of demand its value at the plan's prices, of outages the hours lost, of delays what is ordered, at
    standard cost, times the buckets it is late.
    """
    wanted = paths.demand.sum(axis=0)
    worth = basis.price.mean(axis=1) * wanted.mean(axis=1)
    family = laid.nodes["family"].to_numpy()
    for name in sorted(set(family[laid.supply["demand"].sum(axis=1) > 0])):
        rows = np.flatnonzero(family == name)
        size, put = wanted[rows].sum(axis=0), _putting("demand", rows, paths)
        yield from _if_it_differs(_Driver("demand", name, "units", size, float(worth[rows].sum()), put))
    hours = np.einsum("brp,rb->rp", paths.hours_lost, laid.hours_there)
    for row, name in enumerate(laid.resources):
        put = _putting("hours_lost", np.array([row]), paths)
        yield from _if_it_differs(_Driver("outages", name, "hours", hours[row], float(hours[row].mean()), put))
    late = _lateness(laid, paths)
    supplier, ordered = laid.edges["supplier"].to_numpy(), laid.planned.sum(axis=1)
    value = ordered * basis.unit_cost[laid.edges["node"].to_numpy()]
    for row, name in enumerate(laid.suppliers):
        put = _putting("lateness", np.array([row]), paths)
        stake = float(value[supplier == row].sum() * late[row].mean())
        yield from _if_it_differs(_Driver("delays", name, "buckets", late[row], stake, put))


def _largest(drivers: Iterator[_Driver]) -> list[_Driver]:
    """The drivers, of each kind only those with most at stake, in their order."""
    found = list(drivers)
    rows = pd.DataFrame({"name": [each.name for each in found], "stake": [each.stake for each in found]})
    rank = rows.groupby("name")["stake"].rank(method="first", ascending=False)
    return [each for each, at in zip(found, rank, strict=True) if at <= LARGEST]


def _if_it_differs(driver: _Driver) -> Iterator[_Driver]:
    if driver.size.max() > driver.size.min() + 1e-9:
        yield driver


def _putting(name: str, rows: np.ndarray, paths: Paths) -> Callable[[Paths, slice, np.ndarray], None]:
    def put(alone: Paths, part: slice, some: np.ndarray) -> None:
        getattr(alone, name)[:, rows, part] = getattr(paths, name)[:, rows][:, :, some]

    return put


def _lateness(laid: LaidPlan, paths: Paths) -> np.ndarray:
    """Buckets by which a supplier is late, on average over what the plan orders from it, suppliers × paths."""
    supplier, deviation = laid.edges["supplier"].to_numpy(), laid.edges["deviation"].to_numpy()
    bought = np.flatnonzero(supplier >= 0)
    late, orders = np.zeros((len(laid.suppliers), paths.number)), np.zeros(len(laid.suppliers))
    for bucket in range(len(laid.buckets)):
        rows = bought[laid.planned[bought, bucket] > 0]
        if len(rows):
            np.add.at(late, supplier[rows], paths.late(bucket, supplier[rows], deviation[rows]))
            np.add.at(orders, supplier[rows], 1.0)
    return late / np.maximum(orders, 1.0)[:, None]


def _around(size: np.ndarray, low: float, high: float) -> np.ndarray:
    """Paths between two quantiles of a driver, at most MOST and at least one."""
    order = np.argsort(size, kind="stable")
    first, last = int(low * len(order)), max(int(high * len(order)), int(low * len(order)) + 1)
    some = order[first:last]
    return some[np.unique(np.linspace(0, len(some) - 1, min(MOST, len(some))).astype(int))]
