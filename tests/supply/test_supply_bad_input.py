"""What a company can get wrong: a message that names it and its mend, or a plan in which it has its price."""

import numpy as np
import pandas as pd
import pytest
from supply_cases import BUCKETS, random_inputs, tiny_inputs, violations, with_column

from sopbench.contract import PlanningError
from sopbench.params import Supply
from sopbench.supply import inventory_targets, plan
from sopbench.supply.solver import whole

QUANTILES = ["statistical", "p10", "p50", "p90", "consensus"]


def many_times(demand_plan: pd.DataFrame, times: float) -> pd.DataFrame:
    return demand_plan.assign(**{name: demand_plan[name] * times for name in QUANTILES})


def test_where_no_search_ends_in_whole_lots_there_is_a_plan_without_any(monkeypatch):
    inputs = random_inputs(5)
    best = plan(Supply(lot_fence=2), **inputs)["solution"].iloc[0]
    monkeypatch.setattr(whole, "_search", lambda programme, stop_at, gap: None)
    made = plan(Supply(lot_fence=2), **inputs)
    said = made["solution"].iloc[0]
    assert violations(inputs, made).max() < 1e-6 and made["sourcing_plan"]["set_ups"].isna().all()
    assert said["objective"] * (1 - said["gap"]) <= best["objective"] <= said["objective"]


@pytest.mark.parametrize("headcount", ["given", "whole"])
@pytest.mark.parametrize("seed", [20, 22, 24])
def test_demand_of_hundreds_of_billions_where_the_search_breaks_off_has_a_plan(seed, headcount):
    inputs = random_inputs(seed, wild=True)
    inputs["demand_plan"] = many_times(inputs["demand_plan"], 1e5)
    made = plan(Supply(lot_fence=4, headcount=headcount), **inputs)
    assert violations(inputs, made).max() < 1e-6
    assert len(made["shortages"])


@pytest.mark.parametrize("seed", [0, 1, 10])
@pytest.mark.parametrize("times", [1e5, 1e8])
def test_demand_beyond_all_means_has_a_plan_in_whole_lots(seed, times):
    inputs = random_inputs(seed)
    inputs["demand_plan"] = many_times(inputs["demand_plan"], times)
    made = plan(Supply(lot_fence=3), **inputs)
    assert violations(inputs, made).max() < 1e-6
    assert made["solution"]["gap"].iloc[0] <= 0.005
    started = made["sourcing_plan"].merge(inputs["sources"], on=["item_id", "location_id", "method", "origin_id"])
    whole = started[started["set_ups"].notna()]
    assert len(whole) and (whole["qty"] >= whole["lot_min"] * (1 - 1e-9)).all()


def test_a_component_comes_in_the_lots_that_a_whole_lot_of_its_parent_takes():
    tables = tiny_inputs()
    sources = with_column(tables["sources"], "lot_min", 1000.0, "method == 'make'")
    inputs = tiny_inputs(
        items=with_column(tables["items"], "unit_price", 1e5, "item_id == 'PUMP'"),
        capacity=tables["capacity"].assign(regular_hours=5000.0),
        on_hand=tables["on_hand"].assign(qty=0.0),
        sources=with_column(sources, "lot_multiple", 1.0, "item_id == 'SEAL'"),
    )
    made = plan(Supply(lot_fence=6), **inputs)["sourcing_plan"].groupby("method")["qty"].sum()
    # 510 PUMP are wanted, and one of them brings more than the lot of 1000 costs; each takes 2 SEAL
    assert made["make"] == 1000 and made["buy"] >= 2000


def test_a_smallest_lot_far_above_demand_is_spread_beyond_the_fence_and_not_made_inside():
    sources = tiny_inputs()["sources"].assign(lot_min=1e9)
    inputs = tiny_inputs(sources=sources)
    averaged, whole = (plan(Supply(lot_fence=fence), **inputs) for fence in (0, 3))
    assert averaged["supply_plan"]["lost"].sum() == 0
    assert (averaged["sourcing_plan"]["start_bucket"] < BUCKETS[3]).any()
    assert (whole["sourcing_plan"]["start_bucket"] >= BUCKETS[3]).all()
    assert violations(inputs, whole).max() < 1e-6


def test_a_lot_that_does_not_pay_is_the_cause_of_what_is_short():
    sources = tiny_inputs()["sources"]
    sized = plan(Supply(lot_fence=3), **tiny_inputs(sources=sources.assign(lot_min=1000.0)))["shortages"]
    assert "a lot of 1000 KIT would cost more than it saves" in set(sized["because"])
    assert "lot size" in set(sized["cause_id"])
    dear = with_column(sources, "setup_cost", 1e6, "item_id == 'KIT'")
    set_up = plan(Supply(lot_fence=6), **tiny_inputs(sources=dear))["shortages"].query("bucket == @BUCKETS[-1]")
    assert set(set_up["because"]) == {"a set-up for KIT would cost more than it saves"}


def told(settings: Supply | None = None, **changed: pd.DataFrame) -> str:
    """What is said of tables handed over as they are, past gather, as a what-if or a scenario does."""
    with pytest.raises(PlanningError) as error:
        plan(settings or Supply(), **{**tiny_inputs(), **changed})
    return str(error.value)


@pytest.mark.parametrize(
    ("table", "column", "value", "said"),
    [
        ("sources", "lead_time", -1, "lead_time is below 0"),
        ("sources", "lead_time", 1.5, "lead_time is not a whole number: it has a fraction"),
        ("sources", "lead_time", 10**9, "lead_time is above 1000"),
        ("sources", "unit_cost", -5.0, "unit_cost is below 0"),
        ("sources", "unit_cost", np.inf, "unit_cost is not a number: it looks like a division by zero"),
        ("sources", "yield_share", 0.0, "yield_share is below 0.01"),
        ("sources", "lot_multiple", -5.0, "lot_multiple is below 0"),
        ("items", "unit_cost", np.nan, "unit_cost is empty"),
        ("items", "shelf_life", -1.0, "shelf_life is below 0"),
        ("bom", "qty_per", 0.0, "qty_per is below 1e-09"),
        ("bom", "scrap", -1.0, "scrap is below 0"),
        ("capacity", "regular_hours", np.nan, "regular_hours is empty"),
        ("customers", "priority", -1.0, "priority is below 1e-06"),
        ("routings", "resource_id", None, "resource_id is empty"),
        ("sources", "method", "steal", "method is none of make, buy, subcontract, move"),
    ],
)
def test_what_breaks_the_contract_is_named_where_gather_is_passed_by(table, column, value, said):
    frame = tiny_inputs()[table].astype({column: object})
    frame.loc[0, column] = value
    assert f"{table} [row 1" in told(**{table: frame}) and said in told(**{table: frame})


def test_what_breaks_the_contract_in_several_tables_is_named_together():
    tables = tiny_inputs()
    said = told(sources=tables["sources"].assign(lead_time=-1), bom=pd.concat([tables["bom"], tables["bom"]]))
    assert "6 problems" in said and "lead_time is below 0" in said and "the key stands there more than once" in said


def test_strangers_are_told_with_the_table_that_speaks_of_them():
    tables = tiny_inputs()
    said = told(
        bom=tables["bom"].assign(component_id="GHOST"), routings=tables["routings"].assign(location_id="NOWHERE")
    )
    assert "items [item_id=GHOST]: no such item (found: in bom)" in said
    assert "locations [location_id=NOWHERE]: no such location (found: in routings)" in said


@pytest.mark.parametrize(
    ("loop", "said"),
    [
        ({"PUMP": "PUMP"}, "PUMP > PUMP"),
        ({"PUMP": "SEAL", "SEAL": "PUMP"}, "PUMP > SEAL > PUMP"),
        ({"PUMP": "A", "A": "B", "B": "C", "C": "PUMP"}, "A > B > C > PUMP > A"),
    ],
)
def test_a_bill_of_material_that_loops_is_told_as_the_loop(loop, said):
    rows = pd.DataFrame({"item_id": loop.keys(), "component_id": loop.values(), "qty_per": 1.0, "scrap": 0.0})
    assert said in told(bom=rows)


def test_shares_that_cross_and_a_table_nobody_knows_are_named():
    assert "share_min is above share_max" in told(sources=tiny_inputs()["sources"].assign(share_min=0.8, share_max=0.2))
    assert "the contract has no such table" in told(source=tiny_inputs()["sources"])


def crew(**said) -> pd.DataFrame:
    return tiny_inputs()["resources"].assign(kind="labour", hours_per_head=10.0, **said)


def test_people_no_plan_can_have_are_named_and_not_the_time_limit():
    capacity = tiny_inputs()["capacity"]
    stuck = told(Supply(headcount="whole"), resources=crew(headcount=2.5))
    assert "resources [resource_id=LINE]: headcount is no whole number" in stuck
    free = crew(headcount=0.0, cost_hire=5.0, cost_layoff=5.0)
    parts = told(
        Supply(headcount="whole"), resources=free, capacity=capacity.assign(headcount_min=0.4, headcount_max=0.6)
    )
    assert "no whole headcount" in parts and "at least 1, at most 0" in parts
    later = capacity.assign(headcount_min=[0.0, 0, 0, 5, 5, 5], headcount_max=[3.0, 3, 3, 9, 9, 9])
    level = told(Supply(headcount="planned", strategy="level"), resources=free, capacity=later)
    assert "the same in all buckets as the strategy level wants" in level and "at least 5, at most 3" in level


def test_nobody_to_work_makes_nothing_and_the_crew_is_the_cause():
    inputs = tiny_inputs(resources=crew(headcount=0.0))
    made = plan(Supply(headcount="whole"), **inputs)
    # 600 PUMP are wanted; 150 lie at DC and 60 at PLANT
    assert made["supply_plan"]["make"].sum() == 0 and made["supply_plan"]["lost"].sum() == 390
    assert set(made["shortages"]["cause_id"]) == {"LINE"}


@pytest.mark.parametrize("placement", ["single", "multi"])
def test_a_company_without_any_source_has_a_plan_and_no_source_as_its_cause(placement):
    inputs = tiny_inputs(sources=tiny_inputs()["sources"].iloc[:0])
    settings = Supply(safety_stock_placement=placement)
    made = plan(settings, **inputs)
    assert set(made["shortages"]["cause"]) == {"no source"} and made["sourcing_plan"].empty
    assert (inventory_targets(settings, **inputs)["lead_time"] == 0).all()


def test_with_many_ranks_of_priority_the_lower_one_still_goes_without_first():
    tables = tiny_inputs()
    names = [f"C{rank:02}" for rank in range(12)]
    shop = tables["demand_plan"].query("customer_id == 'SHOP' and item_id == 'PUMP'")
    inputs = tiny_inputs(
        customers=pd.DataFrame({"customer_id": names, "priority": np.arange(1.0, 13)}),
        demand_plan=pd.concat([shop.assign(customer_id=name) for name in names], ignore_index=True),
    )
    missed = plan(Supply(allocation="priority"), **inputs)["shortages"].groupby("customer_id")["qty"].sum()
    # each wants 400 in all; 480 can be made, 210 lie there: the first one gets 400, the second 290
    assert missed.to_dict() == pytest.approx({**dict.fromkeys(names[:10], 400.0), "C10": 110.0})


def test_a_campaign_far_longer_than_the_fence_is_planned():
    inputs = tiny_inputs(sources=tiny_inputs()["sources"].assign(campaign_min=10**9))
    made = plan(Supply(lot_fence=3), **inputs)
    assert violations(inputs, made).max() < 1e-6
