"""Each shortage is traced to what caused it."""

import pandas as pd
import pytest
from supply_cases import BUCKETS, tiny_inputs, with_column

import tiny
from sopbench.params import Supply
from sopbench.supply import plan


def shortages(**changed):
    return plan(Supply(), **tiny_inputs(**changed))["shortages"]


def only_cause(rows):
    return rows[["cause", "cause_id"]].drop_duplicates().to_numpy().tolist()


def no_stock(item):
    return with_column(tiny_inputs()["on_hand"], "qty", 0.0, f"item_id == '{item}'")


def more_pumps(factor):
    rows = tiny.demand_plan()
    return with_column(rows, "consensus", 0.0).assign(
        consensus=rows["consensus"].where(rows["item_id"] != "PUMP", rows["consensus"] * factor)
    )


def test_lead_time_where_nothing_can_be_there_so_soon():
    rows = shortages(on_hand=no_stock("KIT"))
    assert only_cause(rows) == [["lead time", "KIT"]]
    assert rows["bucket"].max() < BUCKETS[2]
    assert rows["because"].iloc[0] == "KIT has a lead time of 2"


def test_lead_time_names_the_component_there_is_no_time_for():
    slow = with_column(tiny_inputs()["sources"], "lead_time", 4, "item_id == 'SEAL'")
    nothing = tiny_inputs()["on_hand"].query("item_id == 'KIT'")
    rows = shortages(sources=slow, on_hand=nothing).query("item_id == 'PUMP'")
    # seals arrive in January at the earliest, so pumps never do
    assert ["lead time", "SEAL"] in only_cause(rows)
    late = rows[rows["bucket"] == BUCKETS[3]].iloc[0]
    assert late["because"] == "PUMP comes from PLANT; PUMP needs SEAL; SEAL has a lead time of 4"


def test_a_resource_at_full_capacity():
    rows = shortages(demand_plan=more_pumps(2.0)).query("bucket >= @BUCKETS[3]")
    assert only_cause(rows) == [["resource", "LINE"]]
    assert rows["because"].str.contains("LINE is full in Oct 2025").any()


def test_a_supplier_that_gives_no_more():
    sources = with_column(tiny_inputs()["sources"], "qty_max", 10.0, "item_id == 'KIT'")
    rows = shortages(sources=sources).query("bucket >= @BUCKETS[2]")
    assert only_cause(rows) == [["supplier", "ACME"]]
    assert rows["because"].iloc[0] == "ACME gives at most 10 of KIT a bucket"


def test_a_component_its_supplier_gives_no_more_of():
    sources = with_column(tiny_inputs()["sources"], "qty_max", 60.0, "item_id == 'SEAL'")
    rows = shortages(sources=sources).query("bucket >= @BUCKETS[3]")
    assert only_cause(rows) == [["component", "SEAL"]]
    assert rows["because"].iloc[0] == "PUMP comes from PLANT; PUMP needs SEAL; ACME gives at most 60 of SEAL a bucket"


def test_a_limit_of_making_or_moving():
    sources = with_column(tiny_inputs()["sources"], "qty_max", 50.0, "method == 'move'")
    rows = shortages(sources=sources)
    assert only_cause(rows) == [["source limit", "move at DC"]]


def test_no_source():
    rows = shortages(sources=tiny_inputs()["sources"].query("item_id != 'KIT'"))
    assert only_cause(rows) == [["no source", "KIT"]]
    assert rows["because"].iloc[0] == "KIT has no source at DC"


def test_a_component_without_source():
    rows = shortages(sources=tiny_inputs()["sources"].query("item_id != 'SEAL'")).query("item_id == 'PUMP'")
    assert only_cause(rows) == [["component", "SEAL"]]


def test_policy_where_getting_it_costs_more_than_losing_the_sale():
    rows = shortages(sources=with_column(tiny_inputs()["sources"], "unit_cost", 90.0, "item_id == 'KIT'"))
    assert only_cause(rows) == [["policy", "cost"]]
    assert set(rows["because"]) == {"getting it costs more than losing the sale"}


def test_policy_where_safety_stock_is_worth_more_than_being_on_time():
    policies = with_column(tiny_inputs()["policies"], "backlog_cost", 0.01, "item_id == 'KIT'")
    rows = shortages(policies=policies, on_hand=with_column(no_stock("KIT"), "qty", 30.0, "item_id == 'KIT'"))
    assert ["policy", "safety stock"] in only_cause(rows)


def test_stock_sent_in_a_circle_is_no_source():
    sources = pd.DataFrame({
        "item_id": "KIT", "location_id": ["DC", "PLANT"], "method": "move", "origin_id": ["PLANT", "DC"],
        "lead_time": 0,
    })  # fmt: skip
    kept = tiny_inputs()["sources"].query("item_id != 'KIT'")
    rows = shortages(sources=pd.concat([kept, sources]))
    assert only_cause(rows) == [["no source", "KIT"]]


def test_revenue_at_risk_is_at_list_price_and_lost_units_are_among_the_short_ones():
    rows = shortages(on_hand=no_stock("KIT"))
    assert rows["revenue_at_risk"].tolist() == pytest.approx((rows["qty"] * 25).tolist())
    assert (rows["lost"] <= rows["qty"]).all()
