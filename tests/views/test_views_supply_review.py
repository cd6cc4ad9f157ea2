"""What the supply review says of load, stock, shortages and purchases: figures checked by hand on small tables."""

import json

import pandas as pd
import pytest
import tiny_supply
from hypothesis import given
from hypothesis import strategies as st

import tiny
from sopbench.contract import checked, table
from sopbench.views.supply_hours import cell_in_words, heat, tight_in_words
from sopbench.views.supply_orders import by_supplier, purchases, to_order_in_words
from sopbench.views.supply_short import (
    CAUSES,
    cause_in_words,
    delivery_in_words,
    hours_in_the_way,
    revenue_by_cause,
    short_chart,
)
from sopbench.views.supply_stock import below_target, in_money_by_bucket, in_units_by_bucket, stock_projection

SEP, OCT, NOV, DEC, JAN, FEB = tiny.BUCKETS


def capacity_plan(rows: list[tuple], **same) -> pd.DataFrame:
    """Rows of resource, bucket, load, regular hours and overtime hours available."""
    frame = pd.DataFrame(
        rows, columns=["resource_id", "bucket", "load", "regular_available", "overtime_available"]
    ).assign(**same)
    regular = frame[["load", "regular_available"]].min(axis=1)
    hours = frame["regular_available"].where(frame["regular_available"] > 0, frame["overtime_available"])
    said = {"scenario": "base", "regular": regular, "overtime": frame["load"] - regular}
    said |= {"utilisation": (frame["load"] / hours).fillna(0.0)}
    frame = frame.assign(**{name: value for name, value in said.items() if name not in same})
    return checked(frame.assign(shadow_price=frame.get("shadow_price", 0.0)), table("capacity_plan"))


def test_a_cell_says_per_cent_and_darkens_with_the_load():
    loads = [
        ("LINE", bucket, load, 100.0, 20.0)
        for bucket, load in zip(tiny.BUCKETS, (0, 30, 60, 90, 110, 120), strict=True)
    ]
    seen = heat(capacity_plan(loads))
    assert seen.texts == [["–", "30", "60", "90", "110", "120"]]
    assert seen.looks == [["heat-0", "heat-1", "heat-2", "heat-3", "heat-4", "heat-5"]]


def test_all_hours_used_is_red_though_no_overtime_is_there():
    assert heat(capacity_plan([("OVEN", SEP, 80.0, 80.0, 0.0)])).looks == [["heat-5"]]


def test_where_an_hour_is_worth_most_comes_first_then_the_fullest():
    rows = [("EASY", SEP, 50.0, 100.0, 0.0), ("FULL", SEP, 100.0, 100.0, 0.0), ("DEAR", SEP, 90.0, 100.0, 0.0)]
    plan = capacity_plan(rows)
    plan["shadow_price"] = plan["resource_id"].map({"DEAR": 7.0}).fillna(0.0)
    assert heat(plan).resources == ["DEAR", "FULL", "EASY"]


@given(st.lists(st.floats(0, 200), min_size=6, max_size=6), st.floats(0, 50))
def test_whatever_is_loaded_beyond_all_hours_is_red(loads, overtime):
    rows = capacity_plan(
        [("LINE", bucket, load, 100.0, overtime) for bucket, load in zip(tiny.BUCKETS, loads, strict=True)]
    )
    red = [look == "heat-5" for look in heat(rows).looks[0]]
    assert red == [load > 0 and load >= (100 + overtime) * (1 - 1e-6) for load in loads]


def test_tight_resources_are_counted_in_words():
    rows = [
        (name, bucket, 120.0, 100.0, 20.0)
        for name, upto in (("A", 3), ("B", 2), ("C", 1))
        for bucket in tiny.BUCKETS[:upto]
    ]
    assert tight_in_words(capacity_plan(rows)) == "Full, overtime included: A in 3 months, B in 2 months, and 1 more"
    assert tight_in_words(capacity_plan(rows).assign(load=1.0)) == "No resource is ever full"


def test_a_cell_in_words_says_overtime_and_what_an_hour_would_save():
    full, half = (capacity_plan([("LINE", SEP, load, 100.0, 20.0)]).iloc[0] for load in (120.0, 50.0))
    assert cell_in_words(full, "EUR") == "All 120 hours are used, 20 of them overtime."
    assert cell_in_words(half, "EUR") == "50 of 120 hours are used, no overtime."
    dear = cell_in_words(pd.Series({**full, "shadow_price": 52.0}), "EUR")
    assert dear.endswith("; one more hour would save 52 EUR.")


def stocks() -> pd.DataFrame:
    """At DC, 20 of the 30 PUMPs (40 EUR) that safety stock asks for are missing in December, 10 in January."""
    return tiny_supply.planned()["supply_plan"]


def test_items_are_ranked_by_the_money_below_safety_stock():
    ranked = below_target(stocks(), tiny_supply.planned()["items"])
    first = ranked.iloc[0]
    assert (first["item_id"], first["location_id"], first["money"]) == ("PUMP", "DC", pytest.approx(800.0))
    assert (first["worst"], first["buckets"]) == (DEC, 2)
    assert ranked["money"].iloc[1:].max() == pytest.approx(0.0, abs=1e-3)


def test_stock_is_added_up_in_money_and_what_is_missing_is_not_made_up_for_by_other_items():
    plan, items = stocks(), tiny_supply.planned()["items"]
    money = in_money_by_bucket(plan, items).set_index("bucket")
    assert money.loc[DEC].tolist() == pytest.approx([10 * 40 + 20 * 10, 30 * 40 + 20 * 10, 800.0])
    units = in_units_by_bucket(plan[(plan["item_id"] == "PUMP") & (plan["location_id"] == "DC")]).set_index("bucket")
    assert units.loc[DEC].tolist() == pytest.approx([10.0, 30.0, 20.0])


def test_the_chart_of_stock_says_when_most_is_missing():
    by_bucket = pd.DataFrame({"bucket": [SEP, OCT], "stock": [5.0, 1.0], "safety_stock": 4.0, "missing": [0.0, 3.0]})
    chart = stock_projection(by_bucket, "PUMP at DC", "EA")
    assert chart.title.text == "PUMP at DC: below safety stock in 1 month, most in Oct 2025, 3 EA"
    enough = stock_projection(by_bucket.assign(missing=0.0), "pumps", "", "EUR")
    assert enough.title.text == "pumps: safety stock is there in every month"
    assert "at standard cost" in enough.title.subtitle[0]
    none = stock_projection(by_bucket.assign(safety_stock=0.0, missing=0.0), "pumps", "EA")
    assert none.title.text == "pumps: no safety stock is asked for"


def shortages() -> pd.DataFrame:
    rows = [
        ("PUMP", "SHOP", NOV, 10.0, 10.0, 1000.0, "resource", "LINE"),
        ("PUMP", "WEB", NOV, 5.0, 0.0, 500.0, "resource", "LINE"),
        ("KIT", "WEB", SEP, 4.0, 1.0, 100.0, "lead time", "KIT"),
        ("PUMP", "", SEP, 4.0, 0.0, 400.0, "lead time", "PUMP"),
    ]
    names = ["item_id", "customer_id", "bucket", "qty", "lost", "revenue_at_risk", "cause", "cause_id"]
    return checked(
        pd.DataFrame(rows, columns=names).assign(scenario="base", location_id="DC", because=""), table("shortages")
    )


def test_revenue_at_risk_adds_up_by_cause_and_lead_times_are_one():
    causes = revenue_by_cause(shortages())
    assert causes["said"].tolist() == ["LINE is full", "too late to get more (lead time)"]
    assert causes["revenue_at_risk"].tolist() == [1500.0, 500.0]
    assert causes["deliveries"].tolist() == [2, 2]


def test_the_chart_of_causes_names_the_first_and_counts_the_rest():
    many = pd.concat([shortages().assign(cause_id=f"R{number}", cause="resource") for number in range(9)])
    spec = json.loads(short_chart(many, "EUR").to_json())
    rows = next(iter(spec["datasets"].values()))
    assert [row["said"] for row in rows][-1] == "3 other causes"
    assert sum(row["revenue_at_risk"] for row in rows) == pytest.approx(9 * 2000.0)


def test_every_cause_of_the_contract_has_words():
    (said,) = (column.meaning for column in table("shortages").columns if column.name == "cause")
    assert set(said.split(", ")) == set(CAUSES)


def test_a_cause_nobody_foresaw_is_still_named():
    assert cause_in_words("strike", "PLANT") == "strike PLANT"


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (0, "10 of PUMP for SHOP in Nov 2025: lost, 1,000 EUR"),
        (1, "5 of PUMP for WEB in Nov 2025: late, 500 EUR"),
        (2, "4 of PUMP for all customers in Sep 2025: late, 400 EUR"),
        (3, "4 of KIT for WEB in Sep 2025: late, 1 of them lost, 100 EUR"),
    ],
)
def test_a_short_delivery_in_words(row, said):
    ranked = shortages().sort_values("revenue_at_risk", ascending=False)
    assert delivery_in_words(ranked.iloc[row], "EUR") == said


def test_the_hours_in_the_way_are_those_of_the_months_before():
    plan = capacity_plan([("LINE", bucket, 120.0, 100.0, 20.0) for bucket in tiny.BUCKETS])
    hours = hours_in_the_way(plan, "LINE", DEC, past=2)
    assert hours["bucket"].tolist() == [NOV, DEC]
    assert hours["available"].tolist() == [120.0, 120.0]
    assert hours_in_the_way(plan, "OTHER", DEC).empty


def ordered(buckets=(SEP, OCT)) -> pd.DataFrame:
    made = tiny_supply.planned()
    return purchases(made["sourcing_plan"], made["items"], buckets)


def test_purchases_are_what_must_be_ordered_in_the_buckets_asked_for():
    rows = ordered()
    assert rows[["item_id", "order_by", "arrives", "qty"]].to_numpy().tolist() == [
        ["KIT", OCT, DEC, pytest.approx(45.0)],
        ["KIT", SEP, NOV, pytest.approx(40.0)],
        ["SEAL", OCT, NOV, pytest.approx(200.0)],
        ["SEAL", SEP, OCT, pytest.approx(190.0)],
    ]
    assert rows["money"].tolist() == pytest.approx([450.0, 400.0, 400.0, 380.0])
    assert set(rows["method"]) == {"buy"}  # what is made or moved is no purchase


def test_purchases_add_up_by_supplier():
    (acme,) = by_supplier(ordered()).itertuples()
    assert (acme.supplier, acme.orders, acme.items, acme.order_by) == ("ACME", 4, 2, SEP)
    assert acme.money == pytest.approx(1630.0)


def test_purchases_in_words():
    assert to_order_in_words(ordered(), "EUR") == "4 orders at 1 supplier for 1,630 EUR; 780 EUR in Sep 2025"
    assert to_order_in_words(ordered(()), "EUR") == "Nothing has to be ordered now"
