"""How fast a "what if" is answered at a made-up company of tight capacity, and how far from the best it may be.

Run from the project's folder: python benchmarks/what_if.py [--items 1000] [--local]. Figures are of this machine.
"""

import argparse
import time

from supply_company import company

from sopbench.params import Supply
from sopbench.supply import WhatIf

LOCAL = {
    "one line has 30 % fewer hours": ("capacity", "regular_hours", 0.7, "resource_id", 0, 1),
    "another line has 30 % fewer hours": ("capacity", "regular_hours", 0.7, "resource_id", 20, 21),
    "a supplier is a tenth dearer": ("sources", "unit_cost", 1.1, "origin_id", 10, 11),
    "five suppliers are a tenth dearer": ("sources", "unit_cost", 1.1, "origin_id", 20, 25),
    "five items sell a tenth more": ("demand_plan", "consensus", 1.1, "item_id", 0, 5),
    "twenty items sell a tenth more": ("demand_plan", "consensus", 1.1, "item_id", 100, 120),
}
GLOBAL = {
    "all demand is 5 % higher": ("demand_plan", "consensus", 1.05, None, 0, 0),
    "all demand is 20 % higher": ("demand_plan", "consensus", 1.2, None, 0, 0),
    "every source is 5 % dearer": ("sources", "unit_cost", 1.05, None, 0, 0),
    "every line has 5 % fewer hours": ("capacity", "regular_hours", 0.95, None, 0, 0),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--items", type=int, default=1000)
    parser.add_argument("--local", action="store_true", help="leave out the changes of everything")
    asked = parser.parse_args()
    tables = company(asked.items)
    began = time.perf_counter()
    ready = WhatIf(Supply(), **tables)
    print(f"{asked.items:,} items: base plan ready in {time.perf_counter() - began:.1f} s, gap {ready.base.gap:.4%}")
    for question, (table, column, factor, key, first, last) in (LOCAL if asked.local else LOCAL | GLOBAL).items():
        frame = tables[table].copy()
        chosen = sorted(set(frame.loc[frame[column] > 0, key]) - {""})[first:last] if key else []
        rows = frame[key].isin(chosen) if key else slice(None)
        frame.loc[rows, column] *= factor
        began = time.perf_counter()
        answer = ready.objective(**{table: frame})
        print(f"{question:34}{time.perf_counter() - began:8.2f} s{answer.gap:10.4%} gap", flush=True)


if __name__ == "__main__":
    main()
