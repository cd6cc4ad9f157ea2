"""How long a plan takes to be played against its paths, by number of paths and of items, beside the bare draw.

Run from the project's folder: python -W ignore benchmarks/risk.py [--items 100 300] [--paths 250 1000 4000]. The
example company is read from its finished cycle (params/brewline.yaml) where there is one; the others are made up
(supply_company.py). Seconds are this machine's, the ratios travel: "/ draw" sets draw and play beside drawing the same
number of normal numbers with numpy and nothing else, "growth" beside the row above (4 = as the paths).
"""

import argparse
import time
from pathlib import Path

import numpy as np
import pandas as pd
from supply_company import company

from sopbench.contract import PlanningError, table
from sopbench.cycle import open_cycle
from sopbench.params import Supply
from sopbench.params.risk import Hedge, Risk
from sopbench.presop import financial_plan, net_price, realised_share
from sopbench.presop.risk.drivers import risk_drivers
from sopbench.presop.risk.hedged import Pricing, hedge_tables
from sopbench.presop.risk.laid import LaidPlan, lay_plan
from sopbench.presop.risk.money import basis, played_money
from sopbench.presop.risk.paths import as_planned, draw_paths
from sopbench.presop.risk.study import INPUTS, LAID
from sopbench.supply import INPUTS as SUPPLY_INPUTS
from sopbench.supply import plan

PARTS = ("draw", "play", "drivers", "hedge")

PLANS = ("supply_plan", "sourcing_plan", "capacity_plan")


def example() -> tuple[dict, dict]:
    """Tables and plans of the example company's cycle, base alone."""
    cycle = open_cycle(Path("params/brewline.yaml"))
    steps = {"demand_plan": "demand"}
    tables = {name: cycle.read(steps.get(name, "gather"), name) for name in INPUTS}
    made = {name: cycle.read("presop", name) for name in (*PLANS, "financial_plan")}
    return tables, {name: frame[frame["scenario"] == "base"] for name, frame in made.items()}


def made_up(items: int) -> tuple[dict, dict]:
    """Tables and plans of a made-up company of so many items."""
    tables = company(items) | {name: table(name).empty() for name in ("events", "sales", "budget")}
    plans = plan(Supply(), **{name: tables[name] for name in SUPPLY_INPUTS})
    given = {name: tables[name] for name in ("items", "events", "resources")}
    money = financial_plan(**given, **{name: plans[name] for name in (*PLANS, "costs")}, realised=_realised(tables))
    return tables, plans | {"financial_plan": money}


def _realised(tables: dict) -> pd.DataFrame:
    return realised_share(tables["items"], tables["events"], tables["sales"])


def seconds(number: int, tables: dict, plans: dict, hedged: bool) -> dict[str, float]:
    """What each part takes for so many paths, and the bare draw of as many random numbers."""
    settings = Risk(paths=number, hedge=Hedge(solve=hedged))
    laid = lay_plan(**{name: tables[name] for name in LAID}, **{name: plans[name] for name in PLANS})
    bucket = pd.Series(laid.buckets)
    prices = net_price(tables["items"], tables["events"], bucket, _realised(tables))
    given = {"items": tables["items"], "resources": tables["resources"], "prices": prices}
    orders = {"sourcing_plan": plans["sourcing_plan"]}
    worth = basis(laid, **given, **orders, financial_plan=plans["financial_plan"])
    took, began = {"bare": _bare(number, laid, tables["demand_plan"])}, time.perf_counter()
    paths = draw_paths(settings, laid, tables["demand_plan"], tables["items"])
    took["draw"], began = time.perf_counter() - began, time.perf_counter()
    played_money(laid, worth, paths, settings.plan_stands)
    took["play"], began = time.perf_counter() - began, time.perf_counter()
    planned = played_money(laid, worth, as_planned(laid), settings.plan_stands)
    risk_drivers(laid, worth, paths, planned, settings.plan_stands)
    took["drivers"], began = time.perf_counter() - began, time.perf_counter()
    if hedged:
        hedge_tables(settings.hedge, laid, paths.demand, Pricing(**given, **orders))
        took["hedge"] = time.perf_counter() - began
    return took


def _bare(number: int, laid: LaidPlan, demand_plan: pd.DataFrame) -> float:
    """Drawing as many normal numbers as the paths take: lines, families, suppliers and resources, bucket by bucket."""
    lines = len(demand_plan[["item_id", "location_id", "customer_id"]].drop_duplicates())
    rows = lines + laid.nodes["family"].nunique() + len(laid.suppliers) + len(laid.resources)
    began, draws = time.perf_counter(), np.random.default_rng(1)
    for _ in laid.buckets:
        draws.standard_normal((rows, number))
    return time.perf_counter() - began


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--items", type=int, nargs="*", default=[100, 300])
    words.add_argument("--paths", type=int, nargs="*", default=[250, 1000, 4000])
    words.add_argument("--no-hedge", action="store_true", help="leave out the hedge, a programme of its own")
    asked = words.parse_args()
    print(
        f"{'company':>12}{'paths':>8}" + "".join(f"{name:>9}" for name in ("draw", "play", "drivers", "hedge", "all"))
    )
    for name in ("brewline", *asked.items):
        try:
            tables, plans = example() if name == "brewline" else made_up(name)
        except PlanningError as error:
            print(f"{name:>12}  left out: {error}")
            continue
        before = 0.0
        for number in asked.paths:
            took = seconds(number, tables, plans, not asked.no_hedge)
            both = took["draw"] + took["play"]
            every = both + took["drivers"] + took.get("hedge", 0.0)
            parts = "".join(f"{took.get(part, np.nan):9.2f}" for part in PARTS)
            growth = f"{both / before:.1f}" if before else "-"
            print(f"{name:>12}{number:8,}{parts}{every:9.2f}{both / took['bare']:9.1f}{growth:>9}", flush=True)
            before = both


if __name__ == "__main__":
    main()
