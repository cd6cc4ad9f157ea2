"""Network: shares, lots, lead times and bills that cannot hold; what nothing brings."""

import pandas as pd
import pytest
from doubted import add, change, doubted, only, sound, year

import tiny
from sopbench import gather
from sopbench.gather.checks.network import shares_above_all
from sopbench.params import Gather

SECOND = {
    "item_id": "KIT",
    "location_id": "DC",
    "method": "buy",
    "origin_id": "BETA",
    "lead_time": 1,
    "unit_cost": 11.0,
}


def test_least_shares_above_the_whole_stop_the_cycle():
    raw = sound()
    add(raw, "sources", SECOND)
    change(raw, "sources", "item_id == 'KIT'", share_min=0.5)
    assert shares_above_all(raw["sources"]) == []
    change(raw, "sources", "item_id == 'KIT'", share_min=0.6)
    _, problems = gather.examine(raw, tiny.START, 6, Gather(source="x"))
    [problem] = problems
    assert (problem.grade, problem.key, problem.value) == ("error", "item_id=KIT, location_id=DC", "1.20")


def test_a_least_share_above_the_greatest_stops_the_cycle():
    raw = sound()
    change(raw, "sources", "item_id == 'KIT'", share_min=0.6, share_max=0.4)
    [problem] = shares_above_all(raw["sources"])
    assert (problem.grade, problem.value) == ("error", "0.6 > 0.4")


def test_greatest_shares_below_the_whole_are_told_unless_one_source_has_no_limit():
    raw = sound()
    add(raw, "sources", SECOND)
    change(raw, "sources", "item_id == 'KIT'", share_max=0.4)
    problem = only(raw)
    assert (problem.value, problem.money) == ("0.80", pytest.approx(year(raw, "KIT")))
    change(raw, "sources", "origin_id == 'BETA'", share_max=None)
    assert doubted(raw) == []


def test_a_move_from_where_the_item_never_comes_is_told():
    raw = sound()
    raw["sources"] = raw["sources"].query("not (item_id == 'PUMP' and method == 'make')")
    raw["bom"], raw["routings"] = raw["bom"].head(0), raw["routings"].head(0)
    raw["on_hand"] = raw["on_hand"].query("item_id != 'SEAL'")
    problem = only(raw)
    assert (problem.key, problem.value) == ("item_id=PUMP, origin_id=PLANT", "to DC")
    assert problem.money == pytest.approx(year(raw, "PUMP"))


def test_a_component_nothing_brings_is_told_with_the_revenue_that_hangs_on_it():
    raw = sound()
    raw["sources"] = raw["sources"].query("item_id != 'SEAL'")
    problem = only(raw)
    assert (problem.key, problem.money) == ("item_id=SEAL, location_id=PLANT", pytest.approx(year(raw, "PUMP")))


def test_a_bill_of_an_item_that_is_only_bought_is_noted():
    raw = sound()
    add(raw, "bom", {"item_id": "KIT", "component_id": "SEAL", "qty_per": 1.0})
    problem = only(raw)
    assert (problem.grade, problem.value, problem.money) == ("note", "1 item: KIT", pytest.approx(year(raw, "KIT")))


def test_an_item_made_from_nothing_is_noted_where_others_have_bills():
    raw = sound()
    add(raw, "sources", {"item_id": "KIT", "location_id": "DC", "method": "make"})
    add(raw, "routings", {"item_id": "KIT", "location_id": "DC", "resource_id": "LINE"})
    assert "without a bill of materials" in only(raw).message
    raw["bom"] = raw["bom"].head(0)
    raw["on_hand"] = raw["on_hand"].query("item_id != 'SEAL'")
    assert doubted(raw) == []


@pytest.mark.parametrize(
    ("columns", "message", "value"),
    [
        ({"lot_min": 500.0, "qty_max": 100.0}, "smallest lot is above qty_max", "lots of 500, at most 100"),
        ({"lot_multiple": 500.0, "qty_max": 100.0}, "smallest lot is above qty_max", "lots of 500, at most 100"),
        ({"lead_time": 45}, "as long as the horizon", "45 buckets"),
    ],
)
def test_a_source_that_can_bring_nothing_is_told(columns, message, value):
    raw = sound()
    change(raw, "sources", "item_id == 'KIT'", **columns)
    problem = only(raw)
    assert message in problem.message
    assert (problem.value, problem.money) == (value, pytest.approx(year(raw, "KIT")))


def test_an_item_that_keeps_for_less_time_than_it_takes_is_told():
    raw = sound()
    change(raw, "items", "item_id == 'KIT'", shelf_life=1.0)
    assert only(raw).value == "keeps 1, takes 2 buckets"
    change(raw, "items", "item_id == 'KIT'", shelf_life=2.0)
    assert doubted(raw) == []


def test_revenue_that_hangs_on_items_counts_what_is_sold_once():
    raw = sound()
    add(raw, "items", {"item_id": "RING", "family": "components", "unit_cost": 0.1})
    add(raw, "bom", *({"item_id": name, "component_id": "RING", "qty_per": 1.0} for name in ("SEAL", "PUMP")))
    problem = [each for each in doubted(raw) if each.key == "item_id=RING, location_id=PLANT"]
    assert problem[0].money == pytest.approx(year(raw, "PUMP"))
    assert pd.notna(problem[0].money)
