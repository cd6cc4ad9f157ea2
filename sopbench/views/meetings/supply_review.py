"""The page of the supply review: where capacity ends, what will be short and why, what to buy, and the S&OP grid.

It shows the finished tables of step supply. Whatever a person or a table says is shown as text.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from html import escape
from pathlib import Path

import ipywidgets
import pandas as pd
from IPython.display import HTML

from sopbench.contract.words import in_money, in_share
from sopbench.cycle import Cycle
from sopbench.views.meetings import (
    frame,
    supply_review_grid,
    supply_review_hours,
    supply_review_orders,
    supply_review_short,
    supply_review_stock,
)
from sopbench.views.meetings.drawers import drawers
from sopbench.views.meetings.frame import Parts, Sitting
from sopbench.views.meetings.parts import section
from sopbench.views.meetings.supply_review_pegging import Followed
from sopbench.views.supply_hours import tight_in_words
from sopbench.views.supply_orders import purchases, to_order_in_words
from sopbench.views.supply_short import revenue_by_cause

MEETING, STEP = "supply_review", "supply"
"""The page, and the last step it shows tables of."""

READ = ("supply_plan", "sourcing_plan", "capacity_plan", "shortages", "sop_grid")
"""Tables of step supply that the page opens with; who hangs on what is read when somebody asks."""


@dataclass(frozen=True)
class Shown:
    """What the page shows of a cycle, as read at one moment: tables of step supply, the items, and what to buy."""

    supply_plan: pd.DataFrame
    sourcing_plan: pd.DataFrame
    capacity_plan: pd.DataFrame
    shortages: pd.DataFrame
    sop_grid: pd.DataFrame
    items: pd.DataFrame
    ordered: pd.DataFrame


def page(params_file: str | Path, cycle_name: str = "") -> ipywidgets.Widget:
    """The page of a cycle as one widget; where the cycle has not been run so far, a widget that says so."""
    return frame.opened(MEETING, STEP, params_file, cycle_name, build)


def first(params_file: str | Path, cycle_name: str = "") -> HTML:
    """The page's head and answers, shown before its widgets are there."""
    return frame.first(MEETING, STEP, params_file, cycle_name, lambda sitting: _answers(read(sitting.cycle), sitting))


def read(cycle: Cycle) -> Shown:
    """Read what the page shows. Raises PlanningError where step supply has not finished."""
    tables = {name: cycle.read("supply", name) for name in READ}
    items = cycle.read("gather", "items")
    buckets = tables["supply_plan"]["bucket"].drop_duplicates().sort_values().head(cycle.params.supply.fence + 1)
    return Shown(**tables, items=items, ordered=purchases(tables["sourcing_plan"], items, buckets.tolist()))


def build(sitting: Sitting) -> Parts:
    """Lay the page out: three answers, load by resource and bucket beside what is behind a cell, then the rest."""
    shown, currency = read(sitting.cycle), sitting.currency
    followed = Followed(sitting, shown)
    return {
        "answers": ipywidgets.HTML(_answers(shown, sitting)),
        "hours": supply_review_hours.hours(shown, followed, currency),
        "more": drawers(
            {
                "Shortages": partial(supply_review_short.short, shown, followed, currency),
                "Stock": partial(supply_review_stock.stock, shown, currency),
                "Purchases to approve": partial(supply_review_orders.orders, shown, sitting),
                "S&OP grid": partial(supply_review_grid.grid, shown, sitting),
            }
        ).add_class("card"),
    }


def _answers(shown: Shown, sitting: Sitting) -> str:
    """Where capacity ends, what is short and what must be bought, in a sentence each."""
    currency = sitting.currency
    tight = tight_in_words(shown.capacity_plan)
    short, side = _short(shown, currency), "short" if shown.shortages["revenue_at_risk"].sum() >= 0.5 else "good"
    said = {
        "Where does capacity end?": ("", tight),
        "What will be late or lost?": (side, short),
        "What must be ordered now?": ("", to_order_in_words(shown.ordered, currency)),
    }
    return "".join(section(f'<p class="{look}">{escape(text)}.</p>', title) for title, (look, text) in said.items())


def _short(shown: Shown, currency: str) -> str:
    """What is at risk, what of it is lost, and what is most in the way."""
    short = shown.shortages
    total = short["revenue_at_risk"].sum()
    if total < 0.5:
        return "Every order is shipped on time"
    price = short["item_id"].map(shown.items.set_index("item_id")["unit_price"])
    lost, first = (short["lost"] * price).sum(), revenue_by_cause(short).iloc[0]
    said = f"{in_money(total, currency)} at risk, {in_money(lost, currency)} of it lost"
    return f"{said}; {in_share(first['revenue_at_risk'] / total)} as {first['said']}"
