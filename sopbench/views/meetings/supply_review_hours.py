"""Load against capacity on the supply review: cells to pick, and beside them the items and customers behind one."""

from __future__ import annotations

from html import escape
from typing import Any

import ipywidgets
import pandas as pd

from sopbench.contract import PlanningError
from sopbench.contract.words import in_money
from sopbench.views.meetings.grid import Grid
from sopbench.views.meetings.parts import download, problem, rows_table, section, waiting
from sopbench.views.meetings.supply_review_pegging import Followed
from sopbench.views.numbers import bucket_labels, bucket_word
from sopbench.views.supply_hours import Heat, cell_in_words, cell_name, heat

ROWS = 24
"""Resources shown at once; the others are found by name."""

ITEMS, CUSTOMERS = 4, 4
"""Named behind a cell; the table to take away has all."""

WAITS = "Following the hours to the customers …"


def hours(shown: Any, followed: Followed, currency: str) -> ipywidgets.Widget:
    """The cells, and what is behind the one picked; the tightest one is picked first."""
    every = heat(shown.capacity_plan)
    if not every.resources:
        return ipywidgets.HTML(section("<p>No resource has hours in this plan.</p>", "Load against capacity"))
    grid, behind = Grid(), ipywidgets.HTML().add_class("behind")
    listed: list[str] = []
    cells = shown.capacity_plan.set_index(["resource_id", "bucket"])
    at = _tightest(every, cells)

    def show(found: list[str]) -> None:
        listed[:] = found
        rows = [every.resources.index(name) for name in found]
        columns = bucket_labels(pd.Series(every.buckets)).tolist()
        with grid.hold_sync():
            grid.picked = {"row": found.index(at[0]), "column": every.buckets.index(at[1])} if at[0] in found else {}
            grid.show(
                columns,
                found,
                [every.texts[row] for row in rows],
                ["picked"] * len(rows),
                [every.looks[row] for row in rows],
            )

    def draw(follow: bool = False) -> None:
        resource, bucket = at
        if (resource, bucket) not in cells.index:
            behind.value = section("<p>There are no hours here.</p>", cell_name(resource, bucket))
            return
        said = f"<p>{escape(cell_in_words(cells.loc[(resource, bucket)], currency))}</p>"
        if follow or followed.ready:
            try:
                said += _served(followed.behind(resource, bucket), shown.items, currency)
            except PlanningError as error:
                said += problem(str(error))
        else:
            said += waiting(WAITS if followed.beforehand else "Pick a cell to see whom it serves.")
        behind.value = section(said, cell_name(resource, bucket))

    def pick(row: int, column: int) -> None:
        nonlocal at
        at = (listed[row], every.buckets[column])
        if not followed.ready:
            behind.value = section(waiting(WAITS), cell_name(*at))
        draw(follow=True)

    show(every.resources[:ROWS])
    grid.on_pick(pick)
    draw()
    followed.when_ready(draw)
    return ipywidgets.HBox([_cells(grid, every, show), behind.add_class("card")])


def _cells(grid: Grid, every: Heat, show: Any) -> ipywidgets.Widget:
    """The cells under their title, with a search where the resources are many."""
    said = (
        f"% of regular hours by {bucket_word()}; amber: overtime, red: no hour left. Pick a cell to see who needs it."
    )
    many = len(every.resources) > ROWS
    said += f" The {ROWS} tightest of {len(every.resources):,}." if many else ""
    title = ipywidgets.HTML(f"<h2>Load against capacity</h2><p class=hint>{escape(said)}</p>")
    field = ipywidgets.Text(description="Find a resource", placeholder="part of a name", continuous_update=True)

    def narrow(change: dict) -> None:
        words = change["new"].lower().split()
        show([name for name in every.resources if all(word in name.lower() for word in words)][:ROWS])

    field.observe(narrow, "value")
    return ipywidgets.VBox([title, *([field] if many else []), grid]).add_class("card").add_class("cells")


def _tightest(every: Heat, cells: pd.DataFrame) -> tuple[str, pd.Timestamp]:
    """The cell of the first resource in which an hour is worth most, else the fullest."""
    rows = cells.loc[every.resources[0]].sort_values(["shadow_price", "utilisation"], ascending=False, kind="stable")
    return every.resources[0], rows.index[0]


def _served(served: pd.DataFrame, items: pd.DataFrame, currency: str) -> str:
    """Items and customers behind a cell: hours, units and the revenue that hangs on them."""
    if served.empty:
        return ""
    taken = download(served.rename(columns={"amount": "hours", "kind": "end"}), "behind_the_cell")
    note = f"<p class=hint>revenue at list price that hangs on these hours {taken}</p>"
    return _by_item(served, items, currency) + _by_customer(served, currency) + note


def _by_item(served: pd.DataFrame, items: pd.DataFrame, currency: str) -> str:
    sold = served["kind"] == "shipped"
    sums = served.assign(qty=served["qty"].where(sold, 0.0)).groupby("item_id")[["amount", "qty", "revenue"]].sum()
    sums = sums.sort_values(["amount"], ascending=False, kind="stable")
    names = items.set_index("item_id")["description"].reindex(sums.index).fillna("")
    sums = sums.assign(name=[f"{item} {name}".strip() for item, name in names.items()])
    rows = [
        (row.name, f"{row.amount:,.0f}", f"{row.qty:,.0f}", in_money(row.revenue))
        for row in sums.head(ITEMS).itertuples(index=False)
    ]
    rest = sums.iloc[ITEMS:]
    if len(rest):
        hours, revenue = rest[["amount", "revenue"]].sum()
        rows.append((f"{len(rest):,} more", f"{hours:,.0f}", "", in_money(revenue)))  # units of items are no sum
    return rows_table(("item sold", "hours", "units", f"revenue, {currency}"), rows)


def _by_customer(served: pd.DataFrame, currency: str) -> str:
    sold = served[served["kind"] == "shipped"]
    sums = sold.groupby("customer_id")[["amount", "revenue"]].sum()
    sums = sums.sort_values("revenue", ascending=False, kind="stable")
    rows = [
        (name or "all customers", f"{amount:,.0f}", in_money(revenue))
        for name, amount, revenue in sums.head(CUSTOMERS).itertuples()
    ]
    rest = sums.iloc[CUSTOMERS:]
    if len(rest):
        rows.append((f"{len(rest):,} more", f"{rest['amount'].sum():,.0f}", in_money(rest["revenue"].sum())))
    kept = served.loc[served["kind"] != "shipped", "amount"].sum()
    if kept >= 0.5:
        rows.append(("nobody: in stock at the end, or written off", f"{kept:,.0f}", ""))
    return rows_table(("customer served", "hours", f"revenue, {currency}"), rows) if rows else ""
