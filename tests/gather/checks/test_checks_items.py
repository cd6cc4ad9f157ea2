"""Items and names: lives that contradict the sales, like items without sales, names that look alike."""

import pandas as pd
import pytest
from doubted import change, doubted, only, sound, year


def test_an_end_before_the_launch_is_told_once():
    raw = sound()
    change(raw, "items", "item_id == 'KIT'", launch=pd.Timestamp("2026-01-01"), discontinue=pd.Timestamp("2025-12-01"))
    problem = only(raw)
    assert (problem.value, problem.money) == ("2026-01-01 to 2025-12-01", pytest.approx(year(raw, "KIT")))


def test_sales_before_the_launch_are_told_with_their_revenue():
    raw = sound()
    change(raw, "items", "item_id == 'KIT'", launch=pd.Timestamp("2022-11-15"))
    problem = only(raw)
    early = raw["sales"].query("item_id == 'KIT' and bucket < '2022-11-01'")["revenue"].sum()
    assert (problem.value, problem.money) == ("2 bucket(s), first 2022-09-01", pytest.approx(early))


def test_sales_after_the_end_are_noted():
    raw = sound()
    change(raw, "items", "item_id == 'KIT'", discontinue=pd.Timestamp("2025-07-01"))
    raw["on_hand"] = raw["on_hand"].query("item_id != 'KIT'")
    problem = only(raw)
    assert (problem.grade, problem.value) == ("note", "2 bucket(s), first 2025-07-01")


@pytest.mark.parametrize(("like", "message"), [("KIT", "its like item is itself"), ("SEAL", "no sales to start from")])
def test_a_like_item_that_cannot_help_is_told(like, message):
    raw = sound()
    change(raw, "items", "item_id == 'KIT'", like_item_id=like, launch=pd.Timestamp("2025-03-01"))
    raw["sales"] = raw["sales"].query("item_id != 'KIT' or bucket >= '2025-03-01'")
    assert message in only(raw).message
    change(raw, "items", "item_id == 'KIT'", like_item_id="PUMP")
    assert doubted(raw) == []


def test_the_like_item_of_an_item_with_a_history_of_its_own_does_not_matter():
    raw = sound()
    change(raw, "items", "item_id == 'KIT'", like_item_id="SEAL")
    assert doubted(raw) == []


def test_customers_that_differ_in_case_or_blanks_are_told_with_the_lesser_ones_revenue():
    raw = sound()
    raw["customers"]["customer_id"] = raw["customers"]["customer_id"].replace("WEB", "s hop")
    raw["sales"]["customer_id"] = raw["sales"]["customer_id"].replace("WEB", "s hop")
    raw["open_orders"]["customer_id"] = "SHOP"
    problem = only(raw)
    lesser = raw["sales"].query("customer_id == 's hop' and bucket >= '2024-09-01'")["revenue"].sum()
    assert (problem.key, problem.money) == ("customer_id=SHOP, s hop", pytest.approx(lesser))


def test_families_that_differ_in_case_are_told():
    raw = sound()
    raw["items"]["family"] = ["Pumps", "pumps", "components"]
    told = [each for each in doubted(raw) if "case or blanks" in each.message]
    assert [(each.key, each.money) for each in told] == [("family=pumps, Pumps", pytest.approx(year(raw, "KIT")))]


def test_items_that_look_the_same_are_noted_and_those_without_a_description_are_not():
    raw = sound()
    same = {"family": "pumps", "unit_cost": 20.0, "unit_price": 50.0}
    change(raw, "items", "item_id in ['PUMP', 'KIT']", **same)
    assert not [each for each in doubted(raw) if "same description" in each.message]
    change(raw, "items", "item_id in ['PUMP', 'KIT']", description="Pump")
    [problem] = [each for each in doubted(raw) if "same description" in each.message]
    assert (problem.grade, problem.key, problem.value) == ("note", "item_id=KIT, PUMP", "Pump")
