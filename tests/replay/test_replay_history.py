"""The past: true orders, what one who foresees them plans with, and where the company stood at first."""

from __future__ import annotations

import pandas as pd
import pytest

import tiny
from sopbench.contract import table
from sopbench.params import Supply
from sopbench.replay.history import foreseen, net_prices, opening_state, plannable, true_orders
from sopbench.replay.world import LINE


def test_true_orders_are_what_was_ordered_and_returns_are_none():
    sales = tiny.tables()["sales"].iloc[:2].assign(qty_ordered=[7.0, -2.0], qty_shipped=[3.0, 0.0])
    assert true_orders(sales)["qty"].tolist() == [7.0, 0.0]


def test_a_price_is_what_units_truly_brought():
    sales = tiny.tables()["sales"].iloc[:2].assign(qty_shipped=[3.0, 1.0], revenue=[300.0, 60.0])
    assert net_prices(sales).tolist() == [90.0]


def test_foresight_plans_with_the_true_orders_and_beyond_them_with_those_of_a_year_before():
    orders = true_orders(tiny.tables()["sales"])
    plan = foreseen(orders, pd.date_range("2025-08-01", periods=14, freq="MS"))
    line = plan[(plan["item_id"] == "PUMP") & (plan["customer_id"] == "SHOP")].set_index("bucket")["consensus"]
    true = orders[(orders["item_id"] == "PUMP") & (orders["customer_id"] == "SHOP")].set_index("bucket")["qty"]
    assert line["2025-08-01"] == true["2025-08-01"]
    assert line["2025-12-01"] == true["2024-12-01"]
    assert line["2026-09-01"] == true["2024-09-01"]
    assert (plan["p10"] == plan["consensus"]).all()


def test_orders_of_what_was_not_yet_known_are_not_planned_for():
    tables = tiny.tables()
    plan = foreseen(true_orders(tables["sales"]), tiny.BUCKETS)
    assert plannable(plan, tables).equals(plan)
    before_kits = tables | {"items": tables["items"][tables["items"]["item_id"] != "KIT"]}
    assert set(plannable(plan, before_kits)["item_id"]) == {"PUMP"}


def test_a_company_that_counted_its_stock_starts_with_that():
    tables = tiny.tables()
    orders = true_orders(tables["sales"])
    state = opening_state(Supply(), tables, orders, tiny.BUCKETS)
    pd.testing.assert_series_equal(state.on_hand["qty"], tables["on_hand"]["qty"])
    assert state.owed[[*LINE, "qty"]].to_numpy().tolist() == [["KIT", "DC", "WEB", 5.0]]
    [[method, qty, cost]] = state.under_way[["method", "qty", "cost"]].to_numpy().tolist()
    assert (method, qty, cost) == ("buy", 40.0, 400.0)


def test_a_company_that_did_not_starts_in_step_with_the_year_before():
    empty = {name: table(name).empty() for name in ("on_hand", "receipts", "open_orders")}
    tables = tiny.tables() | empty
    orders = true_orders(tables["sales"])
    state = opening_state(Supply(), tables, orders, tiny.BUCKETS)
    ago = orders[orders["bucket"] == "2024-09-01"].groupby("item_id")["qty"].sum()
    shelf = state.on_hand.set_index(["item_id", "location_id"])["qty"]
    assert shelf["PUMP", "DC"] == pytest.approx(ago["PUMP"] + 30)  # and its safety stock
    assert shelf["PUMP", "PLANT"] == pytest.approx(ago["PUMP"])
    assert shelf["SEAL", "PLANT"] == pytest.approx(2 * ago["PUMP"])
    kits = state.under_way[state.under_way["item_id"] == "KIT"]
    assert kits["due"].tolist() == list(tiny.BUCKETS[:2])  # its lead time is 2
    assert kits["cost"].sum() == pytest.approx(10 * kits["qty"].sum())
    assert state.owed.empty
