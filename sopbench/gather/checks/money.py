"""Looks at prices and costs: below cost, nothing, far from what was invoiced, components dearer than the whole."""

from __future__ import annotations

import pandas as pd

from sopbench.contract import Problem
from sopbench.contract.words import counted
from sopbench.gather.checks.facts import Facts
from sopbench.gather.checks.history import price_breaks
from sopbench.gather.checks.told import figures, keyed, listed, rows_told

FAR = 5.0
"""What was invoiced for a unit lies far from the list price by this factor, either way."""

MOST, COLUMN = 0.6, 10
"""Where this share of this many rows or more lies off by about the same factor, the column as a whole is told ..."""

ALIKE = 1.5
"""... if nine tenths of them lie within this factor of the middle one."""

DEARER = 2.0
"""A component costs this many times its whole parent: the quantity in the bill is wrong, or one of the costs."""


def prices_and_costs(facts: Facts) -> list[Problem]:
    """Warnings on items sold in the last year without a price, without a cost, or below cost.

    The money is the year's loss where the price is below the cost, else the year's revenue.
    """
    sold = facts.items[facts.items["units"] > 0]
    below = sold[(sold["unit_price"] < sold["unit_cost"]) & (sold["unit_price"] > 0)]
    free, costless = sold[sold["unit_price"] == 0], sold[(sold["unit_cost"] == 0) & (sold["unit_price"] > 0)]
    loss = (below["unit_cost"] - below["unit_price"]) * below["units"]
    against = figures(below["unit_price"], "{:,.2f} against ") + figures(below["unit_cost"], "{:,.2f}")
    units = figures(sold["units"], "{:,.0f} sold")
    return [
        *listed(
            "items",
            rows_told(_item(below), against, loss),
            "the price is below the cost",
            "check unit_price and unit_cost: both for one unit of uom",
            noun="item",
        ),
        *listed(
            "items",
            rows_told(_item(free), units[free.index], free["sold_for"]),
            "sold, but its list price is 0: shortages of it cost nothing in the plan",
            "give unit_price: the list price of one unit",
            noun="item",
        ),
        *listed(
            "items",
            rows_told(_item(costless), units[costless.index], costless["sold_for"]),
            "sold, but its cost is 0: its stock is worth nothing and all of its price is margin",
            "give unit_cost: the standard cost of one unit",
            noun="item",
        ),
    ]


def invoiced_far_from_list(facts: Facts) -> list[Problem]:
    """A warning for each item whose last year was invoiced at a price far from its list price, with the revenue.

    Items whose invoiced price broke level are told by that alone.
    """
    items = facts.items
    sold = items[(items["units"] > 0) & (items["unit_price"] > 0)]
    each = sold["sold_for"] / sold["units"]
    far = (each > FAR * sold["unit_price"]) | (each < sold["unit_price"] / FAR)
    rows = sold[far & ~sold.index.isin(price_breaks(facts).index)]
    found = figures(each[rows.index], "{:,.2f} invoiced, ") + figures(rows["unit_price"], "{:,.2f} in the list")
    listed_value = (rows["units"] * rows["unit_price"]).where(rows["sold_for"] <= 0, rows["sold_for"])
    message = "a unit was invoiced far from its list price in the last year"
    mend = "check unit_price, the unit of measure and the currency"
    ratio = (each / sold["unit_price"])[rows.index]
    if _column_off(ratio, len(sold)):
        message = "units were invoiced far from their list price in the last year: cents, thousands, another currency?"
        mend = "check unit_price in items and revenue in sales: both in the company's currency"
        return _told_once("items", "column=unit_price", ratio, len(sold), listed_value.sum(), message, mend)
    return listed("items", rows_told(_item(rows), found, listed_value), message, mend, noun="item")


def bought_far_from_cost(facts: Facts) -> list[Problem]:
    """A warning for each purchase whose cost of a unit lies far from the item's own cost.

    Its money is the last year's revenue of all that the item is or goes into.
    """
    bought = facts.tables["sources"]
    bought = bought[(bought["method"] == "buy") & (bought["unit_cost"] > 0)]
    bought = bought.assign(own=facts.of_item(bought["item_id"], "unit_cost"))
    bought = bought[bought["own"] > 0]
    ratio = bought["unit_cost"] / bought["own"]
    rows = bought[(ratio >= FAR) | (ratio <= 1 / FAR)]
    message = "the purchase costs far more or less than the item's own cost: another currency or unit?"
    mend = "check unit_cost in sources and in items: both for one unit of uom, in the company's currency"
    if _column_off(ratio[rows.index], len(bought)):
        money = facts.carried_by(rows["item_id"], pd.Series("all", rows.index)).sum()
        return _told_once("sources", "column=unit_cost", ratio[rows.index], len(bought), money, message, mend, "source")
    found = figures(rows["unit_cost"], "{:,.2f} in sources, ") + figures(rows["own"], "{:,.2f} in items")
    keys = keyed(rows, "item_id", "location_id", "origin_id")
    told = rows_told(keys, found, facts.of_item(rows["item_id"], "carried"))
    return listed("sources", told, message, mend, noun="source")


def bought_for_nothing(facts: Facts) -> list[Problem]:
    """A warning for each purchase that costs nothing although the item has a cost: the plan takes it before any other.

    Its money is the last year's revenue of all that the item is or goes into.
    """
    bought = facts.tables["sources"]
    bought = bought[(bought["method"] == "buy") & (bought["unit_cost"] == 0) & (bought["setup_cost"] == 0)]
    own = facts.of_item(bought["item_id"], "unit_cost")
    rows = bought[own > 0]
    found = figures(own[own > 0], "0 in sources, {:,.2f} in items")
    told = rows_told(
        keyed(rows, "item_id", "location_id", "origin_id"), found, facts.of_item(rows["item_id"], "carried")
    )
    message = "the purchase costs nothing, so the plan takes it before any other"
    return listed("sources", told, message, "give unit_cost: the price of one unit", noun="source")


def components_dearer_than_the_whole(facts: Facts) -> list[Problem]:
    """Warnings on bills that cannot be right in money.

    For a row: the component costs many times the whole parent. For a parent: its components cost more than it sells
    for, though its own cost does not: the money is the last year's loss. For a row it is the year's revenue of all
    that the parent is or goes into.
    """
    bom, items = facts.tables["bom"], facts.items
    cost = bom["qty_per"] * (1 + bom["scrap"]) * facts.of_item(bom["component_id"], "unit_cost")
    whole = facts.of_item(bom["item_id"], "unit_cost")
    absurd = (whole > 0) & (cost > DEARER * whole)
    rows = bom[absurd]
    found = figures(rows["qty_per"], "{:,g} for ") + figures(cost[absurd], "{:,.2f}, parent ")
    found += figures(whole[absurd], "{:,.2f}")
    told = rows_told(keyed(rows, "item_id", "component_id"), found, facts.of_item(rows["item_id"], "carried"))
    message, mend = f"the component costs more than {DEARER:g} times its parent", "check qty_per, uom and unit_cost"
    problems = listed("bom", told, message, mend)
    total = cost[~bom["item_id"].isin(rows["item_id"])].groupby(bom["item_id"]).sum().reindex(items.index)
    price, own = items["unit_price"], items["unit_cost"]
    dear = items[(items["units"] > 0) & (price > 0) & (total > price) & (own <= price)]
    found = figures(total[dear.index], "{:,.2f} against ") + figures(price[dear.index], "{:,.2f}")
    told = rows_told(_item(dear), found, (total - price)[dear.index] * dear["units"])
    message = "its components cost more than it sells for"
    return problems + listed("bom", told, message, "check qty_per, and the costs of the components", noun="item")


def _column_off(ratio: pd.Series, of: int) -> bool:
    """Whether so many of the rows lie off, all by about the same factor, that it is one fault and not many."""
    if len(ratio) < max(COLUMN, MOST * of):
        return False
    times = ratio / ratio.median()
    return bool(times.between(1 / ALIKE, ALIKE).mean() >= 0.9)


def _told_once(
    name: str, key: str, ratio: pd.Series, of: int, money: float, message: str, mend: str, noun: str = "item"
) -> list[Problem]:
    middle = ratio.median()
    factor = f"about {middle:,.0f} times" if middle >= 1 else f"about 1 / {1 / middle:,.0f} of it"
    found = f"{len(ratio)} of {counted(of, noun)}, {factor}"
    return [Problem(name, key, found, message, mend, "warning", float(money))]


def _item(rows: pd.DataFrame) -> pd.Series:
    return "item_id=" + rows.index.to_series().astype(str)
