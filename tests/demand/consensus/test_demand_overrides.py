"""Overrides: what is set is kept to the unit, however many overlap, and what cannot be kept is told."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sopbench.contract import checked, table
from sopbench.demand.consensus.conflicts import override_conflicts
from sopbench.demand.consensus.overrides import apply_overrides, described, in_force, ordered, override_effects

BUCKETS = pd.date_range("2025-01-01", periods=3, freq="MS")
ROWS = pd.DataFrame(
    [tuple(row.split()) for row in ("A F L1 C1", "A F L2 C1", "B F L1 C1", "B F L1 C2", "D G L1 C1")],
    columns=["item_id", "family", "location_id", "customer_id"],
).assign(
    category=["K1", "K1", "K2", "K2", "K2"], region=["North", "South", "North", "North", "North"],
    channel=["retail", "retail", "retail", "online", "retail"],
)  # fmt: skip
PLAN = np.array([[10.0] * 3, [30.0] * 3, [40.0] * 3, [20.0] * 3, [0.0] * 3])
ACTIVE = np.ones(PLAN.shape, dtype=bool)
ITEMS = checked(
    pd.DataFrame(
        {"item_id": ["A", "B", "D"], "family": ["F", "F", "G"], "unit_cost": 1.0, "unit_price": [10.0, 2.0, 5.0]}
    ),
    table("items"),
)


def overrides(*rows):
    """Each row a dict; start and end default to all three buckets."""
    base = {"start": BUCKETS[0], "end": BUCKETS[-1], "owner": "me", "reason": "because"}
    said = [{"override_id": f"O-{number}", **base, **row} for number, row in enumerate(rows)]
    columns = ["override_id", "start", "end", "kind", "value", "owner", "reason"]
    return checked(pd.DataFrame(said) if said else pd.DataFrame(columns=columns), table("overrides"))


def put_in(*rows, plan=PLAN, active=ACTIVE):
    return apply_overrides(plan, PLAN, active, ROWS, overrides(*rows), BUCKETS)


def applied(*rows, **given):
    done = put_in(*rows, **given)
    return done.plan, done.touched


def test_an_absolute_one_sets_the_sum_and_keeps_the_mix():
    plan, touched = applied({"item_id": "A", "kind": "absolute", "value": 80.0, "end": BUCKETS[0]})
    assert plan[:2, 0].tolist() == [20.0, 60.0] and plan[:, 1:].tolist() == PLAN[:, 1:].tolist()
    assert touched.sum() == 2 and touched[:2, 0].all()


def test_a_delta_adds_to_the_sum_and_never_goes_below_nothing():
    plan, _ = applied({"family": "F", "kind": "delta", "value": 10.0})
    assert plan[:4].sum(axis=0) == pytest.approx([110.0] * 3) and plan[0, 0] == pytest.approx(11.0)
    plan, _ = applied({"item_id": "A", "kind": "delta", "value": -500.0})
    assert plan[:2].sum() == 0.0


def test_a_percentage_moves_every_row_alike_and_later_ones_build_on_it():
    plan, _ = applied(
        {"family": "F", "kind": "percent", "value": 0.1}, {"item_id": "A", "kind": "percent", "value": -0.5}
    )
    assert plan[:, 0] == pytest.approx([5.5, 16.5, 44.0, 22.0, 0.0])


def test_what_selects_an_empty_plan_is_spread_evenly_over_what_is_on_sale():
    plan, _ = applied({"family": "G", "kind": "absolute", "value": 12.0})
    assert plan[4].tolist() == [12.0] * 3
    closed = ACTIVE.copy()
    closed[4, 1] = False
    plan, touched = applied({"family": "G", "kind": "absolute", "value": 12.0}, active=closed)
    assert plan[4].tolist() == [12.0, 0.0, 12.0] and touched[4].tolist() == [True, False, True]


def test_overlapping_sums_all_hold():
    plan, _ = applied(
        {"family": "F", "kind": "absolute", "value": 1000.0},
        {"item_id": "A", "kind": "absolute", "value": 300.0},
        {"location_id": "L1", "customer_id": "C1", "item_id": "B", "kind": "percent", "value": 0.1},
        {"location_id": "L1", "kind": "absolute", "value": 900.0},
    )
    assert plan[:4].sum(axis=0) == pytest.approx([1000.0] * 3)
    assert plan[:2].sum(axis=0) == pytest.approx([300.0] * 3)
    assert plan[[0, 2, 3, 4]].sum(axis=0) == pytest.approx([900.0] * 3)


def test_the_later_of_two_for_the_same_rows_takes_its_place():
    plan, _ = applied(
        {"item_id": "A", "kind": "absolute", "value": 100.0}, {"item_id": "A", "kind": "absolute", "value": 50.0}
    )
    assert plan[:2].sum(axis=0).tolist() == [50.0] * 3
    plan, _ = applied(
        {"item_id": "A", "kind": "absolute", "value": 100.0}, {"item_id": "A", "kind": "percent", "value": 0.5}
    )
    assert plan[:2].sum(axis=0).tolist() == [150.0] * 3


def test_they_are_applied_by_day_then_number_and_undated_ones_last():
    rows = [("book-10", None), ("O-2", "2025-01-02"), ("book-2", None), ("O-1", "2025-01-03")]
    frame = pd.DataFrame(rows, columns=["override_id", "as_of"]).assign(
        as_of=lambda rows: pd.to_datetime(rows["as_of"])
    )
    assert ordered(frame)["override_id"].tolist() == ["O-2", "O-1", "book-2", "book-10"]
    long = pd.DataFrame({"override_id": [f"O-{'9' * 30}", "O-x", "O-7"], "as_of": pd.NaT})
    assert ordered(long)["override_id"].tolist() == ["O-7", f"O-{'9' * 30}", "O-x"]


def test_expired_ones_no_longer_count():
    said = overrides({"kind": "percent", "value": 0.1, "expires": BUCKETS[0]}, {"kind": "percent", "value": 0.2})
    assert in_force(said, BUCKETS[0])["override_id"].tolist() == ["O-1"]


scopes = st.fixed_dictionaries(
    {}, optional={"item_id": st.sampled_from("ABD"), "location_id": st.sampled_from(["L1", "L2"]),
                  "customer_id": st.sampled_from(["C1", "C2"]), "family": st.sampled_from("FG")},
)  # fmt: skip


@example({}, 1.0, 1, [0.0] * 13 + [5e-324, 0.0])
@given(scopes, st.floats(0, 1e6), st.integers(0, 2), st.lists(st.floats(0, 1e4), min_size=15, max_size=15))
def test_whatever_one_selects_adds_up_to_what_was_set(scope, value, last, values):
    before = np.reshape(values, (5, 3))
    plan, touched = applied({**scope, "kind": "absolute", "value": value, "end": BUCKETS[last]}, plan=before)
    chosen = np.ones(5, dtype=bool)
    for name, wanted in scope.items():
        chosen &= (ROWS[name] == wanted).to_numpy()
    if chosen.any():
        assert plan[chosen][:, : last + 1].sum(axis=0) == pytest.approx(np.full(last + 1, value))
    assert plan[~touched].tolist() == before[~touched].tolist()
    assert (plan >= 0).all()


@given(st.permutations(range(4)), st.floats(1.0, 1e5), st.floats(0.05, 0.95), st.floats(0.05, 0.95))
def test_nested_sums_hold_in_whatever_order_they_were_written(order, total, share, part):
    rows = [
        {"family": "F", "kind": "absolute", "value": total},
        {"item_id": "A", "kind": "absolute", "value": total * share},
        {"item_id": "A", "location_id": "L1", "kind": "absolute", "value": total * share * part},
        {"item_id": "B", "customer_id": "C1", "kind": "absolute", "value": total * (1 - share) * part},
    ]
    plan, _ = applied(*(rows[place] for place in order))
    assert plan[:4].sum(axis=0) == pytest.approx([total] * 3)
    assert plan[:2].sum(axis=0) == pytest.approx([total * share] * 3)
    assert plan[0] == pytest.approx([total * share * part] * 3)
    assert plan[2] == pytest.approx([total * (1 - share) * part] * 3)


def conflicts(*rows, **given):
    said = overrides(*rows)
    due = said[(said["end"] >= BUCKETS[0]) & (said["start"] <= BUCKETS[-1])]
    done = apply_overrides(given.get("plan", PLAN), PLAN, ACTIVE, ROWS, due, BUCKETS)
    return override_conflicts(done, said, ROWS, BUCKETS, ITEMS)


def told(*rows):
    found = conflicts(*rows)
    return list(zip(found["kind"], found["override_id"], found["other_id"], found["holds"], strict=True))


def test_what_agrees_is_not_told():
    assert (
        told({"item_id": "A", "kind": "absolute", "value": 50.0}, {"family": "F", "kind": "percent", "value": 0.1})
        == []
    )
    assert told({"item_id": "A", "kind": "percent", "value": 0.5, "start": "2024-01-01", "end": "2024-06-01"}) == []
    total, part = (
        {"family": "F", "kind": "absolute", "value": 1000.0},
        {"item_id": "A", "kind": "absolute", "value": 5.0},
    )
    assert told(total, part) == []


def test_one_that_selects_nothing_and_one_that_ends_before_it_starts_are_told():
    assert told({"item_id": "A", "customer_id": "C2", "kind": "percent", "value": 0.1}) == [
        ("selects nothing", "O-0", "", "")
    ]
    backwards = {"item_id": "A", "kind": "percent", "value": 0.1, "start": BUCKETS[1], "end": BUCKETS[0]}
    assert told(backwards) == [("ends before it starts", "O-0", "", "")]


def test_one_that_names_nothing_is_told_with_all_it_moves():
    ((_, row),) = conflicts({"kind": "percent", "value": 0.1}).iterrows()
    assert (row["kind"], row["overlap"], row["value"]) == ("selects everything", "everything", "+10.0%")
    assert row["units"] == pytest.approx(0.1 * PLAN.sum())
    assert row["money"] == pytest.approx(0.1 * 3 * (40 * 10 + 60 * 2))


def test_of_two_that_contradict_each_other_the_later_holds_and_the_earlier_is_told():
    rows = (
        {"item_id": "A", "location_id": "L1", "kind": "absolute", "value": 500.0},
        {"item_id": "A", "kind": "absolute", "value": 100.0},
        {"item_id": "B", "kind": "absolute", "value": 7.0},
    )
    plan, _ = applied(*rows)
    assert plan[:2].sum(axis=0) == pytest.approx([100.0] * 3) and plan[2:4].sum(axis=0) == pytest.approx([7.0] * 3)
    assert told(*rows) == [("contradiction", "O-0", "O-1", "O-1")]
    row = conflicts(*rows).iloc[0]
    came = plan[0, 0]
    assert row["units"] == pytest.approx(3 * (500 - came)) and row["money"] == pytest.approx(10 * row["units"])
    assert (row["start"], row["end"], row["overlap"]) == (BUCKETS[0], BUCKETS[2], "A, L1 and A")


def test_an_early_sum_that_contradicts_nothing_survives_a_contradiction_beside_it():
    rows = (
        {"family": "F", "kind": "absolute", "value": 300.0},
        {"item_id": "A", "location_id": "L1", "kind": "absolute", "value": 500.0},
        {"item_id": "A", "kind": "absolute", "value": 100.0},
    )
    plan, _ = applied(*rows)
    assert plan[:2].sum(axis=0) == pytest.approx([100.0] * 3)
    assert ("contradiction", "O-0", "O-1", "O-1") in told(*rows)  # 500 do not fit into 300
    assert ("contradiction", "O-1", "O-2", "O-2") in told(*rows)


def test_the_same_rows_set_again_are_told_with_the_difference():
    rows = {"item_id": "A", "kind": "absolute", "value": 100.0}, {"item_id": "A", "kind": "absolute", "value": 50.0}
    assert told(*rows) == [("replaced", "O-0", "O-1", "O-1")]
    row = conflicts(*rows).iloc[0]
    assert (row["units"], row["money"]) == (150.0, 1500.0)
    assert told(rows[0], rows[0]) == [("duplicate", "O-0", "O-1", "O-1")]


def test_the_same_change_said_twice_is_told_with_what_the_second_adds():
    fair = {"item_id": "A", "kind": "percent", "value": 0.5, "end": BUCKETS[0]}
    assert told(fair, fair) == [("duplicate", "O-0", "O-1", "both")]
    row = conflicts(fair, fair).iloc[0]
    assert (row["units"], row["money"]) == (pytest.approx(30.0), pytest.approx(300.0))  # 40 -> 60 -> 90


def test_one_that_sets_below_what_another_adds_is_told():
    rows = (
        {"item_id": "A", "kind": "delta", "value": 10.0, "owner": "sales"},
        {"family": "F", "kind": "absolute", "value": 55.0, "owner": "finance"},
    )
    assert told(*rows) == [("opposed", "O-0", "O-1", "both")]
    row = conflicts(*rows).iloc[0]
    assert (row["owner"], row["other_owner"]) == ("sales", "finance")
    assert row["units"] == pytest.approx(30.0)  # + 10 a bucket from sales; finance takes 25 of the 50


def test_regions_channels_and_categories_select_too():
    plan, touched = applied({"region": "North", "channel": "retail", "kind": "percent", "value": 1.0})
    assert touched[:, 0].tolist() == [True, False, True, False, True] and plan[0, 0] == 20.0
    _, touched = applied({"category": "K2", "location_id": "L1", "kind": "delta", "value": 6.0})
    assert touched[:, 0].tolist() == [False, False, True, True, True]


def test_a_row_is_described_by_its_item_its_location_and_its_customer():
    items = ITEMS.assign(category="K")
    locations = checked(pd.DataFrame({"location_id": ["L1", "L2"], "region": ["North", "South"]}), table("locations"))
    customers = checked(
        pd.DataFrame({"customer_id": ["C1"], "channel": ["retail"], "region": ["West"]}), table("customers")
    )
    found = described(
        ROWS[["item_id", "location_id", "customer_id"]], items=items, locations=locations, customers=customers
    )
    assert found["region"].tolist() == ["North", "South", "North", "North", "North"]
    assert found["channel"].tolist() == ["retail", "retail", "retail", "", "retail"]
    assert found["family"].tolist() == ["F", "F", "F", "F", "G"]


kinds = st.one_of(
    st.tuples(st.just("absolute"), st.floats(0, 1e4)),
    st.tuples(st.just("delta"), st.floats(-100, 1e3)),
    st.tuples(st.just("percent"), st.floats(-1, 3)),
)
many = st.lists(st.tuples(scopes, kinds, st.integers(0, 2), st.integers(0, 2)), max_size=6)


def as_rows(drawn):
    return [
        {**scope, "kind": kind, "value": value, "start": BUCKETS[min(a, b)], "end": BUCKETS[max(a, b)]}
        for scope, (kind, value), a, b in drawn
    ]


@given(many, st.lists(st.floats(0, 1e4), min_size=15, max_size=15))
def test_effects_lead_step_by_step_from_the_plan_before_to_the_plan_after(drawn, values):
    before = np.reshape(values, (5, 3))
    done = put_in(*as_rows(drawn), plan=before)
    effects = override_effects(done, ROWS, BUCKETS)
    keys = ["item_id", "location_id", "customer_id", "bucket"]
    chain = effects.sort_values("position").groupby(keys)
    following = effects.assign(next=effects.groupby(keys)["before"].shift(-1)).dropna(subset="next")
    assert (following["after"] == following["next"]).all()
    place = {tuple(row): number for number, row in enumerate(ROWS[keys[:3]].itertuples(index=False))}
    first, last = chain["before"].first(), chain["after"].last()
    for (*row, bucket), units in first.items():
        cell = place[tuple(row)], BUCKETS.get_loc(bucket)
        assert units == before[cell] and last[(*row, bucket)] == done.plan[cell]
    assert (first != last).sum() == (done.plan != before).sum()


@given(many)
def test_every_absolute_sum_comes_out_or_is_told(drawn):
    rows = as_rows(drawn)
    done = put_in(*rows)
    told_of = set(conflicts(*rows)["override_id"])
    for position, override in enumerate(done.order.itertuples()):
        if override.kind != "absolute":
            continue
        chosen = np.ones(5, dtype=bool)
        for name in ("item_id", "family", "location_id", "customer_id"):
            if getattr(override, name):
                chosen &= (ROWS[name] == getattr(override, name)).to_numpy()
        span = BUCKETS.slice_indexer(override.start, override.end)
        later = done.order.iloc[position + 1 :]
        sums = done.plan[chosen][:, span].sum(axis=0)
        kept = chosen.any() and np.allclose(sums, override.value, rtol=1e-6, atol=1e-6)
        assert kept or override.override_id in told_of or (later["kind"] != "absolute").any()


@given(many, st.permutations(range(6)), st.permutations(range(5)))
def test_the_order_of_rows_in_the_tables_changes_nothing(drawn, order, places):
    said = overrides(*as_rows(drawn))
    shuffled = said.iloc[[place for place in order if place < len(said)]].reset_index(drop=True)
    rows, place = ROWS.iloc[places].reset_index(drop=True), list(places)
    one = apply_overrides(PLAN, PLAN, ACTIVE, ROWS, said, BUCKETS)
    other = apply_overrides(PLAN[place], PLAN[place], ACTIVE, rows, shuffled, BUCKETS)
    assert other.plan == pytest.approx(one.plan[place], rel=1e-6, abs=1e-6)
    again = apply_overrides(PLAN, PLAN, ACTIVE, ROWS, shuffled, BUCKETS)
    assert override_effects(again, ROWS, BUCKETS).equals(override_effects(one, ROWS, BUCKETS))
    found = [override_conflicts(each, said, ROWS, BUCKETS, ITEMS) for each in (one, again)]
    assert found[0].equals(found[1])
