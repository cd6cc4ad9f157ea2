"""What gather, demand and supply would have written for the tiny company, by hand: enough for the demand review."""

import pandas as pd

import tiny
from sopbench.contract import checked, table

PARAMS = """
company: tiny
title: Tiny <b>Pumps</b>
currency: EUR
cycle: 2025-09
gather: {source: .}
"""


def demand_plan() -> pd.DataFrame:
    """The tiny company's plan; sales says 30 % more of pumps and nothing of kits, the consensus 10 % more."""
    rows = tiny.demand_plan()
    pumps = rows["item_id"] == "PUMP"
    return checked(
        rows.assign(
            sales=(rows["statistical"] * 1.3).where(pumps),
            consensus=rows["statistical"].where(~pumps, rows["statistical"] * 1.1),
        ),
        table("demand_plan"),
    )


def history() -> pd.DataFrame:
    """What was ordered; the December peak of 2024 was taken out as an outlier."""
    sums = tiny.tables()["sales"].groupby(["item_id", "location_id", "bucket"], as_index=False)["qty_ordered"].sum()
    out = (sums["item_id"] == "PUMP") & (sums["bucket"] == "2024-12-01")
    said = {"ordered": sums["qty_ordered"], "cleaned": sums["qty_ordered"].where(~out, 90.0)}
    rows = sums[["item_id", "location_id", "bucket"]].assign(**said, reason=out.map({True: "outlier", False: ""}))
    return checked(rows, table("history"))


def capacity_plan() -> pd.DataFrame:
    """The line is loaded with 90 of its 100 hours in every month."""
    said = {"resource_id": "LINE", "bucket": tiny.BUCKETS, "load": 90.0, "regular": 90.0, "overtime": 0.0}
    said |= {"regular_available": 100.0, "overtime_available": 20.0, "utilisation": 0.9, "shadow_price": 0.0}
    return checked(pd.DataFrame(said), table("capacity_plan"))


def bill_of_resources() -> pd.DataFrame:
    """A pump takes an hour on the line two months before it is sold."""
    said = {"item_id": ["PUMP"], "location_id": "DC", "resource_id": "LINE", "offset": 2, "hours_per_unit": 1.0}
    return checked(pd.DataFrame(said), table("bill_of_resources"))


def write(cycle, supply: bool = True, **gathered: pd.DataFrame) -> None:
    """Finish gather and demand of a cycle, and supply as well; `gathered` stands in for tables of gather."""
    cycle.write("gather", **(tiny.tables() | gathered))
    empty = {name: table(name).empty() for name in ("override_effects", "override_conflicts")}
    cycle.write("demand", demand_plan=demand_plan(), history=history(), **empty)
    if supply:
        cycle.write("supply", bill_of_resources=bill_of_resources(), capacity_plan=capacity_plan())
