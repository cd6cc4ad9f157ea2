"""Each change of the history is logged without a hole and open to reversal."""

import numpy as np
import pandas as pd
import pytest
import yaml
from history_cases import MONTHS, calendar, chain_holes, cleaned, events, items, sales, steady
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from sopbench import demand
from sopbench.params.demand import Keep
from sopbench.views import demand_history as views

ODD = 30


def messy():
    """Two customers, a stockout, a promotion, returns, one odd month, a one-off order, an item like another."""
    shop, web = steady(60.0), steady(40.0, seed=2)
    shop[[ODD, 40]] = 400.0, 20.0
    web[[ODD, 50, 20]] = 300.0, 600.0, -80.0
    shop[20] = 10.0
    shop[12] *= 1.5
    web[12] *= 1.5
    out = np.arange(len(MONTHS)) == 40
    sold = pd.concat([sales(shop, customer="SHOP", stockout=out), sales(web, customer="WEB")])
    goods = items("A", "B", launch=[None, "2025-02-01"], like_item_id=["", "A"])
    return sold, goods, events(("E-1", "all", MONTHS[12], MONTHS[12], 0.5))


def test_every_kind_of_change_is_told_with_its_reason():
    made = cleaned(*messy())
    own = made.corrections.query("item_id == 'A'").set_index("correction").sort_values(["step", "bucket"])
    assert list(own["bucket"].items()) == [
        ("one-off order", MONTHS[50]), ("returns", MONTHS[20]), ("event", MONTHS[12]), ("stockout", MONTHS[40]),
        ("outlier", MONTHS[20]), ("outlier", MONTHS[ODD]),
    ]  # fmt: skip
    assert own.loc["event", "why"] == "E-1"
    assert own.loc["stockout", "why"] == "stock ran out on 1 of 2 customers"
    assert own.loc["one-off order", "customer_id"] == "WEB" and "WEB ordered 600" in own.loc["one-off order", "why"]
    assert own["correction_id"].iloc[-1] == "A|L|2022-07-01|outlier"
    assert own.loc["outlier", "why"].tolist() == ["below the least believed", "above the most believed"]


def test_the_chain_of_every_bucket_goes_from_ordered_to_cleaned_without_a_hole():
    made = cleaned(*messy())
    assert len(made.corrections) == 6
    assert chain_holes(made) == []


@given(st.data())
def test_the_chain_has_no_hole_whatever_is_sold_and_whatever_is_kept(data):
    units = st.floats(-1e6, 1e9, allow_nan=False, width=32)
    shapes = [data.draw(st.lists(units, min_size=8, max_size=30)) for _ in range(2)]
    out = data.draw(st.lists(st.booleans(), min_size=30, max_size=30))
    parts = [
        sales(each, item, customer, buckets=MONTHS[: len(each)], stockout=out[: len(each)])
        for each, item, customer in zip(shapes, data.draw(st.sampled_from(["AA", "AB"])), "CD", strict=True)
    ]
    happened = events(("E", "all", MONTHS[3], MONTHS[5], data.draw(st.sampled_from([-1.0, -0.5, 0.3, 2.0]))))
    kinds = ["one-off order", "event", "stockout", "outlier"]
    keep = [{"correction": data.draw(st.sampled_from(kinds)), "end": "2021-01", "reason": "known"}]
    made = cleaned(pd.concat(parts), happened=happened, keep=keep if data.draw(st.booleans()) else [])
    assert chain_holes(made) == []
    assert made.history["cleaned"].ge(0).all()
    assert made.corrections.query("reversed").eval("before == after").all()
    assert made.corrections.query("not reversed").eval("after == proposed").all()


def test_the_order_of_rows_changes_nothing():
    sold, goods, happened = messy()
    one, two = cleaned(sold, goods, happened), cleaned(sold.sample(frac=1.0, random_state=3), goods, happened)
    pd.testing.assert_frame_equal(one.history, two.history)
    pd.testing.assert_frame_equal(one.corrections, two.corrections)


@pytest.mark.parametrize(
    ("correction", "month"), [("one-off order", 50), ("event", 12), ("stockout", 40), ("outlier", ODD)]
)
def test_a_correction_that_is_to_be_kept_out_is_shown_as_reversed_with_who_and_why(correction, month):
    day = MONTHS[month].strftime("%Y-%m")
    rule = {"item_id": "A", "start": day, "end": day, "owner": "Ann", "reason": "I know better"}
    made = cleaned(*messy(), keep=[rule])
    row = made.corrections.query("bucket == @MONTHS[@month] and item_id == 'A' and correction == @correction").iloc[0]
    assert row["reversed"] and row["after"] == row["before"] != row["proposed"]
    assert (row["owner"], row["reason"]) == ("Ann", "I know better")
    here = made.history.query("bucket == @MONTHS[@month] and item_id == 'A'").iloc[0]
    assert here["cleaned"] == here["ordered"] and correction not in here["reason"]
    others = made.corrections.query("bucket != @MONTHS[@month] and item_id == 'A'")
    assert len(others) == 5 and not others["reversed"].any()


def test_a_kind_of_correction_is_stopped_for_a_family():
    sold = pd.concat([sales(steady(), item) for item in "AB"])
    odd = sold["qty_ordered"].where(sold["bucket"] != MONTHS[ODD], 900.0)
    goods = items("A", "B", family=["calm", "wild"])
    keep = [{"family": "wild", "correction": "outlier", "reason": "wild by nature"}]
    made = cleaned(sold.assign(qty_ordered=odd), goods, keep=keep).corrections.set_index("item_id")
    assert made["reversed"].to_dict() == {"A": False, "B": True}
    assert made.loc["B", "after"] == 900.0


def test_a_rule_that_keeps_nothing_is_named():
    keep = [
        {"item_id": "A", "correction": "outlier", "reason": "a fair", "owner": "Ann"},
        {"item_id": "A", "correction": "stockout", "start": "2020-02", "end": "2020-02", "reason": "no stock then"},
    ]
    made = cleaned(*messy(), keep=keep)
    rules = [Keep(**each) for each in keep]
    [told] = demand.correction_problems(rules, made.corrections, items=items("A", "B"))
    assert told.grade == "warning" and told.table == "demand.keep"
    assert "start=2020-02" in told.key and "no stock then" in told.message


@pytest.mark.parametrize(
    "said",
    [
        {"reason": "all of it"}, {"item_id": "A"}, {"item_id": "A", "reason": ""}, {"start": "soon", "reason": "x"},
        {"start": "2024-02-31", "reason": "x"}, {"start": "2024-05", "end": "2024-04", "reason": "x"},
        {"correction": "returns", "reason": "x"},
    ],
    ids=["nothing named", "no reason", "empty reason", "no date", "no such day", "ends early", "not reversible"],
)  # fmt: skip
def test_a_rule_that_cannot_be_meant_is_refused(said):
    with pytest.raises(ValidationError):
        Keep(**said)


def test_the_line_shown_beside_a_correction_reverses_it():
    goods = items("A: #1", 'B "x"')
    sold = pd.concat([sales(np.where(np.arange(len(MONTHS)) == ODD, 900.0, steady()), name) for name in goods.item_id])
    shown = views.largest_changes(cleaned(sold, goods).corrections, goods)
    assert shown["correction"].tolist() == ["outlier", "outlier"]
    keep = yaml.safe_load("\n".join(shown["keep"]))
    made = cleaned(sold, goods, keep=keep).corrections
    assert made["reversed"].all() and made["owner"].eq("NAME").all()
    again = views.reversed_corrections(made, goods)
    assert again["reason"].tolist() == ["WHY", "WHY"] and again["money"].gt(0).all()


def test_the_summary_adds_up_to_the_difference_between_ordered_and_cleaned():
    sold, goods, happened = messy()
    made = cleaned(sold, goods, happened, keep=[{"correction": "event", "reason": "no"}])
    said = views.corrections_by_kind(made.corrections, goods).set_index("correction")
    own = made.history.query("item_id == 'A'")
    moved = said["units_added"].sum() + said["units_taken_out"].sum()
    assert moved == pytest.approx((own["cleaned"] - own["ordered"]).sum())
    assert said.loc["event", ["buckets", "reversed"]].tolist() == [0, 1]
    assert said.index.tolist() == ["one-off order", "returns", "event", "stockout", "outlier"]


SHAPES = {
    "all zero": np.zeros(60), "constant": np.full(60, 7.0), "negative": np.full(60, -7.0), "huge": steady(1e14),
    "one point": np.array([5.0]), "two points": np.array([5.0, 1e14]),
}  # fmt: skip


@pytest.mark.parametrize("name", SHAPES)
def test_bad_series_are_handled_and_nothing_is_lost(name):
    units = SHAPES[name]
    sold = pd.concat([sales(units, buckets=MONTHS[: len(units)]), sales(steady(), "B")])
    made = cleaned(sold)
    own = made.history.query("item_id == 'A'")
    assert len(own) == len(MONTHS) and own["cleaned"].ge(0).all() and np.isfinite(own["cleaned"]).all()
    assert own["ordered"].sum() == pytest.approx(units.sum())
    assert chain_holes(made) == []
    if name in ("all zero", "constant", "one point", "huge"):
        assert own["cleaned"].tolist() == pytest.approx(own["ordered"].tolist())


def test_a_series_with_gaps_sold_only_in_stockouts_or_at_an_end_of_all_demand_is_handled():
    gaps = np.where(np.arange(60) % 3 == 0, 30.0, np.nan)
    with_gaps = sales(gaps[::3], "GAPS", buckets=MONTHS[::3])
    dark = sales(steady(), "DARK", stockout=True)
    banned = events(("BAN", "item:BAN", MONTHS[20], MONTHS[25], -1.0))
    units = np.where((np.arange(60) >= 20) & (np.arange(60) <= 25), 0.0, steady())
    made = cleaned(pd.concat([with_gaps, dark, sales(units, "BAN")]), happened=banned)
    assert chain_holes(made) == []
    by_item = made.history.set_index("item_id")
    assert by_item.loc["GAPS", "cleaned"].tolist() == by_item.loc["GAPS", "ordered"].tolist()
    assert by_item.loc["DARK", "cleaned"].tolist() == pytest.approx(by_item.loc["DARK", "ordered"].tolist())
    assert by_item.loc["BAN", "cleaned"].between(80.0, 120.0).all()


def test_no_sales_at_all_give_no_history_and_no_corrections():
    nothing = sales(steady()).iloc[:0]
    made = cleaned(nothing, items("A"))
    assert made.history.empty and made.corrections.empty
    assert calendar().shape[0] == len(MONTHS) + 12
