"""What customers truly pay is learnt from the last year of sales."""

import pandas as pd
import pytest

import tiny
from sopbench import presop
from sopbench.contract import checked, table
from sopbench.presop import net_price


def sales(**revenue) -> pd.DataFrame:
    """One unit a month of each item for two years, at full price in the first and at `revenue` in the second."""
    rows = pd.MultiIndex.from_product([list(revenue), pd.date_range("2023-09-01", periods=24, freq="MS")])
    rows = rows.to_frame(index=False, name=["item_id", "bucket"]).assign(qty_ordered=1.0, qty_shipped=1.0)
    late = rows["bucket"] >= "2024-09-01"
    rows["revenue"] = rows["item_id"].map(revenue).where(late, rows["item_id"].map({"PUMP": 100.0, "KIT": 25.0}))
    return checked(rows.assign(location_id="DC", customer_id="WEB"), table("sales"))


def realised_share(items: pd.DataFrame, events: pd.DataFrame, sales: pd.DataFrame, **terms) -> pd.DataFrame:
    return presop.realised_share(
        items, events, sales, checked(pd.DataFrame({"item_id": ["none"]} | terms), table("sales_terms"))
    )


def test_share_is_what_was_invoiced_over_list_price_in_the_last_year():
    company = tiny.tables()
    share = realised_share(company["items"], company["events"], sales(PUMP=90.0, KIT=25.0)).set_index("item_id")[
        "share"
    ]
    assert share.to_dict() == pytest.approx({"PUMP": 0.9, "KIT": 1.0, "SEAL": 1.0})


def test_an_item_not_sold_yet_takes_its_familys_share():
    company = tiny.tables()
    new = company["items"].iloc[[1]].assign(item_id="PUMP-2", family="pumps", unit_price=120.0)
    items = checked(pd.concat([company["items"], new]), table("items"))
    share = realised_share(items, company["events"], sales(PUMP=90.0)).set_index("item_id")["share"]
    assert share["PUMP-2"] == pytest.approx(0.9)


def test_a_past_promotion_does_not_count_as_a_discount():
    company = tiny.tables()
    event = {
        "event_id": ["E1"],
        "scope": ["item:PUMP"],
        "start": ["2024-01-01"],
        "end": ["2025-12-01"],
        "price": [90.0],
    }
    events = checked(pd.DataFrame(event), table("events"))
    share = realised_share(company["items"], events, sales(PUMP=90.0)).set_index("item_id")["share"]
    assert share["PUMP"] == pytest.approx(1.0)


def test_what_a_market_with_its_own_price_paid_is_no_discount_on_list_price():
    company = tiny.tables()
    elsewhere = sales(PUMP=50.0).assign(customer_id="SHOP")
    both = checked(pd.concat([sales(PUMP=90.0), elsewhere]), table("sales"))
    share = realised_share(company["items"], company["events"], both).set_index("item_id")["share"]
    assert share["PUMP"] == pytest.approx(0.7)
    own = {"item_id": ["PUMP"], "customer_id": ["SHOP"], "unit_price": [50.0]}
    share = realised_share(company["items"], company["events"], both, **own).set_index("item_id")["share"]
    assert share["PUMP"] == pytest.approx(0.9)


def test_no_sales_mean_list_price():
    company = tiny.tables()
    assert (realised_share(company["items"], company["events"], table("sales").empty())["share"] == 1).all()


def test_net_price_is_event_or_list_price_times_the_share():
    company = tiny.tables()
    event = {"event_id": ["E1"], "scope": ["all"], "start": ["2025-10-01"], "end": ["2025-10-01"], "price": [20.0]}
    realised = pd.DataFrame({"item_id": ["PUMP"], "share": [0.5]})
    buckets = pd.Series(tiny.BUCKETS[:2])
    found = net_price(company["items"], checked(pd.DataFrame(event), table("events")), buckets, realised)
    price = found.set_index(["item_id", "bucket"])["price"]
    assert price["PUMP"].tolist() == [50.0, 10.0]
    assert price["KIT"].tolist() == [25.0, 20.0]
