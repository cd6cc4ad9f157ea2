"""Last cycle's plan stands in the frozen buckets; where it cannot, what is broken is listed with its cost."""

import pandas as pd
import pytest
from supply_cases import BUCKETS, random_inputs, tiny_inputs, violations, with_column

from sopbench.contract import checked, table
from sopbench.params import Supply
from sopbench.supply import plan
from sopbench.supply.model.prices import RULE

SOURCE = ["item_id", "location_id", "method", "origin_id"]
FROZEN = Supply(frozen=2)


def last_plan(*rows) -> pd.DataFrame:
    """Last cycle's plan: (item, location, method, origin, units started in the first bucket, in the second)."""
    long = [(*row[:4], bucket, qty) for row in rows for bucket, qty in zip(BUCKETS, row[4:], strict=False)]
    frame = pd.DataFrame(long, columns=[*SOURCE, "start_bucket", "qty"])
    frame = frame.assign(bucket=frame["start_bucket"] + pd.DateOffset(months=1), cost=0.0)
    return checked(frame, table("sourcing_plan"))


PUMPS = ("PUMP", "PLANT", "make", "", 70.0, 80.0)


def started(made, item: str, method: str) -> list[float]:
    """Units started in the first two buckets."""
    rows = made["sourcing_plan"].query("item_id == @item and method == @method")
    return [rows.loc[rows["start_bucket"] == bucket, "qty"].sum() for bucket in BUCKETS[:2]]


def test_what_last_cycle_s_plan_starts_in_the_frozen_buckets_is_started():
    inputs = tiny_inputs()
    free = plan(Supply(), last_sourcing_plan=last_plan(PUMPS), **inputs)
    made = plan(FROZEN, last_sourcing_plan=last_plan(PUMPS, ("SEAL", "PLANT", "buy", "ACME", 90.0, 160.0)), **inputs)
    assert started(free, "PUMP", "make") != pytest.approx([70, 80])
    assert started(made, "PUMP", "make") == pytest.approx([70, 80])
    assert started(made, "SEAL", "buy") == pytest.approx([90, 160])
    frozen = made["broken_limits"]
    assert started(made, "KIT", "buy") == pytest.approx([0, 0]) and frozen.empty  # nor is anything else begun
    assert violations(inputs, made).max() < 1e-6


def test_where_hours_are_gone_the_plan_is_broken_by_no_more_than_it_must_and_listed():
    capacity = with_column(tiny_inputs()["capacity"], "regular_hours", 30.0, "bucket == @BUCKETS[1]")
    inputs = tiny_inputs(capacity=capacity)  # 30 + 20 hours in October, at an hour a pump: 50 of 80
    seals = ("SEAL", "PLANT", "buy", "ACME", 0.0, 0.0)
    moved = ("PUMP", "DC", "move", "PLANT", 60.0, 70.0)
    made = plan(FROZEN, last_sourcing_plan=last_plan(PUMPS, seals, moved), **inputs)
    [row] = made["broken_limits"].to_dict("records")
    assert (row["limit"], row["item_id"], row["method"], row["bucket"]) == ("frozen plan", "PUMP", "make", BUCKETS[1])
    assert [row[each] for each in ("asked", "planned", "size")] == pytest.approx([80, 50, 30])
    # the dearest of: the pump's price, 100, and what it costs to make in overtime, 30 + 2 seals at 2
    assert row["cost"] == pytest.approx(30 * RULE * 100)
    lines = made["costs"].groupby("line")["value"].sum()
    assert lines["frozen_plan"] == pytest.approx(row["cost"]) and "changes_of_plan" not in lines
    assert violations(inputs, made).max() < 1e-6
    unlisted = {**made, "broken_limits": made["broken_limits"].head(0)}
    assert violations(inputs, unlisted)["broken limits"] > 0.9


def test_a_component_that_is_missing_breaks_it_too_and_without_the_limit_nothing_is_asked():
    inputs = tiny_inputs(on_hand=with_column(tiny_inputs()["on_hand"], "qty", 100.0, "item_id == 'SEAL'"))
    moved = ("PUMP", "DC", "move", "PLANT", 60.0, 0.0)
    last = last_plan(PUMPS, moved)  # 100 seals make 50 of the 70 pumps, and none are ordered for the 80 to come
    rows = plan(FROZEN, last_sourcing_plan=last, **inputs)["broken_limits"]
    assert rows["size"].sum() > 0 and set(rows["limit"]) == {"frozen plan"}
    free = plan(Supply(frozen=2, without=["frozen_buckets"]), last_sourcing_plan=last, **inputs)
    assert free["broken_limits"].empty
    none = plan(FROZEN, **inputs)  # there is no last plan
    assert none["broken_limits"].empty


def test_a_frozen_bucket_has_one_price_and_the_fence_goes_on_behind_it():
    how = Supply(frozen=1, stability_fence=2, stability_price=0.5)
    made = plan(how, last_sourcing_plan=last_plan(PUMPS), **tiny_inputs())
    assert started(made, "PUMP", "make")[0] == pytest.approx(70)
    assert made["solution"]["nervousness"].iloc[0] >= 0
    assert violations(tiny_inputs(), made).max() < 1e-6


def test_what_is_short_as_the_last_plan_stands_is_put_down_to_it_and_would_not_be_without():
    few = [("PUMP", "PLANT", "make", "", 10.0, 10.0), ("SEAL", "PLANT", "buy", "ACME", 20.0, 20.0)]
    inputs = tiny_inputs(on_hand=with_column(tiny_inputs()["on_hand"], "qty", 0.0, "item_id == 'PUMP'"))
    moved = ("PUMP", "DC", "move", "PLANT", 10.0, 10.0)
    how = {"last_sourcing_plan": last_plan(*few, moved), **inputs}
    short = plan(FROZEN, **how)["shortages"].query("item_id == 'PUMP' and cause_id == 'frozen plan'")
    assert len(short) and set(short["cause"]) == {"policy"}
    assert short["because"].str.contains("last cycle's plan of PUMP stands in [A-Z][a-z]{2} 2025").all()
    free = plan(Supply(), **how)["shortages"].query("item_id == 'PUMP' and bucket in @short.bucket")
    assert free["qty"].sum() < short["qty"].sum() - 1


@pytest.mark.parametrize(("allocation", "weight"), [("money", 40.0), ("priority", 2.0)])
def test_no_customer_weighs_so_much_that_the_frozen_plan_is_broken_for_him(allocation, weight):
    customers = pd.DataFrame({"customer_id": ["SHOP", "WEB"], "priority": [weight, 1.0]})
    inputs = tiny_inputs(customers=customers)
    inputs["on_hand"] = with_column(inputs["on_hand"], "qty", 0.0, "item_id == 'PUMP'")
    idle = [("PUMP", "PLANT", "make", "", 0.0, 0.0)]
    made = plan(Supply(frozen=2, allocation=allocation), last_sourcing_plan=last_plan(*idle), **inputs)
    assert made["broken_limits"].empty and made["sourcing_plan"]["start_bucket"].min() >= BUCKETS[2]


@pytest.mark.parametrize("seed", range(4))
def test_any_last_plan_can_be_frozen_and_then_stands_or_is_listed(seed):
    inputs = random_inputs(seed, wild=True)
    last = plan(Supply(), **random_inputs(seed + 50, wild=True))["sourcing_plan"]
    made = plan(Supply(frozen=2, lot_fence=2), last_sourcing_plan=last, **inputs)
    assert violations(inputs, made).max() < 1e-5
    key = [*SOURCE, "start_bucket"]
    both = pd.concat(
        [each.set_index(key)["qty"].groupby(level=key).sum() for each in (last, made["sourcing_plan"])], axis=1
    ).fillna(0.0)
    both.columns = ["last", "now"]
    known = inputs["sources"].set_index(SOURCE).index
    both = both[both.index.droplevel("start_bucket").isin(known)]
    both = both[both.index.get_level_values("start_bucket") < BUCKETS[2]]
    listed = made["broken_limits"].query("limit == 'frozen plan'")
    assert listed["size"].sum() == pytest.approx((both["last"] - both["now"]).abs().sum(), rel=1e-5, abs=1e-4)
