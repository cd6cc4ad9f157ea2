"""Value added by each step, each override and each owner: by hand, balanced, and telling a bad override."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_monitor_accuracy import MONTHS, items, plans, sales

from draws import COSTLY
from sopbench.contract import checked, table
from sopbench.contract.past import by_cycle
from sopbench.monitor import override_value, value_added

START = MONTHS[-1] + pd.DateOffset(months=1)


def effects(*rows):
    """Each row: override, owner, item, month (of cycle and bucket), before, after; chained in the order given."""
    names = ["override_id", "owner", "item_id", "bucket", "before", "after"]
    frame = pd.DataFrame(rows, columns=names).assign(location_id="DC", customer_id="", reason="because")
    frame = frame.assign(position=frame.groupby(["item_id", "bucket"]).cumcount())
    if frame.empty:
        return table("override_effects").empty().assign(cycle=pd.Series(dtype="datetime64[ns]"))
    frames = {month: checked(each, table("override_effects")) for month, each in frame.groupby("bucket")}
    return by_cycle("override_effects", frames)


NONE = table("override_effects").empty()


def stairs(said, ordered, moved=(), approved=None, **columns):
    plan = plans(said).assign(**columns)
    executive = plan if approved is None else plan.assign(consensus=approved)
    goods = items(**dict.fromkeys(said, 2.0))
    found = value_added(plan, executive, effects(*moved), sales(ordered), goods, START)
    return found[(found["level"] == "total") & (found["lag"] == 0)].set_index("step")


def test_each_step_is_held_against_the_one_before_it_in_share_and_money():
    """Ordered 10 a month. Statistical says 14, agreed 13, overrides bring it to 12, the executives to 11."""
    moved = [("O-1", "Ada", "A", month, 13.0, 12.0) for month in MONTHS]
    found = stairs({"A": [12.0] * 6}, {"A": [10.0] * 6}, moved, approved=11.0, statistical=14.0, sales=15.0)
    assert found["wape"].drop("naive").to_dict() == pytest.approx(
        {"statistical": 0.4, "sales": 0.5, "agreed": 0.3, "consensus": 0.2, "executive": 0.1}
    )
    assert found["added"].drop(["naive", "statistical"]).to_dict() == pytest.approx(
        {"sales": -0.1, "agreed": 0.1, "consensus": 0.1, "executive": 0.1}
    )
    assert found.loc["consensus", "added_value"] == 6 * 1 * 2.0  # a unit less off in six months, at list price 2
    assert found.loc["naive", "against"] == "" and np.isnan(found.loc["naive", "added"])
    assert found.loc["sales", "bias"] == pytest.approx(0.5)


def test_a_stream_is_held_against_the_statistical_forecast_only_where_it_spoke():
    spoken = [15.0, 15.0, np.nan, np.nan, np.nan, np.nan]
    found = stairs({"A": [12.0] * 6}, {"A": [10.0] * 6}, statistical=[20.0, 20.0, 10.0, 10.0, 10.0, 10.0], sales=spoken)
    assert found.loc["sales", "observations"] == 2
    assert found.loc["sales", ["wape", "wape_against"]].tolist() == [0.5, 1.0]


def worth(moved, ordered, current=NONE):
    found = override_value(effects(*moved), current, sales(ordered), items(**dict.fromkeys(ordered, 2.0)), START, "EUR")
    return found.set_index(["level", "key"])


WOBBLE = [9.0, 10.0, 11.0, 10.0, 9.0, 11.0]


def test_a_bad_override_has_negative_value_for_its_owner_and_is_to_be_dropped():
    bad = [("O-1", "Bob", "A", month, 10.0, 15.0) for month in MONTHS]
    good = [("O-2", "Ada", "B", month, 20.0, 11.0) for month in MONTHS]
    current = checked(
        pd.DataFrame(
            [{"override_id": "O-1", "owner": "Bob", "item_id": "A", "before": 10.0, "after": 15.0},
             {"override_id": "O-3", "owner": "Bob", "item_id": "A", "before": 15.0, "after": 18.0}]
        ).assign(location_id="DC", bucket=START, reason="because", position=[0, 1]), table("override_effects"),
    )  # fmt: skip
    found = worth([*bad, *good], {"A": WOBBLE, "B": WOBBLE}, current)
    row = found.loc[("override", "O-1")]
    # without it off by 1+0+1+0+1+1 = 4, with it by 6+5+4+5+6+4 = 30, at list price 2
    assert (row["before_value"], row["after_value"], row["added_value"]) == (8.0, 60.0, -52.0)
    assert (row["advice"], row["in_force"], row["observations"]) == ("drop", True, 6)
    assert row["message"] == "drop: it made the plan worse by 52 EUR in 6 buckets of items, beyond chance"
    assert found.loc[("owner", "Bob"), ["advice", "added_value"]].tolist() == ["drop", -52.0]
    assert found.loc[("owner", "Ada"), "advice"] == "keep" and found.loc[("owner", "Ada"), "added_value"] > 0
    assert found.loc[("override", "O-2"), "in_force"] == np.False_
    new = found.loc[("override", "O-3")]
    assert (new["advice"], new["observations"]) == ("too early", 0)
    assert new["message"] == "nothing it moved is over yet; other overrides of Bob made the plan worse by 52 EUR"


def test_an_owner_is_measured_by_family_and_by_how_far_ahead():
    """Of Bob's override, made in May for May and June, June was spoken of in June's cycle too."""
    may, june = MONTHS[4], MONTHS[5]
    moved = effects(("O-1", "Bob", "A", may, 10.0, 15.0), ("O-1", "Bob", "A", june, 12.0, 15.0))
    early = moved[moved["bucket"] == june].assign(cycle=may, before=11.0)
    found = override_value(pd.concat([moved, early]), NONE, sales({"A": WOBBLE}), items(A=2.0), START)
    gains = found.set_index(["level", "key"])["added_value"]
    # May: off by 1 without, 6 with it; June: off by 1 without, 4 with it in June's cycle, by 0 and 4 in May's
    assert gains.loc[("owner and lag", "Bob: 1 ahead")] == 2 * (1 - 6 + 1 - 4)
    assert gains.loc[("owner and lag", "Bob: 2 ahead")] == 2 * (0 - 4)
    assert gains.loc[("owner", "Bob")] == 2 * (1 - 6 + 0.5 - 4) == gains.loc[("owner and family", "Bob: pumps")]


def test_what_may_be_chance_and_what_is_but_one_month_is_too_early_to_judge():
    mixed = [
        ("O-1", "Ada", "A", month, 10.0, after) for month, after in zip(MONTHS, (9, 12, 11, 9, 10.5, 9), strict=True)
    ]
    assert worth(mixed, {"A": WOBBLE}).loc[("override", "O-1"), "advice"] == "too early"
    names = [f"I{number}" for number in range(8)]
    month = [("O-1", "Ada", name, MONTHS[0], 10.0, 15.0) for name in names]
    row = worth(month, dict.fromkeys(names, WOBBLE)).loc[("override", "O-1")]
    assert row["observations"] == 8 and row["advice"] == "too early" and "may be chance" in row["message"]


def test_a_bucket_that_several_cycles_spoke_of_is_one_observation():
    one = effects(*(("O-1", "Ada", "A", month, 10.0, 15.0) for month in MONTHS))
    twice = pd.concat([one, one.assign(cycle=one["cycle"] - pd.DateOffset(months=1))])
    goods, came = items(A=2.0), sales({"A": WOBBLE})
    found = [override_value(each, NONE, came, goods, START) for each in (one, twice)]
    pd.testing.assert_frame_equal(*(each[each["level"].isin(["owner", "override"])] for each in found))


units = st.lists(st.integers(0, 50).map(float), min_size=6, max_size=6)


@COSTLY
@given(units, units, units, units, st.permutations(range(6)))
def test_steps_add_up_and_do_not_hang_on_the_order_of_rows(before, after, agreed, ordered, order):
    moved = [("O-1", "Ada", "A", *row) for row in zip(MONTHS, agreed, after, strict=True)]
    plan = plans({"A": after}).assign(statistical=before)
    came, goods = sales({"A": ordered}), items(A=3.0)
    found = value_added(plan, plan, effects(*moved), came, goods, START)
    main = found[(found["level"] == "total") & found["step"].isin(["agreed", "consensus", "executive"])]
    first = sum(abs(one - other) for one, other in zip(before, ordered, strict=True))
    last = sum(abs(one - other) for one, other in zip(after, ordered, strict=True))
    assert main["added_value"].sum() == pytest.approx(3.0 * (first - last))
    family, total = (found[found["level"] == level].set_index("step")["added_value"] for level in ("family", "total"))
    pd.testing.assert_series_equal(family, total)
    mixed = list(order)
    shuffled = effects(*moved).iloc[mixed]
    one, other = (override_value(each, NONE, came, goods, START) for each in (effects(*moved), shuffled))
    pd.testing.assert_frame_equal(one, other, check_exact=True)
    again = value_added(
        plan.iloc[mixed], plan.iloc[mixed[::-1]], effects(*moved).iloc[mixed], came.iloc[mixed], goods, START
    )
    pd.testing.assert_frame_equal(found, again, check_exact=True)


def test_nothing_to_measure_gives_empty_tables():
    nothing = by_cycle("demand_plan", {})
    none = by_cycle("override_effects", {})
    came = sales({"A": WOBBLE})
    assert value_added(nothing, nothing, none, came, items(A=1.0), START).empty
    assert override_value(none, NONE, came, items(A=1.0), START).empty
