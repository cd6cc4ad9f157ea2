"""The plan of the tiny company, checked by hand."""

import pandas as pd
import pytest
from supply_cases import BUCKETS, tiny_inputs, violations, with_column

import tiny
from sopbench.contract import PlanningError
from sopbench.params import Supply
from sopbench.supply import plan


@pytest.fixture(scope="module")
def made():
    return plan(Supply(), **tiny_inputs())


def row(made, item, place):
    rows = made["supply_plan"].query("item_id == @item and location_id == @place")
    assert (rows["bucket"].to_numpy() == BUCKETS.to_numpy()).all()
    return rows


def money(made, line):
    return made["costs"].query("line == @line")["value"].sum()


def test_all_demand_is_shipped_in_its_bucket_where_stock_and_hours_suffice(made):
    pumps = row(made, "PUMP", "DC")
    assert pumps["shipped"].tolist() == pytest.approx([90, 90, 90, 150, 90, 90])
    assert pumps[["backlog", "lost"]].to_numpy().max() == 0
    assert made["shortages"].empty


def test_the_overdue_order_is_shipped_first(made):
    kits = row(made, "KIT", "DC")
    assert kits["demand"].tolist() == pytest.approx([45.0] * 6)
    assert kits["shipped"].tolist() == pytest.approx([50, 45, 45, 45, 45, 45])


def test_kits_are_bought_to_return_to_their_safety_stock_of_20(made):
    kits = row(made, "KIT", "DC")
    assert kits["receipts"].tolist() == pytest.approx([0, 40, 0, 0, 0, 0])
    assert kits["buy"].tolist() == pytest.approx([0, 0, 40, 45, 45, 45])  # 80 - 50 + 40 - 45 = 25 left in October
    assert kits["stock"].tolist() == pytest.approx([30, 25, 20, 20, 20, 20])


def test_seals_go_in_two_a_pump_when_the_pump_is_started(made):
    pumps, seals = row(made, "PUMP", "PLANT"), row(made, "SEAL", "PLANT")
    started = [*pumps["make"].tolist()[1:], 0.0]
    assert seals["component_use"].tolist() == pytest.approx([2 * units for units in started])
    assert pumps["make"].iloc[0] == 0  # would have to start in August


def test_the_peak_is_made_in_regular_time_before_it_and_in_20_hours_of_overtime(made):
    pumps = row(made, "PUMP", "PLANT")
    capacity = made["capacity_plan"]
    # 540 wanted and 30 to stay at the end, 210 there: 420 made, of which the 360 needed by January in three buckets
    assert pumps["make"].sum() == pytest.approx(600 - 210 + 30)
    assert capacity["load"].tolist()[:4] == pytest.approx([100, 120, 100, 100])
    assert capacity["overtime"].sum() == pytest.approx(20)
    assert capacity["utilisation"].tolist()[:2] == pytest.approx([1.0, 1.2])
    assert pumps["overtime_make"].tolist() == pytest.approx([0, 0, 20, 0, 0, 0])


def test_safety_stock_is_used_in_the_peak_and_is_there_at_the_end(made):
    pumps = row(made, "PUMP", "DC")
    assert pumps["safety_stock"].tolist() == pytest.approx([30.0] * 6)
    assert pumps["stock"].tolist() == pytest.approx([60, 30, 30, 10, 20, 30])


def test_every_cost_line_is_what_hand_calculation_gives(made):
    assert money(made, "regular_hours") == pytest.approx(400 * 20)
    assert money(made, "overtime_hours") == pytest.approx(20 * 30)
    assert money(made, "transport") == pytest.approx(480 * 1)
    assert money(made, "purchase") == pytest.approx(175 * 10 + 590 * 2)  # kits; seals: 840 used, 250 there
    stock = made["supply_plan"].groupby("item_id")["stock"].sum()
    held = 0.02 * (stock["PUMP"] * 40 + stock["KIT"] * 10 + stock["SEAL"] * 2)
    assert money(made, "holding") == pytest.approx(held)
    assert money(made, "safety_stock_shortfall") == pytest.approx((20 + 10) * 4 * 0.02 * 40)
    assert set(made["costs"]["line"]) == {
        "regular_hours", "overtime_hours", "transport", "purchase", "holding", "safety_stock_shortfall",
    }  # fmt: skip


def test_costs_add_up_to_the_objective_and_all_balances_hold(made):
    assert made["costs"]["value"].sum() == pytest.approx(made["solution"]["objective"].iloc[0], rel=1e-9)
    assert violations(tiny_inputs(), made).max() < 1e-9


def test_a_start_lies_a_lead_time_before_its_arrival(made):
    kits = made["sourcing_plan"].query("item_id == 'KIT'")
    assert (kits["start_bucket"] == kits["bucket"] - pd.DateOffset(months=2)).all()
    assert (kits["cost"] == kits["qty"] * 10).all()


def test_an_order_above_the_plan_of_its_bucket_counts_in_its_place():
    orders = pd.DataFrame({
        "order_id": ["1", "2"], "item_id": "KIT", "location_id": "DC", "customer_id": ["SHOP", "WEB"],
        "due": ["2025-11-20", "2025-11-02"], "qty": [33.0, 5.0],
    })  # fmt: skip
    kits = row(plan(Supply(), **tiny_inputs(open_orders=orders)), "KIT", "DC")
    assert kits["demand"].tolist() == pytest.approx([45, 45, 33 + 15, 45, 45, 45])


def test_the_customer_who_counts_most_is_served_first():
    customers = pd.DataFrame({"customer_id": ["SHOP", "WEB"], "priority": [3.0, 1.0]})
    few = with_column(tiny_inputs()["on_hand"], "qty", 60.0, "item_id == 'KIT'")
    none = tiny.tables()["receipts"].head(0)
    made = plan(Supply(), **tiny_inputs(on_hand=few, receipts=none, customers=customers))
    short = made["shortages"].query("item_id == 'KIT'")
    # 60 there until November: the shop gets its 60, so the web's 15 + 15 wait, as does the overdue order
    assert set(short["customer_id"]) == {"WEB"}
    assert short["qty"].sum() == pytest.approx(30)


def test_equal_customers_share_what_there_is_by_what_they_are_owed():
    customers = pd.DataFrame({"customer_id": ["SHOP", "WEB"], "priority": 1.0})
    none = tiny.tables()["open_orders"].head(0)
    few = with_column(tiny_inputs()["on_hand"], "qty", 15.0, "item_id == 'KIT'")
    made = plan(Supply(), **tiny_inputs(on_hand=few, customers=customers, open_orders=none))
    first = made["shortages"].query("item_id == 'KIT' and bucket == @BUCKETS[0]").set_index("customer_id")["qty"]
    assert first.to_dict() == pytest.approx({"SHOP": 20.0, "WEB": 10.0})


def test_what_is_made_to_order_waits_and_is_never_lost():
    items = tiny_inputs()["items"]
    closed = with_column(tiny_inputs()["capacity"], "regular_hours", 0.0, "bucket < '2025-12-01'")
    closed = with_column(closed, "overtime_hours", 0.0, "bucket < '2025-12-01'")
    stock = plan(Supply(backlog_share=0.6), **tiny_inputs(capacity=closed))
    order = plan(Supply(backlog_share=0.6), **tiny_inputs(capacity=closed, items=items.assign(strategy="MTO")))
    assert row(stock, "PUMP", "DC")["lost"].sum() > 0
    assert row(order, "PUMP", "DC")["lost"].sum() == 0
    assert row(order, "PUMP", "DC")["backlog"].max() > row(stock, "PUMP", "DC")["backlog"].max()


def test_stock_that_cannot_be_sold_in_time_is_written_off_at_cost():
    items = with_column(tiny_inputs()["items"], "shelf_life", 2.0, "item_id == 'KIT'")
    much = with_column(tiny_inputs()["on_hand"], "qty", 300.0, "item_id == 'KIT'")
    made = plan(Supply(), **tiny_inputs(items=items, on_hand=much))
    kits = row(made, "KIT", "DC")
    # 300 less 50 shipped leaves 250, of which October and November take 90
    assert kits["written_off"].tolist()[0] == pytest.approx(160)
    assert money(made, "write_off") == pytest.approx(kits["written_off"].sum() * 10)
    assert (kits["stock"] <= 90 + 1e-9).all()


def test_a_source_keeps_its_share_of_what_arrives_over_the_horizon():
    more = tiny_inputs()["sources"].query("item_id == 'KIT'").assign(origin_id="RIVAL", unit_cost=11.0, share_min=0.3)
    made = plan(Supply(), **tiny_inputs(sources=pd.concat([tiny_inputs()["sources"], more])))
    kits = made["sourcing_plan"].query("item_id == 'KIT'").groupby("origin_id")["qty"].sum()
    assert kits["RIVAL"] == pytest.approx(0.3 * kits.sum())
    assert money(made, "source_share") == 0


def test_a_share_a_source_cannot_keep_is_priced_and_not_in_the_way():
    more = tiny_inputs()["sources"].query("item_id == 'KIT'")
    more = more.assign(origin_id="RIVAL", share_min=0.3, qty_max=10.0)
    made = plan(Supply(), **tiny_inputs(sources=pd.concat([tiny_inputs()["sources"], more])))
    kits = made["sourcing_plan"].query("item_id == 'KIT'").groupby("origin_id")["qty"].sum()
    assert kits.sum() == pytest.approx(175)
    assert kits["RIVAL"] == pytest.approx(40)
    assert money(made, "source_share") == pytest.approx((0.3 * 175 - 40) * 10)


def test_safety_stock_is_sold_where_supply_stays_short():
    sources = tiny_inputs()["sources"].query("item_id != 'KIT'")
    kits = row(plan(Supply(), **tiny_inputs(sources=sources)), "KIT", "DC")
    assert kits["shipped"].sum() == pytest.approx(80 + 40)
    assert kits["stock"].iloc[-1] == 0


def test_a_resource_without_capacity_has_no_hours_and_a_make_without_routing_takes_none():
    stopped = plan(Supply(), **tiny_inputs(capacity=tiny_inputs()["capacity"].head(0)))
    assert row(stopped, "PUMP", "PLANT")["make"].sum() == 0
    assert stopped["capacity_plan"]["shadow_price"].max() > 0
    free = plan(Supply(), **tiny_inputs(routings=tiny_inputs()["routings"].head(0)))
    assert row(free, "PUMP", "PLANT")["make"].sum() > 0
    assert free["capacity_plan"]["load"].sum() == 0


def test_set_up_hours_are_spread_over_the_smallest_lot():
    routings = with_column(tiny_inputs()["routings"], "setup_hours", 5.0)
    sources = with_column(tiny_inputs()["sources"], "lot_min", 50.0, "method == 'make'")
    made = plan(Supply(), **tiny_inputs(routings=routings, sources=sources))
    started = row(made, "PUMP", "PLANT")["make"].sum()
    assert made["capacity_plan"]["load"].sum() == pytest.approx(started * (1 + 5 / 50))


@pytest.mark.filterwarnings("ignore:Solution may be inaccurate")
def test_an_empty_demand_plan_and_a_solver_out_of_time_are_said_plainly():
    with pytest.raises(PlanningError, match="nothing to plan for"):
        plan(Supply(), **tiny_inputs(demand_plan=tiny.demand_plan().head(0)))
    with pytest.raises(PlanningError, match="raise time_limit"):
        plan(Supply(time_limit=1e-9), **tiny_inputs())


def test_a_plan_bears_the_name_of_its_scenario():
    made = plan(Supply(), **tiny_inputs(), scenario="line_down")
    assert all((frame["scenario"] == "line_down").all() for frame in made.values())
