"""Whether reconciliation makes plans better: error at each level of plans made in the past, against plain bottom-up.

Run from the project's folder: python benchmarks/reconcile_accuracy.py [--company brewline]. Each origin is planned with
what was known then (later sales, ends of sale and launches are kept from it), and the statistical forecast is compared
with what was ordered. The origins are those the default of demand.reconcile was chosen on.
"""

import argparse
import os
import time
from pathlib import Path

import numpy as np
import pandas as pd

from sopbench import demand, gather
from sopbench.cycle import open_cycle
from sopbench.params.demand import Demand, Reconcile

ROOT = Path(__file__).parents[1]
MONTHS = 12
ORIGINS = {
    "brewline": ["2023-03", "2023-09", "2023-12", "2024-03", "2024-06", "2024-09"],
    "adventureworks": ["2013-04", "2013-06", "2013-08", "2013-10"],
}
LEVELS = {"item-location": ["item_id", "location_id"], "item": ["item_id"], "family": ["family"], "total": []}
UPPER = [[], ["family"], ["region"], ["family", "region"]]
VARIANTS = {
    "bottom_up": Reconcile(method="bottom_up"),
    "wls_variance": Reconcile(method="wls_variance", levels=UPPER),
    "wls_variance, items too": Reconcile(method="wls_variance", levels=[*UPPER, ["item_id"]]),
    "wls_structural": Reconcile(method="wls_structural", levels=UPPER),
    "mint_shrink": Reconcile(method="mint_shrink", levels=UPPER),
    "mint_shrink, items too": Reconcile(method="mint_shrink", levels=[*UPPER, ["item_id"]]),
    "middle_out, families": Reconcile(method="middle_out", levels=UPPER, level=["family"]),
    "top_down": Reconcile(method="top_down", levels=UPPER),
}


def company_tables(company: str) -> tuple[dict[str, pd.DataFrame], Demand]:
    """The company's input tables and its settings of the demand step."""
    cycle = open_cycle(ROOT / "params" / f"{company}.yaml", None)
    asked = cycle.params.gather
    folder = cycle.locate(asked.source)
    raw = gather.read(folder, cycle.locate(asked.mapping) if asked.mapping else None, cycle.start)
    return gather.assemble(raw, cycle.start, cycle.params.horizon, asked)[0], cycle.params.demand


def known_at(start: pd.Timestamp, tables: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """The tables of the demand step as they stood at an origin."""
    items = tables["items"]
    items = items.assign(discontinue=items["discontinue"].where(items["discontinue"] <= start))
    items = items[~(items["launch"] >= start)]
    sales = tables["sales"][(tables["sales"]["bucket"] < start) & tables["sales"]["item_id"].isin(items["item_id"])]
    nothing = {name: tables[name].iloc[:0] for name in ("forecasts", "overrides")}
    return {name: tables[name] for name in demand.INPUTS} | {"items": items, "sales": sales} | nothing


def errors(plan: pd.DataFrame, tables: dict[str, pd.DataFrame], start: pd.Timestamp) -> dict[str, float]:
    """WAPE, RMSSE (of a level's nodes, weighted by their sales) and bias by level."""
    about = tables["items"][["item_id", "family"]]
    sales, keys = tables["sales"], ["item_id", "location_id", "bucket"]
    came = sales[sales["bucket"] >= start].groupby(keys)["qty_ordered"].sum()
    said = plan[plan["bucket"].isin(came.index.get_level_values("bucket"))].groupby(keys)["statistical"].sum()
    both = pd.concat([said, came], axis=1).reindex(said.index).fillna(0.0).reset_index().merge(about, on="item_id")
    past = sales[(sales["bucket"] < start)].groupby(keys)["qty_ordered"].sum().reset_index().merge(about, on="item_id")
    found = {}
    for name, level in LEVELS.items():
        by = [both[each] for each in level] or [np.zeros(len(both))]
        sums = both.groupby([*by, both["bucket"]])[["statistical", "qty_ordered"]].sum()
        off = (sums["statistical"] - sums["qty_ordered"]).unstack("bucket")  # noqa: PD010
        actual = sums["qty_ordered"].unstack("bucket")  # noqa: PD010
        by = [past[each] for each in level] or [np.zeros(len(past))]
        before = past.groupby([*by, past["bucket"]])["qty_ordered"].sum().unstack("bucket").fillna(0.0)  # noqa: PD010
        scale = np.sqrt((before.diff(axis=1) ** 2).mean(axis=1)).reindex(off.index)
        rmsse, weight = np.sqrt((off**2).mean(axis=1)) / scale.where(scale > 0), actual.sum(axis=1)
        found[f"{name} wape"] = float(off.abs().to_numpy().sum() / actual.to_numpy().sum())
        found[f"{name} rmsse"] = float((rmsse * weight).sum() / weight[rmsse.notna()].sum())
        found[f"{name} bias"] = float(off.to_numpy().sum() / actual.to_numpy().sum())
    return found


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--company", choices=ORIGINS, action="append")
    for company in words.parse_args().company or ORIGINS:
        try:
            tables, settings = company_tables(company)
        except Exception as error:  # noqa: BLE001 - AdventureWorks' files are not everywhere
            print(f"{company}: cannot be read ({error})")
            continue
        rows = []
        for origin in map(pd.Timestamp, ORIGINS[company]):
            known = known_at(origin, tables)
            months = min(MONTHS, int((tables["sales"]["bucket"].drop_duplicates() >= origin).sum()))
            for name, asked in VARIANTS.items():
                began = time.perf_counter()
                made = demand.plan(settings.model_copy(update={"reconcile": asked}), origin, months, **known)
                seconds = time.perf_counter() - began
                rows.append({"method": name, "seconds": seconds, **errors(made["demand_plan"], tables, origin)})
        mean = pd.DataFrame(rows).groupby("method", sort=False).mean()
        print(f"\n{company}: mean of {len(ORIGINS[company])} origins; ratio to bottom-up in brackets")
        for measure in ("wape", "rmsse", "bias"):
            print(f"{measure:26}" + "".join(f"{level:>18}" for level in LEVELS))
            for name in VARIANTS:
                said = [mean.loc[name, f"{level} {measure}"] for level in LEVELS]
                plain = [mean.loc["bottom_up", f"{level} {measure}"] for level in LEVELS]
                cells = [f"{each:9.4f} ({each / base:5.3f}) " for each, base in zip(said, plain, strict=True)]
                print(f"  {name:24}" + "".join(f"{cell:>18}" for cell in cells))
        print("seconds a plan: " + ", ".join(f"{name} {mean.loc[name, 'seconds']:.1f}" for name in VARIANTS))


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    main()
