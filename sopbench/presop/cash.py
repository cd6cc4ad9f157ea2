"""Working capital and cash: when customers pay, when suppliers are paid, what stock and work in progress take."""

from __future__ import annotations

import numpy as np
import pandas as pd

from sopbench.contract.buckets import first_days_after
from sopbench.params import Presop

KEY = ["scenario", "family", "bucket"]

BALANCES = [
    "receivables", "payables", "working_capital", "working_capital_change", "valuation_difference", "cash_effect",
]  # fmt: skip
"""Lines of the financial plan below inventory, in the order people read them."""

HOURS = ("production", "regular_hours", "overtime_hours", "wages", "level_hours")
"""Cost lines of the supply plan that pay for making."""

PAID_AT_ONCE = (*HOURS, "hiring", "lay_off", "set_up", "holding")
"""Cost lines paid in the bucket they fall in; suppliers, subcontractors and carriers wait for `payable_days`."""

VARIANCES = ["overtime", "idle_wages", "purchase_variance", "subcontracting"]
"""Lines that are paid for goods and hours, but are no part of their standard value."""


def cash_lines(
    lines: pd.DataFrame,
    settings: Presop,
    *,
    items: pd.DataFrame,
    supply_plan: pd.DataFrame,
    sourcing_plan: pd.DataFrame,
    costs: pd.DataFrame,
    receipts: pd.DataFrame,
    sales: pd.DataFrame,
) -> pd.DataFrame:
    """The lines of BALANCES, in money, for every scenario, family and bucket of `lines`.

    receivables: revenue not yet paid at the end of the bucket: what was shipped in the last settings.receivable_days,
        sales before the plan among them. Shipments lie evenly over a bucket.
    payables: what was bought, subcontracted, carried or came of purchases under way in the last settings.payable_days;
        nothing of what was bought before the plan, for no table says what that was.
    working_capital: inventory_value + receivables - payables. working_capital_change: since the bucket before.
    cash_effect: what customers pay, less what suppliers and carriers are paid, less what is paid at once: making,
        hours, people, set-ups, holding. Equal to contribution - working_capital_change - valuation_difference.
    valuation_difference: what is paid for goods that come into stock, less their standard value there: work begun
        whose product is yet to come, goods sent and not yet there or on their way since before the plan, and hours
        and materials that cost other than standard.

    Takes lines (every bucket of every family, sorted) with revenue, inventory_value and VARIANCES; purchases under way
    (receipts of kind PO) are taken as paid at standard cost.
    """
    buckets = pd.DatetimeIndex(lines.index.unique("bucket"))
    flows = _flows(items, supply_plan, receipts).groupby(KEY).sum().reindex(lines.index)
    sourced = sourcing_plan.merge(items[["item_id", "family"]], on="item_id")
    bought, carried = (
        _sum(sourced[sourced["method"].isin(methods)], "cost", lines.index)
        for methods in (("buy", "subcontract"), ("move",))
    )
    bought += flows["under_way"]
    at_once, making = (_sum(costs[costs["line"].isin(names)], "value", lines.index) for names in (PAID_AT_ONCE, HOURS))
    invoiced = _invoiced(sales, items, buckets[0]).reindex(lines.index.get_level_values("family")[:: len(buckets)])
    receivables, collected = _waiting(lines["revenue"], buckets, settings.receivable_days, invoiced.fillna(0.0))
    payables, settled = _waiting(bought + carried, buckets, settings.payable_days)
    found = pd.DataFrame({"receivables": receivables, "payables": payables})
    found["working_capital"] = lines["inventory_value"] + receivables - payables
    before = lines["inventory_value"].groupby(level=["scenario", "family"]).shift()
    stock_change = (lines["inventory_value"] - before).fillna(flows["coming"] - flows["going"])
    owed_change = (lines["revenue"] - collected) - (bought + carried - settled)
    found["working_capital_change"] = stock_change + owed_change
    found["valuation_difference"] = bought + making - lines[VARIANCES].sum(axis=1) - flows["coming"]
    found["cash_effect"] = collected - settled - at_once
    return found[BALANCES]


def outstanding(amounts: np.ndarray, buckets: pd.DatetimeIndex, days: float) -> np.ndarray:
    """Of amounts (rows × buckets) owed for so many days, what is not yet paid at the end of each bucket.

    An amount arises evenly over its bucket.
    """
    begin, end = buckets.to_numpy(), first_days_after(buckets).to_numpy()
    since = end - np.timedelta64(round(days * 86_400), "s")
    unpaid = np.minimum(end[:, None], end) - np.maximum(begin[:, None], since)
    return amounts @ np.clip(unpaid / (end - begin)[:, None], 0.0, 1.0)


def _waiting(
    arising: pd.Series, buckets: pd.DatetimeIndex, days: float, before: pd.DataFrame | None = None
) -> tuple[pd.Series, pd.Series]:
    """What is still unpaid at the end of each bucket and what is paid in it; `before` arose in earlier buckets."""
    amounts, every = arising.to_numpy(dtype=float).reshape(-1, len(buckets)), buckets
    if before is not None and len(before.columns):
        amounts = np.hstack([before.to_numpy(dtype=float), amounts])
        every = pd.DatetimeIndex(before.columns).append(buckets)
    unpaid = outstanding(amounts, every, days)
    paid = amounts - np.diff(unpaid, axis=1, prepend=0.0)
    last = [pd.Series(each[:, -len(buckets) :].ravel(), index=arising.index) for each in (unpaid, paid)]
    return last[0], last[1]


def _flows(items: pd.DataFrame, supply_plan: pd.DataFrame, receipts: pd.DataFrame) -> pd.DataFrame:
    """Rows of supply_plan at standard cost: coming into stock less used and sent, going for good, purchases under way.

    Of what is under way at an item-location the share that was bought is that of its receipts.
    """
    under_way = receipts.assign(bought=receipts["qty"].where(receipts["kind"] == "PO", 0.0))
    sums = under_way.groupby(["item_id", "location_id"])[["bought", "qty"]].sum()
    share = (sums["bought"] / sums["qty"].where(sums["qty"] > 0)).rename("share")
    rows = supply_plan.merge(items[["item_id", "family", "unit_cost"]], on="item_id")
    rows = rows.join(share, on=["item_id", "location_id"])
    coming = rows[["make", "buy", "subcontract", "move_in", "receipts"]].sum(axis=1)
    found = {
        "coming": coming - rows["component_use"] - rows["move_out"],
        "going": rows["shipped"] + rows["written_off"],
        "under_way": rows["receipts"] * rows["share"].fillna(0.0),
    }
    return rows[KEY].assign(**{name: units * rows["unit_cost"] for name, units in found.items()})


def _invoiced(sales: pd.DataFrame, items: pd.DataFrame, start: pd.Timestamp) -> pd.DataFrame:
    """Revenue before the plan, families × buckets."""
    rows = sales[sales["bucket"] < start].merge(items[["item_id", "family"]], on="item_id")
    return rows.pivot_table("revenue", "family", "bucket", "sum")


def _sum(rows: pd.DataFrame, column: str, index: pd.MultiIndex) -> pd.Series:
    return rows.groupby(KEY)[column].sum().reindex(index, fill_value=0.0)
