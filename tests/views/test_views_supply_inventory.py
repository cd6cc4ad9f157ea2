"""Where safety stock is held: the chart, the ranked table and the sentences say what the table holds."""

import numpy as np
import pandas as pd
import pytest

import tiny
from sopbench.contract import checked, table
from sopbench.params import Supply
from sopbench.supply import INPUTS, inventory_targets
from sopbench.views import supply_inventory as inventory
from sopbench.views import svg

TABLES = tiny.tables() | {"demand_plan": tiny.demand_plan(), "lead_time_demand": table("lead_time_demand").empty()}


def targets(safety_stock):
    """Pumps of which demand is uncertain, and a component that is dearer than they are."""
    policies = {"item_id": ["PUMP", "KIT"], "location_id": "DC", "demand_deviation": [10.0, np.nan]}
    policies = checked(pd.DataFrame(policies | {"safety_stock": [np.nan, safety_stock]}), table("policies"))
    items = TABLES["items"].assign(unit_cost=TABLES["items"]["item_id"].map({"PUMP": 40.0, "KIT": 10.0, "SEAL": 200.0}))
    given = {name: TABLES[name] for name in INPUTS} | {"policies": policies, "items": items}
    return inventory_targets(Supply(), **given), items


@pytest.fixture(scope="module")
def told():
    return targets(20.0)


def test_the_chart_says_what_is_tied_up_either_way(told):
    rows, _ = told
    chart = inventory.where_stock_is_held(rows, "EUR")
    assert chart.to_dict()["title"]["text"] == "Safety stock ties up 7,919 EUR, or 1,516 EUR placed together"
    assert "<svg" in svg(chart)


def test_items_are_ranked_by_what_is_saved_and_name_where_stock_then_lies(told):
    rows, items = told
    ranked = inventory.placement_table(rows, items)
    assert ranked["item_id"].tolist() == ["SEAL", "PUMP"]  # kits are as the policy says
    assert ranked["held_at"].tolist() == ["nowhere", "DC"]
    assert ranked["saving"].sum() == pytest.approx(rows["saving"].sum())


def test_words_set_apart_what_the_policies_say(told):
    said = inventory.in_words(told[0], targets(np.nan)[0], "EUR")
    assert "Policies say 200 EUR of it in units" in said
    assert "**1,516 EUR**" in said
