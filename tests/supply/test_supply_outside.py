"""A supplier or a lane is a limit over all its items: load, shadow price and cause are its own."""

import pandas as pd
import pytest
from supply_cases import BUCKETS, tiny_inputs, violations

from sopbench.contract import checked, table
from sopbench.params import Supply
from sopbench.supply import PEGGED, bill_of_resources, peg, pegging_table, plan, rough_cut

PLANNED = ("supply_plan", "sourcing_plan", "capacity_plan", "shipments")


def limited(kind: str, method: str, origin: str, hours: float = 100.0, overtime: float = 0.0, **resource):
    """One bucket: A sells at 10 and B at 20, 80 of each; both cost 5 and come the same way, with `hours` for both."""
    near = {"item_id": ["A", "B"], "location_id": "DC"}
    said = {
        "items": {"item_id": ["A", "B"], "family": "f", "unit_cost": 5.0, "unit_price": [10.0, 20.0]},
        "resources": {"resource_id": ["WAY"], "location_id": "DC", "kind": kind, **resource},
        "capacity": {"resource_id": ["WAY"], "bucket": BUCKETS[:1], "regular_hours": hours, "overtime_hours": overtime},
        "routings": near | {"resource_id": "WAY", "method": method, "origin_id": "", "hours_per_unit": [1.0, 0.5]},
        "sources": near | {"method": method, "origin_id": origin, "unit_cost": 5.0},
        "policies": {
            "item_id": ["A", "B"] * 2, "location_id": ["DC"] * 2 + ["PLANT"] * 2, "safety_stock": 0.0,
            "holding_cost": 0.0,
        },
        "on_hand": {"item_id": ["A", "B"], "location_id": "PLANT", "qty": 500.0, "as_of": BUCKETS[0]},
        "demand_plan": near | {"customer_id": "", "bucket": BUCKETS[0], "method": "given", "consensus": 80.0}
        | dict.fromkeys(["statistical", "p10", "p50", "p90"], 80.0),
    }  # fmt: skip
    frames = {name: checked(pd.DataFrame(rows), table(name)) for name, rows in said.items()}
    emptied = {name: table(name).empty() for name in ("bom", "open_orders", "receipts", "sales_terms")}
    return tiny_inputs() | emptied | frames


@pytest.mark.parametrize(("kind", "method", "origin"), [("supplier", "buy", "ACME"), ("lane", "move", "PLANT")])
def test_what_one_gives_over_all_its_items_goes_to_those_worth_most(kind, method, origin):
    inputs = limited(kind, method, origin)  # 100 = 80 × 0.5 for B and 60 for A
    made = plan(Supply(), **inputs)
    assert made["sourcing_plan"].set_index("item_id")["qty"].to_dict() == pytest.approx({"A": 60, "B": 80})
    [row] = made["capacity_plan"].to_dict("records")
    # one more lets a unit of A be sold: 10 for the sale not lost, less 5 for the unit
    assert [row[name] for name in ("load", "utilisation", "shadow_price")] == pytest.approx([100, 1, 5])
    [short] = made["shortages"].to_dict("records")
    assert (short["item_id"], short["cause"], short["cause_id"]) == ("A", kind, "WAY")
    assert short["because"] == "WAY is full in Sep 2025"
    assert violations(inputs, made).max() < 1e-9
    assert made["supply_plan"]["overtime_make"].sum() == 0
    hours = pegging_table(peg(**{n: inputs[n] for n in PEGGED}, **{n: made[n] for n in PLANNED}))
    assert hours.query("supply_kind == 'resource'")["amount"].sum() == pytest.approx(100)
    bill = bill_of_resources(
        **{name: inputs[name] for name in ("demand_plan", "sources", "bom", "routings", "resources")}
    )
    load = rough_cut(bill, demand_plan=inputs["demand_plan"], capacity=inputs["capacity"])
    assert load["load"].tolist() == pytest.approx([120])  # 80 × 1 + 80 × 0.5


def test_another_supplier_is_not_in_the_limit_where_the_routing_names_one():
    inputs = limited("supplier", "buy", "ACME")
    routings = inputs["routings"].assign(origin_id="ACME")
    other = inputs["sources"].assign(origin_id="OTHER", unit_cost=6.0)
    sources = checked(pd.concat([inputs["sources"], other]), table("sources"))
    made = plan(Supply(), **inputs | {"routings": routings, "sources": sources})
    bought = made["sourcing_plan"].groupby("origin_id")["qty"].sum()
    assert bought.to_dict() == pytest.approx({"ACME": 140, "OTHER": 20}) and made["shortages"].empty


def test_beyond_the_limit_it_is_dearer_and_a_level_plan_leaves_it_alone():
    inputs = limited("supplier", "buy", "ACME", 100.0, 50.0, cost_regular=0.5, cost_overtime=2.0)
    for strategy in ("optimal", "level"):
        made = plan(Supply(strategy=strategy), **inputs)
        # 120 in all: 100 at 0.5 and 20 at 2, for 160 units at 5
        costs = made["costs"].groupby("line")["value"].sum().to_dict()
        assert costs == pytest.approx({"purchase": 800, "regular_hours": 50, "overtime_hours": 40})
        assert violations(inputs, made).max() < 1e-9


def test_a_component_s_supplier_stops_what_is_made_of_it():
    inputs = tiny_inputs()
    limit = {"resource_id": "ACME", "location_id": "PLANT", "kind": "supplier"}
    resources = checked(pd.concat([inputs["resources"], pd.DataFrame([limit])]), table("resources"))
    hours = pd.DataFrame({"resource_id": "ACME", "bucket": BUCKETS, "regular_hours": 40.0})
    load = {"item_id": "SEAL", "location_id": "PLANT", "resource_id": "ACME", "method": "buy", "hours_per_unit": 1.0}
    inputs |= {
        "resources": resources,
        "capacity": checked(pd.concat([inputs["capacity"], hours]), table("capacity")),
        "routings": checked(pd.concat([inputs["routings"], pd.DataFrame([load])]), table("routings")),
    }
    made = plan(Supply(), **inputs)
    late = made["shortages"].query("item_id == 'PUMP'")
    assert ["component", "SEAL"] in late[["cause", "cause_id"]].to_numpy().tolist()
    assert late["because"].str.contains("PUMP needs SEAL; ACME is full in [A-Z][a-z]{2} 2025").any()
    assert violations(inputs, made).max() < 1e-9


def test_a_level_plan_without_capacity_has_no_limit_of_a_supplier_either():
    inputs = limited("supplier", "buy", "ACME", hours=10.0)
    made = plan(Supply(strategy="level", without=["capacity"]), **inputs)
    assert made["shortages"].empty and made["capacity_plan"]["load"].tolist() == pytest.approx([120])
