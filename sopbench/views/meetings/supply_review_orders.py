"""Purchases to approve on the supply review: by supplier and one by one, with the day to order by and the arrival."""

from __future__ import annotations

from html import escape
from typing import Any

import ipywidgets
import pandas as pd

from sopbench.contract.words import counted, in_money, in_units
from sopbench.views.meetings.frame import Sitting
from sopbench.views.meetings.parts import download, rows_table
from sopbench.views.numbers import bucket_name, bucket_word
from sopbench.views.supply_orders import by_supplier, to_order_in_words

NAMED = 20
"""Orders and suppliers named; the table to take away has all."""

EVERY_SUPPLIER = "All suppliers"


def orders(shown: Any, sitting: Sitting) -> ipywidgets.Widget:
    """The suppliers with what they get, one of them to choose, and the orders, the dearest first."""
    ordered, currency = shown.ordered, sitting.currency
    said = f"<h3>{escape(to_order_in_words(ordered, currency))}</h3>"
    if ordered.empty:
        return ipywidgets.HTML(said)
    sums = by_supplier(ordered)
    chosen = ipywidgets.Dropdown(
        options=[(EVERY_SUPPLIER, ""), *((name or "no name", name) for name in sums["supplier"])],
        description="Supplier",
    )
    lines, supplied = ipywidgets.HTML(), ipywidgets.HTML(_suppliers(sums, currency)).add_class("chosen")
    span = sitting.cycle.params.supply.fence + 1
    many = bucket_word() if span == 1 else f"{span} {bucket_word(span)}"
    note = f"bought or subcontracted, to be ordered in the first {many} {download(ordered, 'purchases_to_approve')}"

    def draw(_: object = None) -> None:
        rows = ordered[ordered["supplier"] == chosen.value] if chosen.value else ordered
        lines.value = _orders(rows, currency)

    chosen.observe(draw, "value")
    draw()
    head = ipywidgets.HTML(f"{said}<p class=hint>{note}</p>")
    right = ipywidgets.VBox([chosen, lines]).add_class("lines")
    return ipywidgets.VBox([head, ipywidgets.HBox([supplied, right]).add_class("two")])


def _suppliers(sums: pd.DataFrame, currency: str) -> str:
    rows = [
        (name, counted(orders, "order"), f"{first:%Y-%m-%d}", in_money(money))
        for name, orders, _, first, money in sums.head(NAMED).itertuples(index=False)
    ]
    if len(sums) > NAMED:
        rest = sums.iloc[NAMED:]
        rows.append((f"{len(rest):,} more", counted(rest["orders"].sum(), "order"), "", in_money(rest["money"].sum())))
    return rows_table(("supplier", "", "first by", currency), rows)


def _orders(rows: pd.DataFrame, currency: str) -> str:
    said = [
        (
            f"{row.item_id} {row.description}",
            f"{row.supplier} to {row.location_id}" + (", subcontracted" if row.method == "subcontract" else ""),
            f"{in_units(round(row.qty, 1))} {row.uom}".strip(),
            f"{row.order_by:%Y-%m-%d}",
            bucket_name(row.arrives),
            in_money(row.money),
        )
        for row in rows.head(NAMED).itertuples()
    ]
    if len(rows) > NAMED:
        rest = rows["money"].iloc[NAMED:].sum()
        said.append((f"{len(rows) - NAMED:,} more", "", "", "", "", in_money(rest)))
    return rows_table(("item", "from, to", "quantity", "order by", "arrives", currency), said, text_columns=2)
