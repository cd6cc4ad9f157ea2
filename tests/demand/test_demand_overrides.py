"""Overrides: what is set is kept to the unit, however many overlap, and what cannot be kept is told."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sopbench.contract import checked, table
from sopbench.demand.overrides import apply_overrides, in_force, ordered, override_problems

BUCKETS = pd.date_range("2025-01-01", periods=3, freq="MS")
ROWS = pd.DataFrame(
    [tuple(row.split()) for row in ("A F L1 C1", "A F L2 C1", "B F L1 C1", "B F L1 C2", "D G L1 C1")],
    columns=["item_id", "family", "location_id", "customer_id"],
)  # fmt: skip
PLAN = np.array([[10.0] * 3, [30.0] * 3, [40.0] * 3, [20.0] * 3, [0.0] * 3])
ACTIVE = np.ones(PLAN.shape, dtype=bool)
ITEMS = pd.DataFrame({"item_id": ["A", "B", "D"], "family": ["F", "F", "G"]})


def overrides(*rows):
    """Each row a dict; start and end default to all three buckets."""
    base = {"start": BUCKETS[0], "end": BUCKETS[-1], "owner": "me", "reason": "because"}
    said = [{"override_id": f"O-{number}", **base, **row} for number, row in enumerate(rows)]
    columns = ["override_id", "start", "end", "kind", "value", "owner", "reason"]
    return checked(pd.DataFrame(said) if said else pd.DataFrame(columns=columns), table("overrides"))


def applied(*rows, plan=PLAN, active=ACTIVE):
    return apply_overrides(plan, PLAN, active, ROWS, overrides(*rows), BUCKETS)


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


def test_expired_ones_no_longer_count():
    said = overrides({"kind": "percent", "value": 0.1, "expires": BUCKETS[0]}, {"kind": "percent", "value": 0.2})
    assert in_force(said, BUCKETS[0])["override_id"].tolist() == ["O-1"]


scopes = st.fixed_dictionaries(
    {}, optional={"item_id": st.sampled_from("ABD"), "location_id": st.sampled_from(["L1", "L2"]),
                  "customer_id": st.sampled_from(["C1", "C2"]), "family": st.sampled_from("FG")},
)  # fmt: skip


@settings(max_examples=30, deadline=None)
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


@settings(max_examples=30, deadline=None)
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


def planned(*rows):
    plan, touched = applied(*rows)
    frame = ROWS.drop(columns="family").loc[np.repeat(range(5), 3)].reset_index(drop=True)
    return frame.assign(
        bucket=np.tile(BUCKETS, 5), override=np.where(touched, plan, np.nan).ravel(), consensus=plan.ravel()
    )


def told(*rows):
    problems = override_problems(planned(*rows), items=ITEMS, overrides=overrides(*rows))
    return [(problem.key, problem.grade, problem.message) for problem in problems]


def test_what_holds_is_not_told():
    assert (
        told({"item_id": "A", "kind": "absolute", "value": 5.0}, {"family": "F", "kind": "percent", "value": 0.1}) == []
    )
    assert told({"item_id": "A", "kind": "percent", "value": 0.5, "start": "2024-01-01", "end": "2024-06-01"}) == []


def test_one_that_selects_nothing_is_told():
    ((key, grade, message),) = told({"item_id": "A", "customer_id": "C2", "kind": "percent", "value": 0.1})
    assert (key, grade) == ("O-0", "warning") and "selects nothing" in message


def test_of_two_that_contradict_each_other_the_later_holds_and_the_earlier_is_told():
    rows = (
        {"item_id": "A", "location_id": "L1", "kind": "absolute", "value": 500.0},
        {"item_id": "A", "kind": "absolute", "value": 100.0},
        {"item_id": "B", "kind": "absolute", "value": 7.0},
    )
    plan, _ = applied(*rows)
    assert plan[:2].sum(axis=0) == pytest.approx([100.0] * 3) and plan[2:4].sum(axis=0) == pytest.approx([7.0] * 3)
    ((key, _, message),) = told(*rows)
    assert key == "O-0" and "contradicts" in message
