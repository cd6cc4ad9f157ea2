"""Pegging follows every unit and hour: small companies counted by hand, and what must hold for any plan."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from supply_cases import random_inputs, tiny_inputs, with_column

import tiny
from draws import COSTLY
from sopbench.contract import PlanningError, checked, table
from sopbench.params import Supply
from sopbench.supply import plan
from sopbench.supply.answers.pegging import (
    PEGGED,
    composed,
    hanging_on_receipts,
    peg,
    peg_demand,
    peg_supply,
    pegging_table,
)

PLANNED = ("supply_plan", "sourcing_plan", "capacity_plan", "shipments")
SEP, OCT, NOV, DEC = tiny.BUCKETS[:4]


def pegged(inputs):
    made = plan(Supply(), **inputs)
    return peg(**{name: inputs[name] for name in PEGGED}, **{name: made[name] for name in PLANNED}), made


@pytest.fixture(scope="module")
def small():
    """The tiny company: PUMPs made at PLANT of 2 SEALs an hour each, moved to DC; KITs bought at DC."""
    inputs = tiny_inputs()
    return inputs, *pegged(inputs)


def test_the_first_pumps_sold_are_those_that_were_on_hand(small):
    _, pegging, made = small
    rows = peg_demand(pegging, item_id="PUMP", bucket=SEP)
    assert rows[["level", "location_id", "method", "amount"]].to_numpy().tolist() == [[0, "DC", "on hand", 90.0]]


def test_a_pump_sold_is_followed_through_its_move_to_hours_and_seals(small):
    """150 pumps on hand at DC last until October; then come the 60 that were on hand at PLANT, then those made."""
    inputs, pegging, made = small
    rows = peg_demand(pegging, item_id="PUMP", bucket=DEC)
    made_here = rows[(rows["method"] == "make") & (rows["unit"] == "units")]
    hours, seals = rows[rows["unit"] == "hours"], rows[rows["item_id"] == "SEAL"]
    assert rows.loc[rows["level"] == 0, "amount"].sum() == pytest.approx(
        made["supply_plan"].query("item_id == 'PUMP' and location_id == 'DC' and bucket == @DEC")["shipped"].sum()
    )
    assert hours["resource_id"].unique().tolist() == ["LINE"]
    assert hours["amount"].sum() == pytest.approx(made_here["amount"].sum())  # 1 hour each
    assert seals["amount"].sum() == pytest.approx(2 * made_here["amount"].sum())
    assert set(rows["level"]) == {0, 1, 2}
    assert (made_here["start_bucket"] < made_here["bucket"]).all()


def test_in_fair_share_all_customers_get_what_the_plan_ships_them():
    """ACME gives 10 KITs a month; of what is short SHOP and WEB bear the same share of what each is owed."""
    inputs = tiny_inputs(sources=with_column(tiny_inputs()["sources"], "qty_max", 10.0, "item_id == 'KIT'"))
    inputs["open_orders"] = inputs["open_orders"].iloc[:0]
    made = plan(Supply(allocation="fair_share"), **inputs)
    tables = {name: inputs[name] for name in PEGGED} | {name: made[name] for name in PLANNED}
    pegging = peg(**tables, allocation="fair_share")
    got = pegging.ends.query("item_id == 'KIT' and kind == 'shipped'").groupby("customer_id")["qty"].sum()
    short = made["shortages"].query("item_id == 'KIT'").groupby("customer_id")["lost"].sum()
    owed = made["supply_plan"].query("item_id == 'KIT'")["backlog"].iloc[-1]
    assert short.sum() + owed > 20
    assert got["SHOP"] == pytest.approx(2 * got["WEB"])  # 30 and 15 a month are wanted
    assert got.sum() == pytest.approx(made["supply_plan"].query("item_id == 'KIT'")["shipped"].sum())


def test_customers_of_higher_priority_take_first(small):
    """SHOP (priority 2) takes the older stock of KITs: WEB gets the receipt first."""
    _, pegging, _ = small
    kits = pegging.ends.query("item_id == 'KIT' and kind == 'shipped' and position == 0")
    assert kits["customer_id"].tolist() == ["SHOP", "WEB"]
    assert kits["qty"].tolist() == [30.0, 20.0]  # WEB: 15 wanted and 5 overdue


def test_a_receipt_is_pegged_to_whom_it_serves_and_to_their_revenue(small):
    """80 KITs on hand serve 50 in September and 30 in October; the 40 of PO-1 the last 15 of October and 25 after."""
    inputs, pegging, _ = small
    rows = peg_supply(pegging, inputs["items"], receipt_id="PO-1").sort_values(["bucket", "customer_id"])
    assert rows[["customer_id", "bucket", "qty", "revenue"]].to_numpy().tolist() == [
        ["WEB", OCT, 15.0, 375.0], ["SHOP", NOV, 25.0, 625.0],
    ]  # fmt: skip
    assert rows["amount"].sum() == 40.0


def test_hours_of_a_month_end_in_shipments_and_stock(small):
    inputs, pegging, made = small
    rows = peg_supply(pegging, inputs["items"], resource_id="LINE", start_bucket=OCT)
    load = made["capacity_plan"].query("bucket == @OCT")["load"].sum()
    assert rows["amount"].sum() == pytest.approx(load)
    assert rows["qty"].sum() == pytest.approx(load)  # an hour a pump
    sold = rows["kind"] == "shipped"
    assert rows.loc[sold, "revenue"].tolist() == pytest.approx((rows.loc[sold, "qty"] * 100.0).tolist())


def test_what_hangs_on_two_components_counts_once():
    """Each A takes an X and a Y, all from one supplier: without it 10 A are missing, not 20; half of X is 5 A."""
    buckets = tiny.BUCKETS[:2]
    said = {
        "items": {"item_id": ["A", "X", "Y"], "family": "f", "unit_cost": 1.0, "unit_price": [9.0, 0.0, 0.0]},
        "locations": {"location_id": ["P"]},
        "bom": {"item_id": "A", "component_id": ["X", "Y"], "qty_per": 1.0},
        "sources": {
            "item_id": ["A", "X", "Y"],
            "location_id": "P",
            "method": ["make", "buy", "buy"],
            "origin_id": ["", "S", "S"],
        },
        "on_hand": {"item_id": ["X"], "location_id": "P", "qty": [5.0]},
        "policies": {"item_id": ["A", "X", "Y"], "location_id": "P", "safety_stock": 0.0},
        "demand_plan": {"item_id": "A", "location_id": "P", "customer_id": "C", "bucket": buckets, "consensus": 5.0},
    }
    said["demand_plan"] |= {"method": "given", "statistical": 5.0, "p10": 5.0, "p50": 5.0, "p90": 5.0}
    inputs = {name: checked(pd.DataFrame(said.get(name, {})), table(name)) for name in said}
    inputs = {name: inputs.get(name, table(name).empty()) for name in tiny_inputs()}
    pegging, _ = pegged(inputs)
    supplier = peg_supply(pegging, inputs["items"], origin_id="S")
    assert supplier["qty"].sum() == pytest.approx(10.0)
    assert supplier["revenue"].sum() == pytest.approx(90.0)
    assert supplier["amount"].sum() == pytest.approx(15.0)  # 5 X and 10 Y are bought
    bought = peg_supply(pegging, inputs["items"], origin_id="S", item_id="X")
    assert bought[["bucket", "qty"]].to_numpy().tolist() == [[buckets[1], 5.0]]  # X on hand goes into the first 5


def test_late_receipts_come_first_and_say_what_hangs_on_them(small):
    inputs, pegging, _ = small
    late = hanging_on_receipts(pegging, inputs["items"], inputs["receipts"], NOV)
    assert late[["receipt_id", "late", "customers", "first", "revenue"]].to_numpy().tolist() == [
        ["PO-1", True, 2, OCT, 1000.0]
    ]
    assert hanging_on_receipts(pegging, inputs["items"], inputs["receipts"].head(0), NOV).empty


def test_what_the_plan_does_not_hold_is_refused_in_words(small):
    inputs, pegging, _ = small
    with pytest.raises(PlanningError, match="resource_id=LATHE.*no such lot"):
        peg_supply(pegging, inputs["items"], resource_id="LATHE")
    with pytest.raises(PlanningError, match="item_id=SEAL.*ships nothing"):
        peg_demand(pegging, item_id="SEAL")


def test_several_scenarios_at_once_are_refused(small):
    inputs, _, made = small
    two = pd.concat([made["supply_plan"], made["supply_plan"].assign(scenario="other")])
    with pytest.raises(PlanningError, match="one plan at a time"):
        peg(**{name: inputs[name] for name in PEGGED}, **{name: made[name] for name in PLANNED} | {"supply_plan": two})


def test_the_table_of_resources_and_suppliers_adds_up_to_load_and_cost(small):
    _, pegging, made = small
    rows = pegging_table(pegging)
    hours = rows[rows["unit"] == "hours"].groupby("start_bucket")["amount"].sum()
    load = made["capacity_plan"].set_index("bucket")["load"]
    assert hours.tolist() == pytest.approx(load[load > 0].tolist())
    bought = made["sourcing_plan"].query("method == 'buy'")["cost"].sum()
    assert rows.loc[rows["unit"] == "money", "amount"].sum() == pytest.approx(bought)


def conserves(inputs):
    """Units and hours that come in are those that go out, to a millionth of what there is."""
    pegging, made = pegged(inputs)
    lots, ends = pegging.supplies, pegging.ends
    size = max(1.0, lots["qty"].max(), ends["qty"].max())
    total = composed(pegging)
    assert np.abs(total.sum(axis=1) - lots["qty"]).max() < 1e-6 * size, "a lot ends in as much as it holds"
    assert np.abs(pegging.taken.sum(axis=0) - ends["qty"]).max() < 1e-6 * size, "an end takes as much as it is"
    sold = ends[ends["kind"] == "shipped"]
    key = ["item_id", "location_id", "bucket"]
    sold = sold.assign(bucket=pegging.buckets[sold["position"]]).groupby(key)["qty"].sum()
    planned = made["supply_plan"].set_index(key)
    assert (planned["shipped"] - sold.reindex(planned.index, fill_value=0.0)).abs().max() < 1e-6 * size
    left = ends[ends["kind"] == "stock at the end"].groupby(["item_id", "location_id"])["qty"].sum()
    stock = planned[planned.index.get_level_values("bucket") == pegging.buckets[-1]]["stock"].droplevel("bucket")
    assert (stock - left.reindex(stock.index, fill_value=0.0)).abs().max() < 1e-6 * size
    per_unit = pegging.hours["hours"] / lots["qty"].to_numpy()[pegging.hours["supply"]]
    hours = (per_unit * total.sum(axis=1)[pegging.hours["supply"]]).groupby(
        [pegging.hours["resource_id"], lots["start"].to_numpy()[pegging.hours["supply"]]]
    ).sum()  # fmt: skip
    load = made["capacity_plan"]
    load = load.assign(start=pegging.buckets.get_indexer(load["bucket"])).set_index(["resource_id", "start"])["load"]
    assert (load - hours.reindex(load.index, fill_value=0.0)).abs().max() < 1e-6 * max(1.0, load.max())
    out = pegging.taken.tocoo()
    assert (lots["position"].to_numpy()[out.row] <= ends["position"].to_numpy()[out.col]).all(), "none leaves too soon"
    return pegging


def asked_for(inputs, pegging):
    """What is asked for level by level, or from the supplies up, is what all lots are composed of."""
    total = composed(pegging)
    sold = (pegging.ends["kind"] == "shipped").to_numpy()
    if sold.any():
        rows = peg_demand(pegging)
        assert rows.loc[rows["unit"] == "units", "amount"].sum() == pytest.approx(total[:, sold].sum(), rel=1e-6)
    ends = pegging.ends.assign(bucket=pegging.buckets[pegging.ends["position"]])
    for item in pegging.supplies["item_id"].unique():
        rows = peg_supply(pegging, inputs["items"], item_id=item)
        lots = pegging.supplies["item_id"] == item
        assert rows["amount"].sum() == pytest.approx(pegging.supplies.loc[lots, "qty"].sum(), rel=1e-6, abs=1e-5)
        both = rows.merge(ends, on=["kind", "item_id", "location_id", "customer_id", "bucket"])
        assert len(both) == len(rows)
        assert (both["qty_x"] <= both["qty_y"] * (1 + 1e-6) + 1e-6).all(), "no more hangs on it than there is"


@settings(COSTLY, derandomize=True)
@given(seed=st.integers(0, 10_000))
def test_units_and_hours_are_conserved_in_random_companies(seed):
    inputs = random_inputs(seed)
    asked_for(inputs, conserves(inputs))


@settings(COSTLY, derandomize=True)
@given(seed=st.integers(0, 10_000))
def test_units_and_hours_are_conserved_in_wild_companies(seed):
    conserves(random_inputs(seed, wild=True))


def test_a_receipt_beyond_all_demand_ends_in_stock_too():
    inputs = tiny_inputs(receipts=with_column(tiny_inputs()["receipts"], "qty", 500.0))
    pegging, _ = pegged(inputs)
    rows = peg_supply(pegging, inputs["items"], receipt_id="PO-1")
    assert rows["amount"].sum() == pytest.approx(500.0)
    assert set(rows["kind"]) == {"shipped", "stock at the end"}


def test_what_is_lost_in_making_is_conserved_too():
    """Of 100 started 80 arrive good: components, stock sent and hours are those of the 100."""
    inputs = random_inputs(4)
    inputs |= {"sources": with_column(inputs["sources"], "yield_share", 0.8, "method in ['make', 'move']")}
    conserves(inputs)
