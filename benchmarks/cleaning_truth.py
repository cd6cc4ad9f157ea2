"""How much nearer cleaning brings the history to the demand there truly was, on example companies whose truth is known.

Run from the project's folder: make bench-cleaning, or python benchmarks/cleaning_truth.py --seeds 7 11 12. Errors are
sums of absolute differences over all items, locations and months, as a share of true demand; the ratio is the cleaned
history's over that of the orders as they came. Two truths, since one alone would flatter:

base demand   what a method is to learn from: what customers wanted without one-off orders, and over the factor of
              events. The example company's events bring what was promised, so their part is taken out all but exactly.
demand        all that customers wanted, events and one-off orders in it: here only hidden demand counts.

Constants of the method were set on seeds 1 to 5; seed 7 is the company that is shipped.
"""

from __future__ import annotations

import argparse
import time

import numpy as np
import pandas as pd

from sopbench.contract import conform, table
from sopbench.demand.history.events import event_factors
from sopbench.demand.history.history import LIKE_ITEM, SERIES, demand_history
from sopbench.example import generate
from sopbench.params.demand import Demand

START = pd.Timestamp("2025-09-01")
CELL = [*SERIES, "bucket"]
NEEDS = ("items", "calendar", "sales", "events")


def beside_truth(seed: int, items: int = 120) -> pd.DataFrame:
    """A row an item, location and month of history: ordered, cleaned, with_hidden, base_demand, demand and kind."""
    company = generate(seed, items)
    tables = {name: conform(company[name], table(name))[0] for name in NEEDS}
    made = demand_history(Demand(), START, 12, **tables)
    truth = company["true_demand"].groupby(CELL)[["qty", "project"]].sum().reset_index()
    rows = made.history[made.history["reason"] != LIKE_ITEM].merge(truth, on=CELL)
    series = pd.MultiIndex.from_frame(rows[SERIES].drop_duplicates())
    buckets = pd.DatetimeIndex(np.sort(rows["bucket"].unique()))
    factors = event_factors(series, buckets, items=tables["items"], events=tables["events"])
    at = series.get_indexer(pd.MultiIndex.from_frame(rows[SERIES])), buckets.get_indexer(rows["bucket"])
    lifts = made.corrections[made.corrections["correction"] == "stockout"]
    lifts = lifts.assign(lift=lifts["after"] - lifts["before"])[[*CELL, "lift"]]
    out = tables["sales"].groupby(CELL)["stockout"].any().rename("out").reset_index()
    rows = rows.merge(lifts, on=CELL, how="left").merge(out[out["out"]], on=CELL, how="left")
    factor = factors[at]
    kinds = [rows["out"].notna(), rows["project"] > 0, factor != 1.0]
    return rows.assign(
        with_hidden=rows["ordered"] + rows["lift"].fillna(0.0) * factor,
        base_demand=(rows["qty"] - rows["project"]) / factor,
        demand=rows["qty"],
        kind=np.select(kinds, ["stockout", "one-off order", "event"], "none of these"),
    )


def errors(rows: pd.DataFrame) -> pd.DataFrame:
    """By truth and kind: months, the error of orders and of the cleaned history as shares of demand, and the ratio."""
    found = []
    for truth, cleaned in (("base_demand", "cleaned"), ("demand", "with_hidden")):
        off = rows.assign(
            raw=(rows["ordered"] - rows[truth]).abs() / rows[truth].sum(),
            cleaned=(rows[cleaned] - rows[truth]).abs() / rows[truth].sum(),
        )
        by_kind = off.groupby("kind").agg(months=("raw", "size"), raw=("raw", "sum"), cleaned=("cleaned", "sum"))
        by_kind.loc["all"] = by_kind.sum()
        found.append(by_kind.assign(truth=truth.replace("_", " "), ratio=by_kind["cleaned"] / by_kind["raw"]))
    return pd.concat(found).reset_index().set_index(["truth", "kind"])


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--seeds", type=int, nargs="+", default=[7, 11, 12])
    words.add_argument("--items", type=int, default=120)
    asked = words.parse_args()
    print(f"{'':6}{'truth':14}{'kind':16}{'months':>8}{'as ordered':>12}{'cleaned':>10}{'ratio':>8}")
    for seed in asked.seeds:
        began = time.perf_counter()
        found = errors(beside_truth(seed, asked.items))
        for row in found.reset_index().itertuples():
            said = "-" if row.raw == 0 else f"{row.ratio:.2f}"
            print(f"{seed:<6}{row.truth:14}{row.kind:16}{row.months:8,.0f}{row.raw:12.2%}{row.cleaned:10.2%}{said:>8}")
        print(f"{seed:<6}{time.perf_counter() - began:.1f} s with making the company")


if __name__ == "__main__":
    main()
