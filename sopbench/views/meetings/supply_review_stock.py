"""Stock on the supply review: projection against safety stock, of a family in money and of an item in units."""

from __future__ import annotations

from typing import Any

import ipywidgets

from sopbench.contract.words import counted, in_money
from sopbench.views.meetings.parts import download, figure
from sopbench.views.meetings.picker import picker
from sopbench.views.numbers import bucket_name
from sopbench.views.supply_stock import below_target, in_money_by_bucket, in_units_by_bucket, stock_projection

EVERY_FAMILY = "All families"


def stock(shown: Any, currency: str) -> ipywidgets.Widget:
    """A family to choose, its items ranked by the money that is missing of safety stock, and the chart of either."""
    ranked = below_target(shown.supply_plan, shown.items)
    families = sorted(name for name in ranked["family"].unique() if name)
    family = ipywidgets.Dropdown(
        options=[(EVERY_FAMILY, ""), *((each.replace("_", " "), each) for each in families)], description="Family"
    )
    chart, place = ipywidgets.HTML().add_class("projection"), ipywidgets.VBox().add_class("chosen")
    units = shown.items.set_index("item_id")["uom"]

    def draw_family(_: object = None) -> None:
        rows = shown.supply_plan
        if family.value:
            members = shown.items.loc[shown.items["family"] == family.value, "item_id"]
            rows = rows[rows["item_id"].isin(members)]
        by_bucket = in_money_by_bucket(rows, shown.items)
        name = (family.value or EVERY_FAMILY).replace("_", " ")
        chart.value = figure(stock_projection(by_bucket, name, "", currency), by_bucket, "stock_projection")

    def draw_item(key: str) -> None:
        item, location = ranked.loc[int(key), ["item_id", "location_id"]]
        plan = shown.supply_plan
        by_bucket = in_units_by_bucket(plan[(plan["item_id"] == item) & (plan["location_id"] == location)])
        drawn = stock_projection(by_bucket, f"{item} at {location}", str(units.get(item, "units")))
        chart.value = figure(drawn, by_bucket, "stock_projection")

    def narrow(_: object = None) -> None:
        found = ranked[ranked["family"] == family.value] if family.value else ranked
        said = [
            f"{f'{item} {name}'.strip()}, {location}: {_missing(money, worst, currency)}"
            for item, location, name, money, worst in found[
                ["item_id", "location_id", "description", "money", "worst"]
            ].itertuples(index=False)
        ]
        taken = download(found, "below_target")
        note = f"<p class=hint>{counted(len(found), 'item')} by location, the most missing first {taken}</p>"
        listed = picker(list(zip(said, found.index.astype(str), strict=True)), draw_item, "Item", NOBODY)
        place.children = [listed, ipywidgets.HTML(note)]
        draw_family()

    family.observe(narrow, "value")
    narrow()
    left = ipywidgets.VBox([family, place]).add_class("chosen")
    return ipywidgets.HBox([left, chart]).add_class("two")


NOBODY = "none"
"""Key of no option: the family stands first, no item is chosen."""


def _missing(money: float, worst: object, currency: str) -> str:
    return f"{in_money(money, currency)} below in {bucket_name(worst)}" if money >= 0.5 else "never below"
