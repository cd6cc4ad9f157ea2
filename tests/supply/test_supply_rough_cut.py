"""Rough-cut capacity: published examples, one worked by hand, and what it has in common with the supply plan."""

import numpy as np
import pandas as pd
import pytest
from supply_cases import random_inputs, tiny_inputs, with_column

import tiny
from sopbench.contract import PlanningError, checked, table
from sopbench.params import Supply
from sopbench.supply import plan
from sopbench.supply.rough_cut import BILLED, bill_of_resources, rough_cut


def demand(units, location="P"):
    """A demand plan {item: units by month}."""
    rows = [
        {"item_id": item, "location_id": location, "customer_id": "C", "bucket": bucket, "consensus": each}
        for item, months in units.items()
        for bucket, each in zip(tiny.BUCKETS, months, strict=False)
    ]
    rows = pd.DataFrame(rows).assign(method="given", statistical=0.0, p10=0.0, p50=0.0, p90=0.0)
    return checked(rows, table("demand_plan"))


def given(name, columns, *rows, **same):
    return checked(pd.DataFrame(rows, columns=columns).assign(**same), table(name))


@pytest.fixture
def vollmann():
    """Products A and B of Vollmann, Berry & Whybark's capacity bills: A of C and D, B of D and two E, E of two F."""
    made = given(
        "sources",
        ["item_id", "lot_min"],
        *(("A", 40), ("B", 20), ("C", 40), ("D", 60), ("E", 100), ("F", 100)),
        location_id="P",
        method="make",
    )
    routings = given(
        "routings",
        ["item_id", "resource_id", "setup_hours", "hours_per_unit"],
        ("A", "100", 1.0, 0.025), ("B", "100", 1.0, 1.25), ("C", "200", 1.0, 0.575), ("C", "300", 1.0, 0.175),
        ("D", "200", 2.0, 0.1 - 2 / 60), ("E", "200", 2.0, 0.08), ("F", "200", 2.0, 0.0425),
        location_id="P",
    )  # fmt: skip
    parts = [("A", "C", 1), ("A", "D", 1), ("B", "D", 1), ("B", "E", 2), ("E", "F", 2)]
    bom = given("bom", ["item_id", "component_id", "qty_per"], *parts)
    return {"sources": made, "routings": routings, "bom": bom, "resources": table("resources").empty()}


def test_the_capacity_bills_of_vollmann_come_out(vollmann):
    """Hours a unit: A .05 in 100, .70 in 200, .20 in 300; B 1.30 and .55: 23.75, 32.45 and 6.60 h for 33 A and 17 B."""
    plan_ = demand({"A": [33.0], "B": [17.0]})
    bill = bill_of_resources(demand_plan=plan_, **vollmann)
    hours = bill.set_index(["item_id", "resource_id"])["hours_per_unit"]
    assert hours.to_dict() == pytest.approx(
        {("A", "100"): 0.05, ("A", "200"): 0.70, ("A", "300"): 0.20, ("B", "100"): 1.30, ("B", "200"): 0.55}
    )
    load = rough_cut(bill, demand_plan=plan_, capacity=table("capacity").empty())
    assert load["load"].tolist() == pytest.approx([23.75, 32.45, 6.60])
    assert load["overload"].tolist() == pytest.approx([23.75, 32.45, 6.60])  # there are no hours at all


def test_the_boom_box_of_walnut_hill_is_overloaded_where_the_textbook_says():
    """Exercise of Walnut Hill in courses on Vollmann: boards .2 h of 130, assembly .3 h of 160."""
    months = demand({"XYZ": [450.0, 300.0, 625.0, 890.0]})
    bill = given(
        "bill_of_resources", ["resource_id", "hours_per_unit"], ("boards", 0.2), ("assembly", 0.3),
        item_id="XYZ", location_id="P", offset=0,
    )  # fmt: skip
    there = pd.concat(
        [
            given("capacity", ["bucket"], *[[each] for each in tiny.BUCKETS[:4]], resource_id=name, regular_hours=hours)
            for name, hours in (("boards", 130.0), ("assembly", 160.0))
        ]
    )
    found = rough_cut(bill, demand_plan=months, capacity=there).set_index("resource_id")
    assert found.loc["boards", "load"].tolist() == pytest.approx([90, 60, 125, 178])
    assert found.loc["assembly", "load"].tolist() == pytest.approx([135, 90, 187.5, 267])
    assert found.loc["boards", "overload"].tolist() == pytest.approx([0, 0, 0, 48])
    assert found.loc["assembly", "overload"].tolist() == pytest.approx([0, 0, 27.5, 107])


def test_lead_times_and_moves_put_the_hours_before_the_sale():
    """A PUMP sold at DC was moved a month before and made a month before that, from 2 SEALs; here a SEAL takes .1 h."""
    inputs = tiny_inputs()
    seals = given("sources", ["item_id", "lead_time"], ("SEAL", 2), location_id="PLANT", method="make")
    sources = pd.concat([inputs["sources"].query("item_id != 'SEAL'"), seals], ignore_index=True)
    press = given("routings", ["item_id", "hours_per_unit"], ("SEAL", 0.1), location_id="PLANT", resource_id="PRESS")
    inputs |= {"sources": sources, "routings": pd.concat([inputs["routings"], press], ignore_index=True)}
    bill = bill_of_resources(**{name: inputs[name] for name in BILLED})
    assert bill[["item_id", "location_id", "resource_id", "offset", "hours_per_unit"]].to_numpy().tolist() == [
        ["PUMP", "DC", "LINE", 2, 1.0], ["PUMP", "DC", "PRESS", 4, 0.2],
    ]  # fmt: skip
    found = rough_cut(bill, demand_plan=inputs["demand_plan"], capacity=inputs["capacity"]).set_index("resource_id")
    assert found.loc["LINE", "load"].tolist() == pytest.approx([90, 150, 90, 90, 0, 0])  # December's 150 in October
    assert found.loc["PRESS", "load"].tolist() == pytest.approx([18, 18, 0, 0, 0, 0])  # January's and February's
    assert found.loc["LINE", "overload"].tolist() == pytest.approx([0, 30, 0, 0, 0, 0])  # 120 h there


def test_stock_where_it_is_sold_is_netted_where_that_is_asked_for():
    """150 PUMPs at DC meet September's 90 and 60 of October's 90; so the first 30 are still to make, for October."""
    inputs = tiny_inputs()
    bill = bill_of_resources(**{name: inputs[name] for name in BILLED}).assign(offset=0)
    net = rough_cut(bill, **{name: inputs[name] for name in ("demand_plan", "capacity", "on_hand")})
    assert net["load"].tolist() == pytest.approx([0, 30, 90, 150, 90, 90])
    more = given("receipts", ["receipt_id", "due", "qty"], ("D", tiny.BUCKETS[2], 100.0), item_id="PUMP",
                 location_id="DC", kind="DO")  # fmt: skip
    net = rough_cut(
        bill, **{name: inputs[name] for name in ("demand_plan", "capacity", "on_hand")}, receipts=more
    )  # what comes in November does not help October
    assert net["load"].tolist() == pytest.approx([0, 30, 0, 140, 90, 90])


def test_of_several_sources_the_cheapest_is_the_main_one():
    """B comes to SITE by a move from PLANT, or from a trader: the bill has hours where making it costs less."""
    inputs = random_inputs(1)
    costly = with_column(inputs["sources"], "unit_cost", 1e4, "method == 'buy' and item_id == 'B'")
    cheap = with_column(inputs["sources"], "unit_cost", 0.0, "method == 'buy' and item_id == 'B'")
    for sources, made in ((costly, True), (cheap, False)):
        bill = bill_of_resources(**{name: inputs[name] for name in BILLED} | {"sources": sources})
        assert ((bill["item_id"] == "B") & (bill["location_id"] == "SITE")).any() == made


def test_with_no_stock_and_hours_to_spare_the_supply_plan_works_the_rough_cut_load():
    inputs = tiny_inputs(
        on_hand=table("on_hand").empty(),
        open_orders=table("open_orders").empty(),
        receipts=table("receipts").empty(),
        policies=with_column(tiny_inputs()["policies"], "safety_stock", 0.0),
        sources=with_column(tiny_inputs()["sources"], "lead_time", 0),
        capacity=with_column(tiny_inputs()["capacity"], "regular_hours", 1e4),
    )
    made = plan(Supply(), **inputs)
    found = rough_cut(
        bill_of_resources(**{name: inputs[name] for name in BILLED}),
        demand_plan=inputs["demand_plan"],
        capacity=inputs["capacity"],
    )
    assert found["load"].tolist() == pytest.approx(made["capacity_plan"]["load"].tolist())
    assert found["regular_available"].tolist() == made["capacity_plan"]["regular_available"].tolist()


def test_a_bill_of_other_items_is_refused_in_words():
    inputs = tiny_inputs()
    bill = bill_of_resources(**{name: inputs[name] for name in BILLED})
    kits = inputs["demand_plan"].query("item_id == 'KIT'")
    with pytest.raises(PlanningError, match="item_id=PUMP.*other items"):
        rough_cut(bill, demand_plan=kits, capacity=inputs["capacity"])


def test_a_company_without_routings_has_an_empty_bill_and_no_load():
    inputs = tiny_inputs(routings=table("routings").empty())
    bill = bill_of_resources(**{name: inputs[name] for name in BILLED})
    assert bill.empty
    assert rough_cut(bill, demand_plan=inputs["demand_plan"], capacity=inputs["capacity"])["load"].sum() == 0


def test_people_without_rows_of_capacity_have_the_hours_of_their_headcount():
    """3 people at 8 hours on 20 and 10 working days, and 5 hours each in overtime; 2 people at 100 hours a month."""
    crews = given(
        "resources",
        ["resource_id", "headcount", "hours_per_day", "hours_per_head", "overtime_per_head"],
        ("CREW", 3.0, 8.0, np.nan, 5.0),
        ("TEAM", 2.0, np.nan, 100.0, np.nan),
        ("IDLE", 9.0, 8.0, np.nan, np.nan),  # its row of capacity counts
        location_id="PLANT",
        kind="labour",
    )
    bill = given(
        "bill_of_resources",
        ["item_id", "resource_id", "hours_per_unit"],
        *(("KIT", name, 1.0) for name in ("CREW", "IDLE", "TEAM")),
        location_id="DC",
        offset=0,
    )
    months = tiny.demand_plan().query("item_id == 'KIT' and bucket <= @tiny.BUCKETS[1]")
    days = given("calendar", ["bucket", "working_days"], (tiny.BUCKETS[0], 20.0), (tiny.BUCKETS[1], 10.0))
    hours = given("capacity", ["resource_id", "bucket", "regular_hours"], ("IDLE", tiny.BUCKETS[0], 7.0))
    found = rough_cut(bill, demand_plan=months, capacity=hours, resources=crews, calendar=days)
    there = found.set_index("resource_id")[["regular_available", "overtime_available"]]
    assert there.loc["CREW"].to_numpy().tolist() == [[480, 15], [240, 15]]
    assert there.loc["TEAM"].to_numpy().tolist() == [[200, 0], [200, 0]]
    assert there.loc["IDLE"].to_numpy().tolist() == [[7, 0], [0, 0]]
    assert found.set_index("resource_id").loc["CREW", "overload"].tolist() == [0, 0]
