"""Orders follow the approved plan in whole units, with numbers that stay the same."""

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

import tiny
from sopbench.contract import checked, table
from sopbench.monitor import released_orders


def sourcing_plan(quantities: list[float], lead_time: int = 0, **more) -> pd.DataFrame:
    buckets = pd.date_range(tiny.START, periods=len(quantities), freq="MS")
    said = {"item_id": "PUMP", "location_id": "PLANT", "method": "make", "cost": 0.0, **more}
    frame = pd.DataFrame({"bucket": buckets, "qty": quantities, "start_bucket": buckets}).assign(**said)
    frame["start_bucket"] = frame["bucket"] - pd.DateOffset(months=lead_time)
    return checked(frame, table("sourcing_plan"))


CALENDAR = tiny.tables()["calendar"]


def orders(plan: pd.DataFrame, fence: int = 1) -> pd.DataFrame:
    return released_orders(fence, tiny.START, sourcing_plan=plan, calendar=CALENDAR)


def test_fractions_are_carried_on_and_never_lost():
    """0.4 + 0.4 + 0.4 + 0.4 = 1.6: the sums .4, .8, 1.2, 1.6 round to 0, 1, 1, 2."""
    found = orders(sourcing_plan([0.4, 0.4, 0.4, 0.4]))
    assert found["qty"].tolist() == [1.0, 1.0]
    assert found["due"].tolist() == [tiny.BUCKETS[1], tiny.BUCKETS[3]]


def test_orders_inside_the_fence_are_firm():
    found = orders(sourcing_plan([0, 5, 5, 5], lead_time=1), fence=2).sort_values("start")
    assert found["start"].tolist() == list(tiny.BUCKETS[:3])
    assert found["firm"].tolist() == [True, True, False]
    assert not orders(sourcing_plan([5, 5]), fence=0)["firm"].any()


def test_numbers_tell_kind_item_place_origin_and_start():
    plan = sourcing_plan([5.0], method="move", origin_id="PLANT", location_id="DC")
    assert orders(plan)["order_id"].tolist() == ["TO/PUMP/DC/PLANT/2025-09-01"]


def test_names_with_slashes_never_share_a_number():
    one = sourcing_plan([5.0], item_id="A/B", location_id="C", method="buy")
    two = sourcing_plan([5.0], item_id="A", location_id="B/C", method="buy")
    assert orders(pd.concat([one, two], ignore_index=True))["order_id"].is_unique


@given(quantities=st.lists(st.floats(0, 500), min_size=1, max_size=6))
def test_orders_add_up_to_the_plan_within_half_a_unit_at_any_time(quantities):
    plan = sourcing_plan(quantities)
    found = orders(plan).set_index("due")["qty"].reindex(plan["bucket"], fill_value=0.0)
    off = found.cumsum().to_numpy() - plan["qty"].cumsum().to_numpy()
    assert (abs(off) <= 0.5 + 1e-6).all()
    assert (found % 1 == 0).all()


def test_releasing_twice_and_in_any_order_gives_the_same_orders():
    plan = sourcing_plan([3.3, 4.4, 5.5])
    pd.testing.assert_frame_equal(orders(plan), orders(plan.iloc[::-1]))


def test_an_empty_plan_gives_an_empty_table():
    found = orders(sourcing_plan([1.0]).head(0))
    assert found.empty
    assert list(found.columns) == table("released_orders").names
