"""The tiny company's plan, solved, laid out for the risk study."""

from functools import cache

import pandas as pd

import tiny
from sopbench import presop, supply
from sopbench.params import Supply
from sopbench.presop.risk import LaidPlan, lay_plan
from sopbench.presop.risk.study import LAID

BAND = {"p10": 0.8, "p50": 1.0, "p90": 1.2}


@cache
def solved() -> tuple[dict[str, pd.DataFrame], dict[str, pd.DataFrame]]:
    """Tables and plans; demand's p10 is 80 % and its p90 120 % of the consensus."""
    tables = tiny.tables()
    demand = tables["demand_plan"] if "demand_plan" in tables else tiny.demand_plan()
    tables["demand_plan"] = demand.assign(**{name: share * demand["consensus"] for name, share in BAND.items()})
    plans = supply.plan(Supply(), **{name: tables.get(name) for name in supply.INPUTS})
    return tables, plans | {"financial_plan": presop.financial_plans([], tables, plans, tables["sales"])}


def laid(**changed: pd.DataFrame) -> LaidPlan:
    """The tiny company's plan laid out; tables may be changed."""
    tables, plans = solved()
    made = {name: plans[name] for name in ("supply_plan", "sourcing_plan", "capacity_plan")}
    return lay_plan(**{name: (tables | changed)[name] for name in LAID}, **made)
