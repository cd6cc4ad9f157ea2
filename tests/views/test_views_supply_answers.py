"""Pictures and tables of pegging, rough-cut capacity and the S&OP grid say what their tables hold."""

import pandas as pd
import pytest

import tiny
from sopbench import supply
from sopbench.contract.past import by_cycle
from sopbench.params import Supply
from sopbench.views import supply_grid as grids
from sopbench.views import supply_pegging as charts
from sopbench.views import svg


@pytest.fixture(scope="module")
def made():
    tables = tiny.tables() | {"demand_plan": tiny.demand_plan()}
    plan = supply.plan(Supply(), **{name: tables.get(name) for name in supply.INPUTS})
    planned = {name: plan[name] for name in ("supply_plan", "sourcing_plan", "capacity_plan", "shipments")}
    return tables, plan, supply.peg(**{name: tables[name] for name in supply.PEGGED}, **planned)


@pytest.fixture(scope="module")
def grid(made):
    tables, plan, _ = made
    past = {
        each: by_cycle(name, {tiny.START: tables[name]})
        for each, name in (("on_hands", "on_hand"), ("receipts", "receipts"), ("open_orders", "open_orders"))
    }
    return supply.sop_grid(
        tiny.START,
        supply_plan=plan["supply_plan"],
        earlier_plans=by_cycle("supply_plan", {}),
        **past,
        **{name: tables[name] for name in supply.GRIDDED},
    )


def title(chart):
    assert svg(chart).startswith("<svg")
    return chart.to_dict()["title"]["text"]


def test_the_revenue_that_hangs_on_the_fullest_resource_is_said_by_customer(made):
    tables, plan, pegging = made
    resource, bucket = charts.tightest(plan["capacity_plan"])
    served = supply.peg_supply(pegging, tables["items"], resource_id=resource, start_bucket=bucket)
    assert (resource, bucket) == ("LINE", tiny.BUCKETS[1])  # full for December
    message = title(charts.hanging_by_customer(served, tables["items"], "LINE in Oct 2025", "EUR"))
    assert message == "12 k EUR of deliveries, Dec 2025 to Jan 2026, hang on LINE in Oct 2025"
    said = charts.served_in_words(served, "LINE in Oct 2025", "EUR")
    assert said.startswith("**12 k EUR** of deliveries hang on LINE in Oct 2025: ")
    ranked = charts.hanging_table(served, tables["items"])
    assert ranked["revenue"].is_monotonic_decreasing
    assert ranked["revenue"].sum() == pytest.approx(served["revenue"].sum())


def test_nothing_that_hangs_on_it_is_said_too(made):
    tables, _, pegging = made
    served = supply.peg_supply(pegging, tables["items"], receipt_id="PO-1").head(0)
    message = title(charts.hanging_by_customer(served, tables["items"], "PO-1", "EUR"))
    assert message == "No delivery in the plan hangs on PO-1"


def test_a_delivery_is_shown_level_by_level_with_its_hours(made):
    tables, _, pegging = made
    rows = charts.delivery_table(supply.peg_demand(pegging, item_id="PUMP", bucket=tiny.BUCKETS[3]), tables["items"])
    assert rows["level"].is_monotonic_increasing
    assert set(rows["unit"]) == {"units", "hours"}
    assert "LINE" in rows["source"].tolist()


def test_rough_cut_names_the_resource_that_is_short_of_hours(made):
    tables, _, _ = made
    bill = supply.bill_of_resources(**{name: tables[name] for name in supply.BILLED})
    load = supply.rough_cut(bill, demand_plan=tables["demand_plan"], capacity=tables["capacity"])
    message = title(charts.rough_cut_load(load))
    assert message == "Demand asks more hours than there are on 1 of 1 resources; most on LINE in Oct 2025, 30 h"
    fits = load.assign(overload=0.0, load=load["load"] / 2)
    assert title(charts.rough_cut_load(fits)).startswith("Every resource has hours enough")
    assert title(charts.rough_cut_load(load.assign(load=0.0))) == "The demand plan loads no resource"
    families = charts.bill_table(bill, tables["demand_plan"], tables["items"])
    assert families.to_numpy().tolist() == [["pumps", "LINE", "1.0000", 600.0, 2.0]]


def test_every_family_sold_has_its_picture_and_its_spreadsheet(grid):
    assert grids.families(grid) == [("pumps", "MTS", "units"), ("kits", "MTS", "units")]
    assert title(grids.family_grid(grid, "pumps", "MTS", "units", tiny.START, "EUR")).startswith(
        "Pumps: cover is lowest"
    )
    rows = grids.grid_table(grid, "pumps", "MTS", "units", tiny.START, past=1, ahead=2)
    assert rows.columns.tolist() == ["line", "version", "unit", "Aug 2025", "Sep 2025", "Oct 2025"]
    demand = rows[rows["line"] == "demand"].set_index("version")
    assert demand.loc["plan", ["Sep 2025", "Oct 2025"]].tolist() == [90.0, 90.0]
    assert demand.loc["budget", "Oct 2025"] == 90.0
    assert pd.isna(demand.loc["actual", "Oct 2025"])
    assert rows["line"].tolist() == sorted(rows["line"], key=list(grids.LINES.values()).index)


def test_a_family_to_order_and_one_in_money_are_drawn(grid):
    to_order = grid.assign(
        form="MTO", line=grid["line"].replace({"stock": "backlog", "days_of_cover": "days_of_backlog"})
    )
    to_order = to_order.drop_duplicates(["family", "form", "measure", "line", "bucket"])
    assert "backlog is longest in" in title(grids.family_grid(to_order, "pumps", "MTO", "money", tiny.START, "EUR"))


def test_the_items_of_a_family_are_told_by_their_cover_the_lowest_first():
    start, then = pd.Timestamp("2025-09-01"), pd.Timestamp("2025-10-01")
    rows = [("A", start, 9.0), ("A", then, 8.0), ("B", start, 3.0), ("B", then, 30.0), ("C", start, 1.0)]
    covers = pd.DataFrame(rows, columns=["item_id", "bucket", "days_of_cover"])
    items = pd.DataFrame({"item_id": ["A", "B", "C"], "family": ["f", "f", "other"]})
    found = grids.cover_table(covers, items, "f")
    assert found.to_numpy().tolist() == [["B", 3.0, 30.0], ["A", 9.0, 8.0]]
