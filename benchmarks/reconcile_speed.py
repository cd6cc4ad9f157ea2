"""How fast forecasts of a hierarchy are reconciled: against the textbook's dense formula, against sktime, and at scale.

Run from the project's folder: python benchmarks/reconcile_speed.py. Figures are of this machine and this moment; the
ratios travel. The company is made up: items in families and categories, at locations in regions; forecasts of all nodes
are off at random, some rows sell next to nothing (so that the limit at 0 binds), and 24 past errors a node are known.
"""

import argparse
import json
import subprocess
import sys
import time
import tracemalloc
import warnings

import numpy as np
import pandas as pd

from sopbench.demand.hierarchy.hierarchy import Hierarchy, make_hierarchy
from sopbench.demand.hierarchy.reconcile import LEAST_SQUARES, METHODS, make_weights, reconcile

LEVELS = [(), ("family",), ("region",), ("family", "region"), ("category",), ("item_id",)]
LOCATIONS, FAMILIES, REGIONS, BUCKETS, ERRORS = 8, 30, 4, 18, 24
SCALE = 10_000
LOCKED = {"upper": 50, "rows": 500}


def company(series: int, levels: list[tuple[str, ...]] = LEVELS) -> tuple[Hierarchy, dict[str, np.ndarray]]:
    """A hierarchy of so many series with forecasts, past errors and locks that agree."""
    random = np.random.default_rng(7)
    numbers = np.arange(series // LOCATIONS)
    items = pd.DataFrame({"item_id": [f"I{each:05}" for each in numbers]})
    items["family"] = [f"F{each % FAMILIES:02}" for each in numbers]
    items["category"] = [f"F{each % FAMILIES:02}/{each // FAMILIES % 4}" for each in numbers]
    places = np.arange(LOCATIONS)
    locations = pd.DataFrame({"location_id": [f"L{n}" for n in places], "region": [f"R{n % REGIONS}" for n in places]})
    rows = items[["item_id"]].merge(locations[["location_id"]], how="cross")
    hierarchy = make_hierarchy(rows, levels, items=items, locations=locations)
    summing, count = hierarchy.summing, len(rows)
    truth = random.gamma(0.5, 20.0, (count, 1)) * np.ones((1, BUCKETS))
    usual = 1.5 * np.sqrt(summing @ truth[:, 0]) + 0.1
    base = np.maximum(summing @ truth + usual[:, None] * random.normal(size=(len(usual), BUCKETS)), 0.0)
    shared = summing @ (usual[-count:, None] * random.normal(size=(count, ERRORS)))
    errors = 0.7 * shared + 0.7 * usual[:, None] * random.normal(size=(len(usual), ERRORS))
    locked = np.full(base.shape, np.nan)
    upper = len(usual) - count
    some = random.choice(upper, min(LOCKED["upper"], upper // 10), replace=False)
    some = np.append(some, upper + random.choice(count, min(LOCKED["rows"], count // 10), replace=False))
    locked[some] = (summing @ (truth * random.gamma(9.0, 1 / 9, (count, 1))))[some]
    return hierarchy, {"base": base, "residuals": errors, "locked": locked}


def ours(method: str, locks: bool, hierarchy: Hierarchy, said: dict[str, np.ndarray], signs: bool) -> np.ndarray:
    """What sopbench does."""
    asked = {"residuals": said["residuals"]} if method in ("wls_variance", "mint_shrink") else {}
    middle = hierarchy.levels.index(("family",))
    locked = said["locked"] if locks else None
    level = hierarchy.level
    return reconcile(
        said["base"], hierarchy.summing, method, locked=locked, nonnegative=signs, level=level, middle=middle, **asked
    )


def dense(method: str, hierarchy: Hierarchy, said: dict[str, np.ndarray]) -> np.ndarray:
    """The textbook's formula, S (S' W^-1 S)^-1 S' W^-1 y (FPP3 11.3), with dense matrices; no limit at 0."""
    summing = hierarchy.summing.toarray()
    errors = said["residuals"] if method in ("wls_variance", "mint_shrink") else None
    weights = make_weights(method, hierarchy.summing, None, errors, np.ones(len(summing), dtype=bool))
    covariance = np.diag(weights.variance) + weights.factors @ weights.factors.T
    inverse = np.linalg.inv(covariance)
    return summing @ np.linalg.solve(summing.T @ inverse @ summing, summing.T @ inverse @ said["base"])


def best(work, times: int = 3) -> tuple[float, np.ndarray]:
    """The quickest of several runs in seconds, and what it gave."""
    runs = []
    for _ in range(times):
        began = time.perf_counter()
        given = work()
        runs.append((time.perf_counter() - began, given))
    return min(runs, key=lambda run: run[0])


def against_dense(series: int) -> None:
    hierarchy, said = company(series)
    print(f"\nDense formula, {series:,} series ({len(hierarchy.nodes):,} nodes) x {BUCKETS} buckets, no limit at 0")
    print(f"{'method':16}{'ours s':>10}{'dense s':>10}{'ratio':>9}{'largest difference':>20}")
    for method in LEAST_SQUARES:
        mine, found = best(lambda method=method: ours(method, False, hierarchy, said, False))
        theirs, formula = best(lambda method=method: dense(method, hierarchy, said), 1)
        off = np.abs(found - formula).max() / np.abs(formula).max()
        print(f"{method:16}{mine:10.3f}{theirs:10.2f}{theirs / mine:8.0f}x{off:20.1e}")


def against_sktime(series: int) -> None:
    """sktime's Reconciler and optimal reconcilers on the tree total, family, item, item at a location.

    Its Reconciler's own "wls_str" is left out: in sktime 1.2 it weighs by the number of rows and not by its inverse.
    """
    from sktime.transformations.hierarchical.reconcile import (
        NonNegativeOptimalReconciler,
        OptimalReconciler,
        Reconciler,
    )

    tree, said = company(series, [(), ("family",), ("item_id",)])
    panel, order = sktime_panel(tree, said["base"])
    weights = make_weights("mint_shrink", tree.summing, None, said["residuals"], np.ones(len(tree.nodes), dtype=bool))
    keys = panel.index.droplevel("month").unique()
    covariance = np.diag(weights.variance) + weights.factors @ weights.factors.T
    covariance = pd.DataFrame(covariance[np.ix_(order, order)], index=keys, columns=keys)
    print(f"\nsktime, {series:,} series ({len(panel) // BUCKETS:,} nodes) x {BUCKETS} buckets, the same tree")
    print(f"{'method':38}{'ours s':>10}{'sktime s':>10}{'ratio':>9}{'largest difference':>20}")
    cases = [
        ("bottom_up", False, "Reconciler bu", lambda: Reconciler("bu").fit_transform(panel)),
        ("ols", False, "Reconciler ols", lambda: Reconciler("ols").fit_transform(panel)),
        ("ols", False, "Optimal ols", lambda: optimal(OptimalReconciler("ols"), panel)),
        ("wls_structural", False, "Optimal wls_str", lambda: optimal(OptimalReconciler("wls_str"), panel)),
        ("mint_shrink", False, "Optimal, MinT's matrix", lambda: optimal(OptimalReconciler(covariance), panel)),
        ("ols", True, "NonNegativeOptimal ols", lambda: optimal(NonNegativeOptimalReconciler("ols"), panel)),
    ]
    for method, signs, name, work in cases:
        mine, found = best(lambda method=method, signs=signs: ours(method, False, tree, said, signs))
        try:
            theirs, given = best(work, 1)
        except Exception as error:  # noqa: BLE001 - whatever stops it is what there is to tell
            print(f"{name:38}{mine:10.3f}  {type(error).__name__}: {str(error)[:60]}")
            continue
        units = given.iloc[:, 0].to_numpy().reshape(-1, BUCKETS)
        off = np.abs(units - found[order]).max() / np.abs(found).max()
        print(f"{name:38}{mine:10.3f}{theirs:10.2f}{theirs / mine:8.0f}x{off:20.1e}")


def optimal(reconciler, panel: pd.DataFrame) -> pd.DataFrame:
    """The nodes by a reconciler of sktime's newer kind."""
    return reconciler.fit(panel).inverse_transform(panel)


def sktime_panel(hierarchy: Hierarchy, units: np.ndarray) -> tuple[pd.DataFrame, np.ndarray]:
    """The nodes as sktime's hierarchy of family, item and location, and where each of its nodes stands in ours."""
    names = hierarchy.nodes["name"]
    parts = names.str.extractall(r"(\w+)=([^,]+)").droplevel("match").rename_axis("node").set_index(0, append=True)[1]
    wide = parts.unstack().reindex(range(len(names)))  # noqa: PD010
    item_family = pd.Series([f"F{int(item[1:]) % FAMILIES:02}" for item in wide["item_id"].dropna().unique()])
    item_family.index = wide["item_id"].dropna().unique()
    family = wide["family"].fillna(wide["item_id"].map(item_family)).fillna("__total")
    keys = pd.DataFrame({"family": family, "item": wide["item_id"], "place": wide["location_id"]}).fillna("__total")
    order = keys.sort_values(["family", "item", "place"]).index.to_numpy()
    long = keys.loc[np.repeat(order, units.shape[1])]
    time_index = pd.PeriodIndex(np.tile(pd.period_range("2025-01", periods=units.shape[1], freq="M"), len(order)))
    index = pd.MultiIndex.from_arrays([long["family"], long["item"], long["place"], time_index])
    return pd.DataFrame({"units": units[order].ravel()}, index=index.set_names([*keys.columns, "month"])), order


def at_scale(method: str, locks: bool) -> None:
    """One method at full size: seconds, and the most memory it held in MiB beside its inputs."""
    hierarchy, said = company(SCALE)
    seconds, found = best(lambda: ours(method, locks, hierarchy, said, True), 2)
    tracemalloc.start()
    ours(method, locks, hierarchy, said, True)
    peak = tracemalloc.get_traced_memory()[1] / 2**20
    rows = hierarchy.summing.shape[1]
    gap = np.abs(hierarchy.summing @ found[-rows:] - found).max() / found.max()
    fixed = np.isfinite(said["locked"]) & locks
    kept = (np.abs(found - said["locked"]) / np.maximum(said["locked"], 1e-300))[fixed].max(initial=0.0)
    report = {"seconds": seconds, "peak": peak}
    print(
        json.dumps(
            report | {"least": found.min(), "gap": gap, "kept": kept, "noughts": int((found[-rows:] == 0).sum())}
        )
    )


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--dense", type=int, default=1_000, help="series for the dense formula")
    words.add_argument("--sktime", type=int, default=480, help="series for sktime")
    words.add_argument("--method", choices=METHODS)
    words.add_argument("--locks", action="store_true")
    asked = words.parse_args()
    warnings.simplefilter("ignore")
    if asked.method:
        at_scale(asked.method, asked.locks)
        return
    against_dense(asked.dense)
    against_sktime(asked.sktime)
    print(
        f"\n{SCALE:,} series x {BUCKETS} buckets, nothing below 0; locks: {LOCKED['upper']} sums, {LOCKED['rows']} rows"
    )
    print(f"{'method':16}{'locks':>6}{'seconds':>9}{'peak MiB':>10}{'at 0':>9}{'gap':>10}{'lock off':>10}")
    for method in METHODS:
        for locks in (False, True):
            call = [sys.executable, __file__, "--method", method, *(["--locks"] if locks else [])]
            run = json.loads(subprocess.run(call, capture_output=True, text=True, check=True).stdout)
            assert run["least"] >= 0
            said = f"{run['seconds']:9.2f}{run['peak']:10.0f}{run['noughts']:9,}"
            print(f"{method:16}{'yes' if locks else 'no':>6}{said}{run['gap']:10.0e}{run['kept']:10.0e}")


if __name__ == "__main__":
    main()
