"""The page of the pre-S&OP meeting: scenarios side by side, what-ifs planned at once, gaps with levers, and risk.

It shows the finished tables of one cycle; only a what-if is planned anew, and only a scenario that is kept is written.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import ipywidgets
import pandas as pd
from IPython.display import HTML

from sopbench.book import Book
from sopbench.cycle import Cycle
from sopbench.views.meetings import frame
from sopbench.views.meetings.frame import LOOK_EVERY, Parts, Sitting, every
from sopbench.views.meetings.later import soon
from sopbench.views.meetings.presop_gaps import gaps_with_levers
from sopbench.views.meetings.presop_keep import Form, asked_in_the_book
from sopbench.views.meetings.presop_levers import Choices
from sopbench.views.meetings.presop_panel import Panel
from sopbench.views.meetings.presop_risk import risk
from sopbench.views.meetings.presop_side_by_side import side_by_side

MEETING, STEP = "presop", "presop"

BASE_ONLY = ("financial_plan", "capacity_plan", "shortages", "gaps", "solution")
"""Tables of step presop of which the page shows base alone."""


@dataclass(frozen=True)
class Shown:
    """What the page shows of a cycle: tables of step presop by name, and of gather items and sources."""

    tables: dict[str, pd.DataFrame]
    items: pd.DataFrame
    sources: pd.DataFrame


def page(params_file: str | Path, cycle_name: str = "") -> ipywidgets.Widget:
    """The page of a cycle as one widget; where the cycle has not been run so far, a widget that says so."""
    return frame.opened(MEETING, STEP, params_file, cycle_name, build)


def first(params_file: str | Path, cycle_name: str = "") -> HTML:
    """The page's head and the scenarios side by side, shown before its widgets are there."""

    def compared(sitting: Sitting) -> str:
        scenarios, kpis = (sitting.cycle.read("presop", name) for name in ("scenarios", "scenario_kpis"))
        return side_by_side(kpis, scenarios, sitting.currency)

    return frame.first(MEETING, STEP, params_file, cycle_name, compared)


def read(cycle: Cycle) -> Shown:
    """Read what the page shows. Raises PlanningError where presop is out of date."""
    whole = ("scenarios", "scenario_kpis", "levers", "risk_outcomes", "risk_paths", "risk_drivers")
    tables = {name: cycle.read("presop", name) for name in (*whole, *BASE_ONLY)}
    for name in BASE_ONLY:
        tables[name] = tables[name][tables[name]["scenario"] == "base"]
    return Shown(tables, cycle.read("gather", "items"), cycle.read("gather", "sources"))


def build(sitting: Sitting) -> Parts:
    """Lay the page out: scenarios beside the what-if, gaps beside their levers, what base risks."""
    cycle, currency, shown = sitting.cycle, sitting.currency, read(sitting.cycle)
    tables, monitor = shown.tables, cycle.params.monitor
    compared, asked = ipywidgets.HTML(), ipywidgets.HTML().add_class("asked-now")

    def show(what_if: pd.DataFrame | None = None, waits: str = "") -> None:
        compared.value = side_by_side(tables["scenario_kpis"], tables["scenarios"], currency, what_if, waits)

    panel = Panel(sitting, choices(shown), int(tables["solution"]["columns"].max()), show)
    form = Form(sitting, lambda: panel.bench.changes(panel.wish()) if panel.bench else [], lambda: look())
    book, planned = Book(cycle.book_url), set(tables["scenarios"]["scenario"])

    def look() -> None:
        asked.value = asked_in_the_book(book, cycle, planned)

    show()
    look()
    every(LOOK_EVERY, look)
    soon(panel.start_unless_large)
    return {
        "answers": ipywidgets.VBox([compared, asked]),
        "what-if": ipywidgets.VBox([panel.widget, form.widget]).add_class("card"),
        "gaps": gaps_with_levers(tables["gaps"], tables["levers"], tables["shortages"], shown.items, currency),
        "risk": risk(tables, currency, monitor.service_target),
    }


def choices(shown: Shown) -> Choices:
    """What the levers can set: families by revenue, resources by their fullest bucket, suppliers by what they risk."""
    plan, load = shown.tables["financial_plan"], shown.tables["capacity_plan"]
    revenue = (
        plan[plan["line"] == "revenue"].groupby("family")["value"].sum().sort_values(ascending=False, kind="stable")
    )
    fullest = load.groupby("resource_id")["utilisation"].max().sort_values(ascending=False, kind="stable")
    bought = shown.sources[shown.sources["method"].isin(["buy", "subcontract"])]
    drivers = shown.tables["risk_drivers"]
    swing = drivers[drivers["driver"] == "delays"].groupby("key")["swing"].max()
    suppliers = bought.groupby("origin_id")["item_id"].nunique().rename("items").to_frame().join(swing)
    suppliers = suppliers.sort_values(["swing", "items"], ascending=False, kind="stable")
    buckets = sorted(plan["bucket"].unique())
    return Choices(
        revenue[revenue > 0].index.tolist(), fullest.index.tolist(), suppliers.index.tolist(), pd.DatetimeIndex(buckets)
    )
