"""Who gets what adds up to what is shipped, and balances for every customer."""

import pandas as pd
import pytest
from supply_cases import tiny_inputs

import tiny
from sopbench import supply
from sopbench.contract import checked, table
from sopbench.params import Supply

LINE = ["item_id", "location_id", "customer_id"]


@pytest.fixture(scope="module")
def made() -> dict[str, pd.DataFrame]:
    """The tiny company with few hours at first, so that PUMPs, made to order, are late; WEB pays 80 for one."""
    inputs = tiny_inputs()
    early = inputs["capacity"]["bucket"] < tiny.BUCKETS[2]
    capacity = inputs["capacity"].assign(regular_hours=early.map({True: 50.0, False: 400.0}), overtime_hours=0.0)
    items = inputs["items"].assign(strategy=["MTO", "MTS", "MTS"])
    terms = pd.DataFrame({"item_id": ["PUMP"], "customer_id": ["WEB"], "unit_price": [80.0]})
    changed = {"capacity": capacity, "items": items, "sales_terms": checked(terms, table("sales_terms"))}
    return supply.plan(Supply(), **inputs | changed)


def test_shipments_of_the_customers_add_up_to_the_supply_plan(made):
    names, key = ["demand", "shipped", "lost", "backlog"], ["item_id", "location_id", "bucket"]
    lines = made["shipments"].groupby(key)[names].sum()
    plan = made["supply_plan"].set_index(key)[names].reindex(lines.index)
    assert (lines - plan).abs().to_numpy().max() < 1e-9
    assert lines["shipped"].sum() == pytest.approx(made["supply_plan"]["shipped"].sum())


def test_every_customer_is_owed_what_he_wanted_and_did_not_get(made):
    rows = made["shipments"].sort_values([*LINE, "bucket"])
    before = rows.groupby(LINE)["backlog"].shift()
    owed = before + rows["demand"] - rows["shipped"] - rows["lost"] - rows["backlog"]
    assert rows["backlog"].max() > 1
    assert owed.abs().max() < 1e-9  # empty in the first bucket, where it was owed before


def test_shortages_are_the_debts_that_grow_and_what_is_lost(made):
    rows = made["shipments"].sort_values([*LINE, "bucket"])
    pumps = rows[rows["item_id"] == "PUMP"]  # nothing was owed before
    grew = pumps.groupby(LINE)["backlog"].diff().fillna(pumps["backlog"]).clip(lower=0)
    short = made["shortages"].query("item_id == 'PUMP'")["qty"].sum()
    assert short > 1
    assert (grew + pumps["lost"]).sum() == pytest.approx(short, abs=1e-4)


def test_only_a_market_with_terms_has_its_own_price(made):
    price = made["shipments"].groupby(["item_id", "customer_id"])["own_price"].first()
    assert price.loc[[("PUMP", "WEB")]].tolist() == [80.0]
    assert price.drop(("PUMP", "WEB")).isna().all()
