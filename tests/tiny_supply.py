"""The tiny company planned as step supply would, finished on disk: enough for the page of the supply review."""

from functools import cache

import pandas as pd

import tiny
from sopbench import supply
from sopbench.contract import checked, table
from sopbench.contract.past import by_cycle
from sopbench.params import Supply

PARAMS = """
company: tiny
title: Tiny <b>Pumps</b>
currency: EUR
cycle: 2025-09
gather: {source: .}
"""

PUMP, KIT = "<b>Pump</b>", "Kit, 2 parts"
"""Descriptions; one a page must show as text."""


@cache
def planned(hours: float = 100.0) -> dict[str, pd.DataFrame]:
    """Inputs and plan; LINE has `hours` of regular time a month and 20 of overtime."""
    given = tiny.tables() | {"demand_plan": tiny.demand_plan(), "lead_time_demand": table("lead_time_demand").empty()}
    names = given["items"]["item_id"].map({"PUMP": PUMP, "KIT": KIT}).fillna("")
    given["items"] = given["items"].assign(description=names)
    given["capacity"] = checked(given["capacity"].assign(regular_hours=hours), table("capacity"))
    plan = supply.plan(Supply(), **{name: given[name] for name in supply.INPUTS})
    past = {
        kind: by_cycle(name, {tiny.START: given[name]})
        for kind, name in (("on_hands", "on_hand"), ("receipts", "receipts"), ("open_orders", "open_orders"))
    }
    grid = supply.sop_grid(
        tiny.START,
        supply_plan=plan["supply_plan"],
        earlier_plans=by_cycle("supply_plan", {}),
        **past,
        **{name: given[name] for name in supply.GRIDDED},
    )
    return given | plan | {"sop_grid": grid}


MADE = ("supply_plan", "sourcing_plan", "capacity_plan", "shipments", "shortages", "sop_grid")
"""Tables of step supply that the page reads."""


def write(cycle, tables: dict[str, pd.DataFrame]) -> None:
    """Finish gather, demand and supply of a cycle with those of these tables that the page reads."""
    cycle.write("gather", **{name: tables[name] for name in (*supply.PEGGED, "items")})
    cycle.write("demand", demand_plan=tables["demand_plan"])
    cycle.write("supply", **{name: tables[name] for name in MADE})


def many(tables: dict[str, pd.DataFrame], times: int) -> dict[str, pd.DataFrame]:
    """Items and plan of the company so many times over, each under a name of its own."""

    def copied(frame: pd.DataFrame) -> pd.DataFrame:
        keys = [name for name in ("item_id", "resource_id", "family") if name in frame]
        copies = [frame.assign(**{key: frame[key] + f"-{number:05}" for key in keys}) for number in range(times)]
        return pd.concat(copies, ignore_index=True)

    names = ("items", "supply_plan", "sourcing_plan", "capacity_plan", "shortages")
    return {name: copied(tables[name]) for name in names}
