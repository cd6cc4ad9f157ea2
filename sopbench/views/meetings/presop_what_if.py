"""The base plan made ready for what-ifs, and the answer to one: the measures of the scenarios, beside base."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from sopbench import presop, supply
from sopbench.contract import PlanningError, Problem
from sopbench.contract.words import in_money
from sopbench.cycle import Cycle
from sopbench.params import Change, Presop, Scenario
from sopbench.presop.finance import GIVEN, MADE
from sopbench.views.meetings.presop_wish import Wish, changes_of, only_under_way

NAME = "what_if"
"""What the scenario of a what-if is called in its tables."""

MEASURED = ("supply_plan", "capacity_plan", "shortages", "solution", "costs")
"""What the measures of a scenario are made from, besides its financial plan."""


@dataclass(frozen=True)
class Answered:
    """The plan that answers a what-if.

    Attributes:
        kpis: its measures beside base (contract table scenario_kpis, scenario what_if only).
        gap: by how much of its cost it may miss the best plan there is.
        seconds: what planning it took.
    """

    kpis: pd.DataFrame
    gap: float
    seconds: float


@dataclass(frozen=True)
class Bench:
    """The base plan with all that a what-if is planned from and set beside.

    Attributes:
        settings: that section of the parameters.
        what_if: the base plan, ready to be asked.
        tables: what base is planned from, by name.
        sales: revenue of the past by item and bucket, for what customers owe at the start.
        realised: the share of list price that customers pay, by item.
        base: the tables of the scenario base, as step presop wrote them: MEASURED and financial_plan.
        served: the families that are sold and have a service level.
        under_way: by supplier, the items of purchase orders under way that only it sends.
    """

    settings: Presop
    what_if: supply.WhatIf
    tables: dict[str, pd.DataFrame]
    sales: pd.DataFrame
    realised: pd.DataFrame
    base: dict[str, pd.DataFrame]
    served: Sequence[str]
    under_way: Mapping[str, Sequence[str]]

    def changes(self, wish: Wish) -> list[Change]:
        """What the levers stand for."""
        return changes_of(wish, self.served, self.under_way)

    def answer(self, changes: Sequence[Change]) -> Answered:
        """Plan base with the changes made. Raises PlanningError where they cannot be made or nothing can be planned."""
        began = time.perf_counter()
        scenario = Scenario(name=NAME, question="What if?", changes=list(changes))
        changed = presop.apply_changes(self.tables, scenario.changes, "what if")
        taken = {name: changed[name] for name in supply.INPUTS if changed[name] is not self.tables[name]}
        plans = self.what_if.answer(NAME, why=False, **taken)
        earned = presop.financial_plan(
            **{name: changed[name] for name in GIVEN},
            **{name: plans[name] for name in MADE},
            sales=self.sales,
            settings=self.settings,
            realised=self.realised,
        )
        beside = {name: _beside(self.base[name], plans[name]) for name in MEASURED}
        kpis = presop.scenario_kpis(
            self.settings,
            scenarios=presop.scenarios_table([scenario]),
            financial_plan=_beside(self.base["financial_plan"], earned),
            **beside,
        )
        gap = float(plans["solution"]["gap"].iloc[0])
        return Answered(kpis[kpis["scenario"] == NAME], gap, time.perf_counter() - began)


def ready(cycle: Cycle) -> Bench:
    """Plan base anew from the tables of a finished cycle, so that what-ifs start from it.

    Raises PlanningError where a step before is out of date, or base does not come out as step presop wrote it.
    """
    gathered = cycle.tables("gather")
    planned = {name: cycle.read("demand", name) for name in ("demand_plan", "lead_time_demand")}
    tables = planned | {name: gathered[name] for name in [*supply.INPUTS, "events"] if name not in planned}
    earlier = cycle.earlier()
    last = earlier[-1].read("executive", "sourcing_plan") if earlier else None
    inputs = {name: tables[name] for name in supply.INPUTS}
    what_if = supply.WhatIf(cycle.params.supply, last_sourcing_plan=last, **inputs)
    base = {name: cycle.read("presop", name) for name in (*MEASURED, "financial_plan")}
    base = {name: frame[frame["scenario"] == "base"] for name, frame in base.items()}
    _refuse_another(what_if.base.objective, base["solution"], cycle)
    bench = Bench(
        settings=cycle.params.presop,
        what_if=what_if,
        tables=tables,
        sales=gathered["sales"].groupby(["item_id", "bucket"], as_index=False)["revenue"].sum(),
        realised=presop.realised_share(tables["items"], tables["events"], gathered["sales"], tables["sales_terms"]),
        base=base,
        served=_served(tables),
        under_way=only_under_way(tables["receipts"], tables["sources"]),
    )
    bench.answer([Change(table="demand_plan", column="consensus", multiply=1.0)])  # the first question is no slower
    return bench


def _served(tables: dict[str, pd.DataFrame]) -> list[str]:
    """The families with an item that is sold and has a policy."""
    items, sold = tables["items"], tables["demand_plan"]["item_id"].unique()
    kept = items["item_id"].isin(sold) & items["item_id"].isin(tables["policies"]["item_id"])
    return sorted(items.loc[kept, "family"].unique())


def _beside(base: pd.DataFrame, other: pd.DataFrame) -> pd.DataFrame:
    """Both in one table; one without rows leaves the types of the other alone."""
    filled = [frame for frame in (base, other) if len(frame)] or [base]
    return pd.concat(filled, ignore_index=True)


def _refuse_another(objective: float, solution: pd.DataFrame, cycle: Cycle) -> None:
    """Raise PlanningError where base is not the plan shown, so that no difference to it would be true."""
    shown = solution["objective"].iloc[0]
    within = max(cycle.params.supply.gap, float(solution["gap"].iloc[0]), 1e-6)
    if abs(objective - shown) > within * max(abs(shown), 1.0):
        said = f"base costs {in_money(objective, cycle.params.currency)} now, and {in_money(shown)} when it was run"
        mend = f"run the cycle again: sopbench run {cycle.params_name} --cycle {cycle.name}"
        raise PlanningError(Problem("what if", "base", "", said + ": parameters or tables changed since", mend))
