"""Brewline's books agree with one another: stock, production, shipments and orders come out of one past."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from draws import COSTLY
from sopbench.example import generate
from sopbench.example.months import BUCKETS

NODE = ["item_id", "location_id"]
START = pd.Timestamp("2025-09-01")
ARRIVALS = ["make", "buy", "subcontract", "move_in"]
LEAVINGS = ["move_out", "component_use", "shipped"]


@pytest.fixture(scope="module")
def company():
    return generate(seed=7, items=120)


def assert_balanced(ledger):
    """Stock at the end is stock at the start and all that came less all that went, in every month at every node."""
    ended = ledger["stock_start"] + ledger[ARRIVALS].sum(axis=1) - ledger[LEAVINGS].sum(axis=1)
    assert (ledger["stock_end"] == ended).all()
    assert (ledger[["stock_start", "stock_end", *ARRIVALS, *LEAVINGS]] >= 0).all(axis=None)
    before = ledger.groupby(NODE)["stock_end"].shift()
    assert (ledger["stock_start"] == before.fillna(ledger["stock_start"])).all()


def starts(company):
    """Units started of every made item by month: what left the line a lead time later."""
    made = company["sources"].query("method == 'make'").set_index("item_id")
    production = company["production"].assign(lead=lambda each: each["item_id"].map(made["lead_time"]))
    month = production["bucket"].dt.to_period("M") - production["lead"].to_numpy()
    return production.assign(bucket=month.dt.to_timestamp())


def test_stock_balances_in_every_month_at_every_place(company):
    assert_balanced(company["ledger"])
    assert len(company["ledger"]) == len(company["on_hand"]) / 4 * 60


@COSTLY
@given(seed=st.integers(0, 10_000), items=st.integers(20, 80))
def test_stock_balances_and_orders_never_exceed_demand_whatever_the_seed_and_size(seed, items):
    company = generate(seed, items)
    assert_balanced(company["ledger"])
    key = [*NODE, "customer_id", "bucket"]
    both = company["sales"].merge(company["true_demand"], on=key, how="left")
    assert (both["qty_ordered"] <= both["qty"]).all()
    assert (company["items"].query("unit_price > 0").shape[0]) == items


def test_component_use_follows_the_bill_of_material(company):
    used = starts(company).merge(company["bom"], on="item_id", suffixes=("", "_of"))
    used["units"] = used["qty"] * used["qty_per"] * (1 + used["scrap"])
    by_bom = used.groupby(["component_id", "bucket"])["units"].sum().rename_axis(["item_id", "bucket"])
    booked = company["ledger"].groupby(["item_id", "bucket"])["component_use"].sum()
    months = BUCKETS[:59]  # what was started in the last month is not yet made
    booked = booked[booked.index.get_level_values("bucket").isin(months)]
    difference = booked - by_bom.reindex(booked.index, fill_value=0)
    assert booked.sum() > 1e6
    assert difference.abs().max() <= 1.0 + 1e-6  # each of two levels is booked in whole units


def test_no_line_worked_more_than_its_regular_and_overtime_hours(company):
    lots = company["sources"].query("method == 'make'")[["item_id", "lot_min"]]
    load = starts(company).merge(company["routings"], on=NODE).merge(lots, on="item_id")
    load["hours"] = load["qty"] * (load["hours_per_unit"] + load["setup_hours"] / load["lot_min"])
    load = load.groupby(["resource_id", "bucket"], as_index=False)["hours"].sum().merge(company["capacity"])
    assert (load["hours"] <= load["regular_hours"] + load["overtime_hours"] + 1e-6).all()
    home = load.query("resource_id == 'ASSY-HOME'")
    assert (home["hours"] > home["regular_hours"]).any(), "the short line works overtime"


def test_production_and_shipments_are_those_of_the_stock_ledger(company):
    ledger = company["ledger"].set_index([*NODE, "bucket"])
    production = company["production"].set_index([*NODE, "bucket"])["qty"]
    assert (ledger["make"][ledger["make"] > 0].sort_index() == production.sort_index()).all()
    shipped = company["sales"].groupby([*NODE, "bucket"])["qty_shipped"].sum()
    assert (ledger["shipped"].reindex(shipped.index) == shipped).all()
    assert ledger["shipped"].sum() == shipped.sum()


def test_stock_on_hand_is_that_of_the_ledger_at_every_snapshot(company):
    ledger = company["ledger"].assign(as_of=lambda each: each["bucket"] + pd.offsets.MonthBegin(1))
    both = company["on_hand"].merge(ledger, on=[*NODE, "as_of"], how="left", validate="one_to_one")
    assert (both["qty"] == both["stock_end"]).all()
    assert sorted(both["as_of"].unique()) == list(pd.date_range("2025-06-01", START, freq="MS"))


def test_what_was_under_way_arrived_in_the_month_it_was_due(company):
    receipts = company["receipts"].assign(bucket=lambda each: each["due"].dt.to_period("M").dt.to_timestamp())
    assert (receipts["bucket"] >= receipts["as_of"]).all()
    arrived = company["ledger"].melt([*NODE, "bucket"], ARRIVALS, "way", "units")
    kinds = {"make": "MO", "buy": "PO", "subcontract": "PO", "move_in": "DO"}
    arrived = arrived.assign(kind=arrived["way"].map(kinds)).groupby([*NODE, "bucket", "kind"])["units"].sum()
    due = receipts[receipts["bucket"] == receipts["as_of"]].query("bucket < @START")
    due = due.groupby([*NODE, "bucket", "kind"])["qty"].sum()
    lead = company["sources"].query("lead_time > 0 and method != 'subcontract'")
    late = arrived.reset_index().merge(lead[NODE], on=NODE).set_index([*NODE, "bucket", "kind"])["units"]
    late = late[(late.index.get_level_values("bucket") >= "2025-06-01") & (late > 0)]
    assert len(due) == len(late) > 300
    assert (due.reindex(late.index) == late).all()


def test_orders_owed_are_what_was_ordered_and_not_shipped(company):
    orders = company["open_orders"]
    sales = company["sales"]
    key = [*NODE, "customer_id"]
    for as_of, snapshot in orders.groupby("as_of"):
        past = sales[sales["bucket"] < as_of]
        owed = (past["qty_ordered"] - past["qty_shipped"]).groupby([past[name] for name in key]).sum()
        late = snapshot[snapshot["due"] < as_of].set_index(key)["qty"]
        assert (owed >= 0).all()
        assert (owed[owed > 0].sort_index() == late.sort_index()).all()


def test_what_is_made_to_order_is_booked_ahead(company):
    strategy = company["items"].set_index("item_id")["strategy"]
    ahead = company["open_orders"].query("due >= as_of")
    assert (ahead["item_id"].map(strategy) == "MTO").all()
    truth = company["true_demand"].set_index([*NODE, "customer_id", "bucket"])["qty"]
    month = ahead["due"].dt.to_period("M").dt.to_timestamp()
    wanted = truth.reindex(pd.MultiIndex.from_frame(ahead[[*NODE, "customer_id"]].assign(bucket=month)))
    assert (ahead["qty"].to_numpy() <= wanted.to_numpy()).all()


def test_stock_of_home_machines_is_built_before_the_peak(company):
    family = company["items"].set_index("item_id")["family"]
    home = company["ledger"][company["ledger"]["item_id"].map(family) == "home_machines"]
    stock = home.groupby("bucket")["stock_end"].sum().loc["2021-01-01":]
    by_month = stock.groupby(stock.index.month).mean()
    assert by_month.idxmax() in (8, 9)
    assert by_month.loc[8] > 1.5 * by_month.loc[1]


def test_whole_units_everywhere(company):
    for name, column in (("sales", "qty_ordered"), ("on_hand", "qty"), ("receipts", "qty"), ("true_demand", "qty")):
        assert np.issubdtype(company[name][column].dtype, np.integer)
