"""Stock and orders under way: dead, endless, without a policy, overdue, absurdly large."""

import pandas as pd
import pytest
from doubted import add, change, doubted, only, sound

import tiny

RECEIPT = {"receipt_id": "PO-2", "kind": "PO", "item_id": "KIT", "location_id": "DC", "qty": 40.0}


def test_stock_for_decades_is_told_with_its_value():
    raw = sound()
    change(raw, "on_hand", "item_id == 'KIT'", qty=6000.0)
    problem = only(raw)
    assert (problem.key, problem.value) == ("item_id=KIT", "6,000 units, 11 years of needs")
    assert problem.money == 60000


def test_what_goes_into_sold_items_is_a_need_too():
    raw = sound()
    change(raw, "on_hand", "item_id == 'SEAL'", qty=22000.0)  # 2 x 1,139 a year: 9.7 years
    assert doubted(raw) == []
    change(raw, "on_hand", "item_id == 'SEAL'", qty=24000.0)
    assert only(raw).value == "24,000 units, 11 years of needs"


def test_a_location_that_sold_and_has_no_row_of_stock_is_told_with_its_revenue_where_others_have_one():
    raw = sound()
    year = raw["sales"][raw["sales"]["bucket"] >= "2024-09-01"]
    stock = raw["on_hand"]
    raw["on_hand"] = stock.query("location_id != 'DC'")
    problem = only(raw)
    assert (problem.grade, problem.key, problem.money) == ("warning", "location_id=DC", year["revenue"].sum())
    assert "no stock is known" in problem.message
    raw["on_hand"] = stock.query("location_id != 'PLANT'")  # nothing is sold there
    assert doubted(raw) == []
    raw["on_hand"] = stock.head(0)
    assert [(each.table, each.key) for each in doubted(raw)] == [("on_hand", "")]


def test_a_location_that_sells_to_order_alone_needs_no_stock():
    raw = sound()
    change(raw, "items", "", strategy="MTO")
    raw["on_hand"] = raw["on_hand"].query("location_id != 'DC'")
    assert [each for each in doubted(raw) if each.table == "on_hand"] == []


def test_a_location_counted_more_than_a_week_before_the_others_is_told_with_the_value_of_its_stock():
    raw = sound()
    change(raw, "on_hand", "location_id == 'DC'", as_of=pd.Timestamp("2025-08-25"))
    assert doubted(raw) == []
    change(raw, "on_hand", "location_id == 'DC'", as_of=pd.Timestamp("2025-08-24"))
    problem = only(raw)
    assert (problem.key, problem.value, problem.money) == ("location_id=DC", "2025-08-24", 150 * 40 + 80 * 10)
    change(raw, "on_hand", "location_id == 'DC'", qty=0.0)
    assert doubted(raw) == []


def test_stock_of_an_ended_item_is_noted_with_its_value():
    raw = sound()
    change(raw, "items", "item_id == 'KIT'", discontinue=tiny.START)
    problem = only(raw)
    assert (problem.grade, problem.value, problem.money) == ("note", "1 item: KIT", 800)


def test_stock_of_what_is_neither_sold_nor_used_is_noted_unless_it_is_new():
    raw = sound()
    add(raw, "items", {"item_id": "CUP", "family": "kits", "unit_cost": 3.0})
    add(raw, "on_hand", {"item_id": "CUP", "location_id": "DC", "as_of": tiny.START, "qty": 10.0})
    problem = only(raw)
    assert ("neither sold nor used" in problem.message, problem.money) == (True, 30)
    change(raw, "items", "item_id == 'CUP'", launch=pd.Timestamp("2025-10-01"))
    assert doubted(raw) == []


def test_stock_an_item_is_sold_from_without_a_policy_is_noted_where_there_are_policies():
    raw = sound()
    raw["policies"] = raw["policies"].query("item_id == 'PUMP'")
    problem = only(raw)
    assert (problem.grade, problem.value, problem.money) == ("note", "1 stock: KIT at DC", 800)
    raw["policies"] = raw["policies"].head(0)
    assert doubted(raw) == []


@pytest.mark.parametrize(
    ("due", "grade", "message"),
    [
        ("2025-05-31", "warning", "more than three months ago"),
        ("2025-08-31", "note", "before the start"),
        ("2026-03-01", "note", "after the horizon"),
    ],
)
def test_receipts_out_of_time_are_told_with_their_value(due, grade, message):
    raw = sound()
    add(raw, "receipts", RECEIPT | {"due": pd.Timestamp(due)})
    problem = only(raw)
    assert (problem.grade, problem.value, problem.money) == (grade, "1 receipt: PO-2", 400)
    assert message in problem.message


@pytest.mark.parametrize("due", ["2025-09-01", "2026-02-28"])
def test_receipts_inside_the_horizon_are_no_matter(due):
    raw = sound()
    add(raw, "receipts", RECEIPT | {"due": pd.Timestamp(due)})
    assert doubted(raw) == []


def test_an_order_nobody_waits_for_is_told_with_its_value():
    raw = sound()
    change(raw, "open_orders", "", due=pd.Timestamp("2024-08-31"))
    problem = only(raw)
    assert (problem.value, problem.money) == ("1 order: SO-1", 125)


def test_orders_and_receipts_absurdly_large_are_told():
    raw = sound()
    change(raw, "open_orders", "", qty=600.0)
    change(raw, "receipts", "", qty=6000.0)
    orders, receipts = doubted(raw)
    assert (orders.key, orders.value) == ("order_id=SO-1, item_id=KIT", "600 against 545 sold in the year")
    assert (receipts.key, receipts.money) == ("receipt_id=PO-1, item_id=KIT", 60000)


def test_a_least_cover_above_the_greatest_is_told():
    raw = sound()
    change(raw, "policies", "item_id == 'KIT'", cover_min=3.0, cover_max=1.0)
    problem = only(raw)
    assert (problem.message, problem.value) == ("cover_min is above cover_max", "3 > 1")
