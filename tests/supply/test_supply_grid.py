"""The S&OP grid: figures counted by hand, what may not be added up, and that stock follows from supply and demand."""

import numpy as np
import pandas as pd
import pytest
from supply_cases import random_inputs

import tiny
from sopbench.contract import checked, table
from sopbench.contract.past import by_cycle
from sopbench.params import Supply
from sopbench.supply import plan
from sopbench.supply.answers.grid import GRIDDED, _lasting, item_covers, sop_grid

JUL, AUG, SEP, OCT, NOV = pd.date_range("2025-07-01", periods=5, freq="MS")
MONEY = {"A": 2.0, "B": 3.0, "BULK": 1.0, "ORDERED": 5.0}
LINES = [each for each in table("supply_plan").names if each not in ("scenario", "item_id", "location_id", "bucket")]


def given(name, rows, **same):
    """A table of the contract from a list of rows."""
    return checked(pd.DataFrame(rows).assign(**same), table(name)) if rows else table(name).empty()


def a_plan(*rows):
    """A supply plan: item, bucket, and the columns that are not 0."""
    named = [{"item_id": item, "location_id": "P", "bucket": bucket, **said} for item, bucket, said in rows]
    return checked(
        pd.DataFrame(named)
        .reindex(columns=table("supply_plan").names)
        .fillna({"scenario": "base"} | dict.fromkeys(LINES, 0.0)),
        table("supply_plan"),
    )


def grid(this, earlier=None, on_hands=None, receipts=None, orders=None, items=None, **said):
    """The grid of a small company on the first of September, which July, August and three months of plan surround."""
    families = {"A": "fa", "B": "fa", "BULK": "mixed", "ORDERED": "special"} | (items or {})
    about = [
        {"item_id": item, "family": family, "unit_cost": MONEY[item], "unit_price": 9.0}
        | {"uom": "KG" if item == "BULK" else "EA", "strategy": "MTO" if item == "ORDERED" else "MTS"}
        for item, family in families.items()
    ]
    calendar = [
        {"bucket": each, "working_days": days}
        for each, days in zip((JUL, AUG, SEP, OCT, NOV), (20, 20, 20, 25, 20), strict=True)
    ]
    inputs = {
        "items": given("items", about),
        "calendar": given("calendar", calendar),
        "sources": given("sources", said.get("sources", [{"item_id": "A", "method": "make"}]), location_id="P"),
        "sales": given("sales", said.get("sales", []), location_id="P"),
        "production": given("production", said.get("production", []), location_id="P"),
        "budget": given("budget", said.get("budget", [])),
    }
    stacked = {
        "on_hands": by_cycle(
            "on_hand", {c: given("on_hand", rows, location_id="P") for c, rows in (on_hands or {}).items()}
        ),
        "receipts": by_cycle(
            "receipts", {c: given("receipts", rows, location_id="P") for c, rows in (receipts or {}).items()}
        ),
        "open_orders": by_cycle(
            "open_orders", {c: given("open_orders", rows, location_id="P") for c, rows in (orders or {}).items()}
        ),
        "earlier_plans": by_cycle("supply_plan", earlier or {}),
    }
    return sop_grid(SEP, supply_plan=this, **stacked, **inputs)


def row(found, family, line, version, measure="units"):
    """A line of a family, by month: only months that have a figure."""
    rows = found.query("family == @family and line == @line and measure == @measure").dropna(subset=version)
    return dict(zip(rows["bucket"].dt.month, rows[version], strict=True))


STEADY = [("A", SEP, {"demand": 100, "make": 110, "shipped": 100, "stock": 150}),
          ("A", OCT, {"demand": 100, "make": 50, "shipped": 100, "stock": 100}),
          ("A", NOV, {"demand": 100, "make": 200, "shipped": 100, "stock": 200})]  # fmt: skip


def test_stock_is_covered_by_the_demand_that_follows():
    """150 last October's 25 days and half of November's 20; 100 all of November; 200 go on at 300 in 65 days."""
    found = grid(a_plan(*STEADY))
    assert row(found, "fa", "demand", "plan") == {9: 100, 10: 100, 11: 100}
    assert row(found, "fa", "supply", "plan") == {9: 110, 10: 50, 11: 200}
    assert row(found, "fa", "days_of_cover", "plan") == pytest.approx({9: 35.0, 10: 20.0, 11: 200 / (300 / 65)})
    assert found.query("line == 'days_of_cover'")["unit"].unique().tolist() == ["working days"]
    assert found["form"].unique().tolist() == ["MTS"]
    assert row(found, "fa", "stock", "plan", "money") == {9: 300, 10: 200, 11: 400}


def test_the_past_shows_what_happened_beside_the_plan_in_force_then():
    sales = [
        {"item_id": "A", "customer_id": "C", "bucket": bucket, "qty_ordered": ordered, "qty_shipped": ordered - 5}
        for bucket, ordered in ((JUL, 90), (AUG, 95))
    ]
    made = [{"item_id": "A", "bucket": bucket, "qty": 80} for bucket in (JUL, AUG)]
    earlier = {
        JUL: a_plan(("A", JUL, {"demand": 91}), ("A", AUG, {"demand": 92}), ("A", SEP, {"demand": 93})),
        AUG: a_plan(("A", AUG, {"demand": 94}), ("A", SEP, {"demand": 96})),
    }
    counts = {AUG: [{"item_id": "A", "qty": 60}], SEP: [{"item_id": "A", "qty": 50}]}
    owed = {
        SEP: [
            {"order_id": "1", "item_id": "A", "due": AUG, "qty": 7},
            {"order_id": "2", "item_id": "A", "due": OCT, "qty": 9},
        ]
    }
    budget = [{"family": "fa", "bucket": bucket, "units": 99, "revenue": 900, "margin": 700} for bucket in (AUG, OCT)]
    found = grid(a_plan(*STEADY), earlier, counts, orders=owed, sales=sales, production=made, budget=budget)
    assert row(found, "fa", "demand", "actual") == {7: 90, 8: 95}
    assert row(found, "fa", "shipped", "actual") == {7: 85, 8: 90}
    assert row(found, "fa", "supply", "actual") == {7: 80, 8: 80}
    assert row(found, "fa", "stock", "actual") == {7: 60, 8: 50}
    assert row(found, "fa", "backlog", "actual") == {7: 0, 8: 7}  # the order due in October is not late
    assert row(found, "fa", "demand", "plan") == {7: 91, 8: 94, 9: 100, 10: 100, 11: 100}
    assert row(found, "fa", "demand", "last_cycle") == {8: 94, 9: 96}
    assert row(found, "fa", "demand", "budget") == {8: 99, 10: 99}
    assert row(found, "fa", "demand", "budget", "money") == {8: 200, 10: 200}  # cost of goods
    assert row(found, "fa", "days_of_cover", "actual")[8] == pytest.approx(10.0)  # 50 of September's 100 in 20 days


def test_what_is_bought_came_as_stock_shows_it():
    """B is bought: 30 at the start of August, 20 sold, 55 at its end: 45 came. July's start was not counted."""
    sales = [
        {"item_id": "B", "customer_id": "C", "bucket": b, "qty_ordered": 20, "qty_shipped": 20} for b in (JUL, AUG)
    ]
    counts = {AUG: [{"item_id": "B", "qty": 30}], SEP: [{"item_id": "B", "qty": 55}]}
    found = grid(a_plan(("B", SEP, {"demand": 20, "shipped": 20})), on_hands=counts, sales=sales)
    assert row(found, "fa", "supply", "actual") == {8: 45}


def test_goods_between_our_locations_are_stock_and_no_supply():
    """40 on their way arrive in October, 10 more leave in September for November: all are stock until they are sold."""
    this = a_plan(
        ("A", SEP, {"demand": 5, "shipped": 5, "move_out": 10, "stock": 35, "receipts": 3}),
        ("A", OCT, {"receipts": 40, "stock": 75}),
        ("A", NOV, {"move_in": 10, "stock": 85}),
    )
    way = [{"receipt_id": "1", "kind": "DO", "item_id": "A", "due": OCT, "qty": 40},
           {"receipt_id": "2", "kind": "PO", "item_id": "A", "due": SEP, "qty": 3}]  # fmt: skip
    found = grid(this, receipts={SEP: way}, on_hands={SEP: [{"item_id": "A", "qty": 47}]})
    assert row(found, "fa", "supply", "plan") == {9: 3, 10: 0, 11: 0}
    assert row(found, "fa", "stock", "plan") == {9: 85, 10: 85, 11: 85}
    assert row(found, "fa", "stock", "actual") == {8: 87}


def test_units_of_different_measures_are_never_added_up():
    """A in EA and BULK in KG are one family: 100 EA at 2 and 10 KG at 1 are 210 of money, and no number of units."""
    this = a_plan(("A", SEP, {"demand": 100}), ("BULK", SEP, {"demand": 10}))
    budget = [{"family": "mixed", "bucket": SEP, "units": 99, "revenue": 900, "margin": 700}]
    found = grid(this, items={"A": "mixed"}, budget=budget)
    assert found["measure"].unique().tolist() == ["money"]
    assert row(found, "mixed", "demand", "plan", "money") == {9: 210}
    assert row(found, "mixed", "demand", "budget", "money") == {9: 200}


def test_what_is_made_to_order_shows_its_backlog_and_the_days_to_make_it():
    """30 owed after September at 60 made in 20 days: 10 days; 45 after October at 60 + 75 in 45 days: 15 days."""
    this = a_plan(("ORDERED", SEP, {"demand": 90, "make": 60, "shipped": 60, "backlog": 30}),
                  ("ORDERED", OCT, {"demand": 90, "make": 75, "shipped": 75, "backlog": 45}))  # fmt: skip
    found = grid(this)
    assert found["form"].unique().tolist() == ["MTO"]
    assert row(found, "special", "backlog", "plan") == {9: 30, 10: 45}
    assert row(found, "special", "days_of_backlog", "plan") == pytest.approx({9: 10.0, 10: 15.0})
    assert not (found["line"] == "days_of_cover").any()


def test_a_family_of_both_forms_has_a_grid_of_each_and_no_budget():
    this = a_plan(("A", SEP, {"demand": 100}), ("ORDERED", SEP, {"demand": 10}))
    budget = [{"family": "fa", "bucket": SEP, "units": 99, "revenue": 900, "margin": 700}]
    found = grid(this, items={"ORDERED": "fa"}, budget=budget)
    assert set(found["form"]) == {"MTS", "MTO"}
    assert found["budget"].isna().all()


def test_families_that_nobody_buys_have_no_grid():
    assert grid(a_plan(("B", SEP, {"component_use": 5}))).empty


@pytest.mark.parametrize("seed", [3, 11, 27])
def test_planned_stock_follows_from_supply_and_what_leaves(seed):
    inputs = random_inputs(seed)
    made = plan(Supply(), **inputs)["supply_plan"]
    start, days = made["bucket"].min(), [{"bucket": each, "working_days": 20} for each in tiny.BUCKETS]
    found = sop_grid(
        start,
        supply_plan=made,
        earlier_plans=by_cycle("supply_plan", {}),
        on_hands=by_cycle("on_hand", {start: inputs["on_hand"]}),
        receipts=by_cycle("receipts", {start: inputs["receipts"]}),
        open_orders=by_cycle("open_orders", {start: inputs["open_orders"]}),
        calendar=given("calendar", days),
        **{name: inputs.get(name, table(name).empty()) for name in GRIDDED if name != "calendar"},
    )
    wide = found.query("measure == 'units'").pivot_table(
        index=["family", "form", "bucket"], columns="line", values="plan"
    )
    wide = wide.reindex(columns=["stock", "supply", "shipped", "other_use"]).fillna(0.0)
    opening = inputs["on_hand"].merge(inputs["items"], on="item_id").groupby(["family", "strategy"])["qty"].sum()
    before = wide.groupby(level=["family", "form"])["stock"].shift()
    before = before.fillna(wide.index.droplevel("bucket").to_series(index=wide.index).map(opening))
    gap = before + wide["supply"] - wide["shipped"] - wide["other_use"] - wide["stock"]
    assert gap.abs().max() < 1e-6


def test_each_item_has_its_cover_with_what_goes_into_others_and_what_is_on_the_way():
    """80 at the end of September are October's 50 in 20 days, and half of November's 60 in 30 days: 35 days."""
    this = a_plan(
        *(("A", month, {"demand": units, "stock": stock}) for month, units, stock in zip(
            (SEP, OCT, NOV), (10, 50, 60), (80, 30, 8), strict=True)),
        *(("B", month, {"component_use": 20, "stock": 10}) for month in (SEP, OCT, NOV)),
        *(("BULK", month, {"stock": 5}) for month in (SEP, OCT, NOV)),
    )  # fmt: skip
    days = given("calendar", [{"bucket": b, "working_days": d} for b, d in ((SEP, 10), (OCT, 20), (NOV, 30))])
    moved = {"receipt_id": "1", "kind": "DO", "item_id": "B", "due": OCT, "qty": 20.0}
    under_way = given("receipts", [moved], location_id="P")
    rows = item_covers(SEP, supply_plan=this, receipts=under_way, calendar=days).set_index("item_id")
    # at the end of November A has 8 at 120 units in 60 days
    assert rows.loc["A", "days_of_cover"].tolist() == pytest.approx([35, 15, 4])
    # 10 on the shelf and 20 that arrive in October: 20 go in October, 10 in half of November; then 10 at 1 a day
    assert rows.loc["B", "stock"].tolist() == [30, 10, 10]
    assert rows.loc["B", "days_of_cover"].tolist() == pytest.approx([35, 15, 10])
    assert rows.loc["BULK", "days_of_cover"].isna().all()


@pytest.mark.parametrize("seed", range(40))
def test_days_of_cover_are_those_one_counts_bucket_by_bucket(seed):
    rng = np.random.default_rng(seed)
    horizon = int(rng.integers(1, 6))
    demand = rng.integers(0, 4, horizon) * 10.0 * (rng.random(horizon) < 0.7)
    days, stock = rng.choice([0.0, 15.0, 22.0], horizon), rng.integers(0, 8, horizon) * 7.0
    found = _lasting(stock[None], demand[None], days, np.ones(horizon, dtype=bool))[0]
    a_day = demand.sum() / days.sum() if days.sum() else 0.0
    for start, left in enumerate(stock):
        counted = 0.0
        for wanted, worked in zip(demand[start + 1 :], days[start + 1 :], strict=True):
            counted += worked * min(1.0, left / wanted if wanted else 1.0) * (left > 0)
            left = max(left - wanted, 0.0)
        if left > 0:
            counted = counted + left / a_day if a_day else np.nan
        assert found[start] == pytest.approx(counted, nan_ok=True)
