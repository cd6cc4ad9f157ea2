"""What is known of past and coming buckets, checked on the tiny company."""

import numpy as np
import pandas as pd
import pytest

from sopbench.contract import checked, table
from sopbench.demand.methods.features import FEATURES, as_array, known_features
from tiny import BUCKETS, HISTORY, tables

SERIES = pd.MultiIndex.from_tuples([("KIT", "DC"), ("PUMP", "DC")], names=["item_id", "location_id"])
EVERY = HISTORY.append(BUCKETS)


@pytest.fixture
def said():
    made = tables()
    names = made["items"]["item_id"]
    category = names.map({"PUMP": "b", "KIT": "a", "SEAL": "c"})
    launch = pd.to_datetime(names.map({"PUMP": "2023-01-10"}))
    made["items"] = made["items"].assign(category=category, launch=launch)
    about = {"scope": ["item:PUMP", "family:pumps", "all"], "price": [80.0, 90.0, np.nan]}
    when = pd.to_datetime(["2025-10-01", "2025-10-01", "2025-12-01"])
    events = pd.DataFrame({"event_id": ["A", "B", "C"], **about, "start": when, "end": when, "uplift": [0.5, 0.0, 0.2]})
    made["events"] = checked(events, table("events"))
    return {name: made[name] for name in ("items", "events", "calendar", "sales")}


def of(features, item, name):
    return features.xs(item, level="item_id")[name].droplevel("location_id")


def test_there_is_a_row_for_each_series_and_bucket_in_the_order_given(said):
    features = known_features(SERIES, EVERY, **said)
    assert list(features.columns) == list(FEATURES)
    assert features.index.equals(pd.MultiIndex.from_tuples([(*each, bucket) for each in SERIES for bucket in EVERY]))


def test_events_move_those_in_their_scope_and_set_the_lowest_price(said):
    features = known_features(SERIES, EVERY, **said)
    pump, kit = (of(features, item, "event_factor") for item in ("PUMP", "KIT"))
    assert pump["2025-10-01"] == pytest.approx(1.5) and kit["2025-10-01"] == 1.0
    assert pump["2025-12-01"] == kit["2025-12-01"] == pytest.approx(1.2)
    price = of(features, "PUMP", "relative_price")
    assert price["2025-10-01"] == pytest.approx(0.8) and price["2025-09-01"] == 1.0
    assert (of(features, "KIT", "relative_price") == 1.0).all()


def test_a_price_is_what_was_realised_and_ahead_what_the_series_usually_realises(said):
    sales = said["sales"]
    cheap = (sales["item_id"] == "KIT") & (sales["bucket"] > "2023-06-01")
    said["sales"] = sales.assign(revenue=sales["revenue"].where(~cheap, sales["revenue"] * 0.8))
    price = of(known_features(SERIES, EVERY, **said), "KIT", "relative_price")
    assert price["2023-01-01"] == pytest.approx(1.0) and price["2024-01-01"] == pytest.approx(0.8)
    assert price["2025-11-01"] == pytest.approx(0.8)


def test_a_booking_without_units_is_no_price(said):
    sales = said["sales"]
    said["sales"] = sales.assign(qty_shipped=sales["qty_shipped"].where(sales["bucket"] != "2024-01-01", 0.0))
    assert np.isfinite(known_features(SERIES, EVERY, **said)["relative_price"]).all()


def test_attributes_are_numbers(said):
    features = known_features(SERIES, EVERY, **said)
    assert (of(features, "PUMP", "category") == 1.0).all() and (of(features, "KIT", "category") == 0.0).all()
    assert of(features, "PUMP", "list_price").iloc[0] == pytest.approx(np.log(100.0))
    age = of(features, "PUMP", "age")
    assert age["2022-12-01"] == -1.0 and age["2023-01-01"] == 0.0 and age["2024-01-01"] == 12.0
    assert of(features, "KIT", "age").isna().all()


def test_without_events_and_sales_prices_are_those_of_the_list(said):
    said["events"], said["sales"] = said["events"].iloc[:0], said["sales"].iloc[:0]
    features = known_features(SERIES, EVERY, **said)
    assert (features["event_factor"] == 1.0).all() and (features["relative_price"] == 1.0).all()


def test_the_array_keeps_what_differs(said):
    features = known_features(SERIES, EVERY, **said)
    known = as_array(features, len(SERIES))
    assert known.shape == (5, 2, len(EVERY))  # working days never differ in the tiny company
    assert known[0, 1].tolist() == of(features, "PUMP", "event_factor").tolist()
