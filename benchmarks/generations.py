"""What it is worth to say which bicycle replaces which: AdventureWorks planned at its changes of generation.

Run from the project's folder: python benchmarks/generations.py [--cycles 2012-06 2012-07]. The data is not shipped (see
data/adventureworks/README.md). Pairs are told by hand from type, class, colour and size, a new model for one that ends
the day before, each with the whole of its predecessor's demand: what a planner would say who knows nothing more. Each
cycle is planned twice, with and without them, and measured over the next six months, which neither plan saw: error and
bias of the new models, as shares of their demand, and the error of all the company sells.
"""

import argparse
import os
import warnings
from pathlib import Path

import pandas as pd

from sopbench import demand, gather
from sopbench.contract import checked, table
from sopbench.cycle import open_cycle

ROOT = Path(__file__).parents[1]
PARAMS = ROOT / "params" / "adventureworks.yaml"
CYCLES = ["2012-06", "2012-07", "2012-08", "2012-09", "2013-06", "2013-07", "2013-08", "2013-09"]
LAST = "2014-05"
MONTHS = 6

GENERATIONS = (
    ("BK-M82B", "BK-M68B", "38>38 42>42 44>46 48>46", 1.0),  # Mountain-100 black: Mountain-200 black
    ("BK-M82S", "BK-M68S", "38>38 42>42 44>46 48>46", 1.0),  # Mountain-100 silver: Mountain-200 silver
    ("BK-R93R", "BK-R89B", "44>44 48>48 52>52 56>58 62>58", 0.5),  # Road-150 red: Road-250 black
    ("BK-R93R", "BK-R89R", "44>44 48>48 52>52 56>58 62>58", 0.5),  # and red
    ("BK-R68R", "BK-R64Y", "44>38 48>40 52>42 58>44 60>48", 1.0),  # Road-450: Road-550-W
    ("FR-R72R", "FR-R72Y", "44>38 48>40 52>42 58>44 60>48", 1.0),  # ML Road Frame: ML Road Frame-W
    ("BK-M47B", "BK-M38S", "38>38 40>40 44>42 48>46", 1.0),  # Mountain-300: Mountain-400-W
    ("BK-R50B", "BK-R19B", "44>44 48>48 52>52 58>58 60>58 62>58", 1.0),  # Road-650 black: Road-750
    ("BK-R50R", "BK-R19B", "44>44 48>48 52>52 58>58 60>58 62>58", 1.0),  # Road-650 red: Road-750
    ("FR-M63B", "FR-M63S", "38>38 40>40 44>42 48>46", 1.0),  # ML Mountain Frame: ML Mountain Frame-W
)
"""Old model, new model, sizes old>new, and the share taken over."""


def pairs(items: pd.DataFrame) -> pd.DataFrame:
    """The table life_cycle as known in a cycle: pairs whose items both are known and whose older one has ended."""
    rows = [
        {"item_id": f"{new}-{size[1]}", "other_id": f"{old}-{size[0]}", "kind": "successor", "factor": share}
        for old, new, sizes, share in GENERATIONS
        for size in (each.split(">") for each in sizes.split())
    ]
    frame = pd.DataFrame(rows)
    ended = items.set_index("item_id")["discontinue"]
    frame["start"] = frame["other_id"].map(ended)
    return checked(frame[frame["start"].notna() & frame["item_id"].isin(ended.index)], table("life_cycle"))


def gathered(name: str) -> tuple[object, dict[str, pd.DataFrame]]:
    """The cycle and its input tables."""
    cycle = open_cycle(PARAMS, name)
    asked = cycle.params.gather
    source = (ROOT / os.environ.get("SOPBENCH_REAL_DATA", "../shared/data") / "adventureworks").resolve()
    raw = gather.read(source, cycle.locate(asked.mapping), cycle.start)
    return cycle, gather.assemble(raw, cycle.start, cycle.params.horizon, asked)[0]


def missed(plan: pd.DataFrame, actual: pd.Series, items: list[str] | None = None) -> tuple[float, float]:
    """Absolute error and bias of the statistical forecast by item and month, as shares of demand."""
    both = pd.concat([plan.groupby(["item_id", "bucket"])["statistical"].sum(), actual], axis=1).fillna(0.0)
    both = both[both.index.get_level_values("item_id").isin(items)] if items is not None else both
    off = both["statistical"] - both["qty_ordered"]
    return off.abs().sum() / both["qty_ordered"].sum(), off.sum() / both["qty_ordered"].sum()


def main() -> None:
    """Print a line a cycle."""
    warnings.filterwarnings("ignore")
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--cycles", nargs="+", default=CYCLES, help="cycles to plan")
    cycles = parser.parse_args().cycles
    sales = gathered(LAST)[1]["sales"].groupby(["item_id", "bucket"])["qty_ordered"].sum()
    print("cycle     new items   error: without -> with   bias: without -> with   error of all: without -> with")
    for name in cycles:
        cycle, tables = gathered(name)
        ahead = pd.date_range(cycle.start, periods=MONTHS, freq="MS")
        actual = sales[sales.index.get_level_values("bucket").isin(ahead)]
        told = pairs(tables["items"])
        new = sorted(told.loc[told["start"] > cycle.start - pd.DateOffset(months=5), "item_id"].unique())
        said = []
        for rows in (table("life_cycle").empty(), told):
            given = {each: tables[each] for each in demand.INPUTS} | {"life_cycle": rows}
            plan = demand.plan(cycle.params.demand, cycle.start, cycle.params.horizon, **given)["demand_plan"]
            plan = plan[plan["bucket"].isin(ahead)]
            said.append((*missed(plan, actual, new), missed(plan, actual)[0]))
        (one, bias, every), (one_with, bias_with, every_with) = said
        print(
            f"{name} {len(new):11}   {one:14.3f} -> {one_with:.3f}   {bias:+13.3f} -> {bias_with:+.3f}"
            f"   {every:20.3f} -> {every_with:.3f}"
        )


if __name__ == "__main__":
    main()
