"""How long scenarios take, beside planning each from nothing: by number of scenarios, of items and of processes.

Run from the project's folder: python benchmarks/scenarios.py [--items 1000] [--jobs 1 2]. The companies are made up
(supply_company.py); seconds are this machine's, the ratio travels.
"""

import argparse
import time
from functools import partial
from itertools import product

from supply_company import company

from sopbench.contract import table
from sopbench.params import Change, Scenario, Supply
from sopbench.presop import solve_scenarios
from sopbench.supply import INPUTS, WhatIf, plan


def twenty(tables: dict) -> list[Scenario]:
    """Demand of a family, hours of a line, prices and times of a supplier, by turns."""
    families = sorted(tables["items"]["family"].unique())
    lines = sorted(tables["resources"]["resource_id"])
    suppliers = sorted(set(tables["sources"]["origin_id"]) - {"", "RIVAL"})
    suppliers = [name for name in suppliers if name.startswith("SUP")]
    changes = []
    for turn in range(5):
        family, line, supplier = (each[turn % len(each)] for each in (families, lines, suppliers))
        changes += [
            {"table": "demand_plan", "column": "consensus", "multiply": 1.1, "where": {"family": family}},
            {"table": "capacity", "column": "regular_hours", "multiply": 0.8, "where": {"resource_id": line}},
            {"table": "sources", "column": "unit_cost", "multiply": 1.1, "where": {"origin_id": supplier}},
            {"table": "sources", "column": "lead_time", "add": 1, "where": {"origin_id": supplier}},
        ]
    return [Scenario(name=f"s{n}", question="?", changes=[Change(**each)]) for n, each in enumerate(changes)]


def _answer(solver: WhatIf, name: str, changed: dict) -> dict:
    return solver.answer(name, **changed)


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--items", type=int, nargs="*", default=[100, 300])
    words.add_argument("--jobs", type=int, nargs="*", default=[1])
    said = words.parse_args()
    print(f"{'items':>7}{'scenarios':>11}{'jobs':>6}{'base':>8}{'all':>8}{'each':>8}{'each from nothing / each':>26}")
    for items in said.items:
        tables = company(items) | {"events": table("events").empty()}
        began = time.perf_counter()
        solver = WhatIf(Supply(), **{name: tables[name] for name in INPUTS})
        base = time.perf_counter() - began
        began = time.perf_counter()
        plan(Supply(), **{name: tables[name] for name in INPUTS})
        anew = time.perf_counter() - began
        for count, jobs in product((4, 20), said.jobs):
            began = time.perf_counter()
            solve_scenarios(twenty(tables)[:count], tables, partial(_answer, solver), INPUTS, jobs)
            every = time.perf_counter() - began
            each = every / (count + 1)
            print(f"{items:7,}{count:11}{jobs:6}{base:8.2f}{every:8.2f}{each:8.2f}{anew / each:26.1f}", flush=True)


if __name__ == "__main__":
    main()
