"""Stream weights: as stated, or the inverse of what each stream erred by; a stream that harms gets nothing."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sopbench.contract import checked, table
from sopbench.contract.past import by_cycle
from sopbench.demand.consensus.weights import HALFWAY, MOST, stream_weights
from sopbench.params.demand import Demand

MONTHS = pd.date_range("2023-01-01", periods=12, freq="MS")
START = MONTHS[-1] + pd.DateOffset(months=1)
MEASURED = Demand(stream_weights="measured")


def items(**families):
    said = {"item_id": list(families), "family": list(families.values()), "unit_cost": 1.0, "unit_price": 1.0}
    return checked(pd.DataFrame(said), table("items"))


def past(errors, actual=100.0, item="A", months=MONTHS):
    """A plan a month, whose streams miss what came (`actual`) by the errors given, and the sales."""
    rows = pd.DataFrame({"item_id": item, "location_id": "DC", "bucket": months, "method": "naive", **errors})
    for name in ("statistical", "sales", "marketing", "finance"):
        rows[name] = actual + rows[name] if name in errors else np.nan
    rows = rows.assign(p10=0.0, p50=0.0, p90=0.0, consensus=0.0)
    plans = by_cycle("demand_plan", dict(list(checked(rows, table("demand_plan")).groupby("bucket"))))
    sold = {"item_id": item, "location_id": "DC", "bucket": months, "qty_ordered": actual}
    return plans, checked(pd.DataFrame(sold), table("sales"))


def weighed(plans, sales, goods=None, settings_=MEASURED):
    found = stream_weights(settings_, START, plans, items=items(A="F") if goods is None else goods, sales=sales)
    return found.set_index(["family", "stream"])


def back_and_forth(size):
    return np.resize([size, -size], len(MONTHS))


def test_stated_weights_are_the_same_in_every_family():
    stated = Demand(stream_weights={"statistical": 3.0, "sales": 1.0})
    found = weighed(*past({"statistical": 1.0, "sales": 50.0}), items(A="F", B="G"), stated)
    for family in "FG":
        assert found.loc[family, "weight"].to_dict() == {
            "finance": 0.0, "marketing": 0.0, "sales": 0.25, "statistical": 0.75,
        }  # fmt: skip
    assert (found["observations"] == 0).all() and set(found["reason"]) == {"as the parameters say"}


def test_without_earlier_cycles_what_is_believed_holds():
    prior = Demand(stream_weights="measured", prior_weights={"statistical": 3.0, "sales": 1.0})
    assert weighed(None, past({"statistical": 1.0})[1], settings_=prior).loc["F", "weight"]["sales"] == 0.25
    assert weighed(None, past({"statistical": 1.0})[1]).loc["F", "weight"].tolist() == [0.25] * 4


def test_weights_are_inverse_squared_errors_drawn_to_what_is_believed():
    """Sales errs by 10, statistical by 20, uncorrelated: 4 to 1; 12 observations draw both from 1 to 1."""
    pattern = np.resize([20.0, 20.0, -20.0, -20.0], 12)
    found = weighed(*past({"statistical": pattern, "sales": back_and_forth(10.0)}))
    share = 12 / (12 + HALFWAY)
    everywhere = share * 4 + (1 - share) * 1
    against = share * 4 + (1 - share) * everywhere
    weight = found.loc["F", "weight"]
    assert weight["sales"] / weight["statistical"] == pytest.approx(against)
    assert weight["finance"] == weight["statistical"]  # never measured: as it was believed
    assert found.loc[("F", "sales"), "observations"] == 12
    assert found.loc[("F", "sales"), "wmse"] == pytest.approx(0.01)  # (10 / 100) squared
    assert found.loc[("F", "sales"), "wmse_statistical"] == pytest.approx(0.04)


def test_bias_counts_as_error():
    found = weighed(*past({"statistical": back_and_forth(5.0), "sales": 20.0}))
    row = found.loc[("F", "sales")]
    assert row["bias"] == pytest.approx(0.2) and row["wmse"] == pytest.approx(0.04)


def test_a_stream_that_makes_the_plan_worse_beyond_noise_gets_nothing():
    """It errs on the same side as the statistical forecast, and five times as much: any of it is too much."""
    found = weighed(*past({"statistical": back_and_forth(5.0), "sales": back_and_forth(25.0)}))
    assert found.loc[("F", "sales"), "weight"] == 0.0
    assert "worse" in found.loc[("F", "sales"), "reason"]


def test_only_what_a_stream_spoke_of_is_held_against_it():
    said = np.where(np.arange(12) < 3, 10.0, np.nan)
    pattern = np.where(np.arange(12) < 3, 10.0, 90.0)
    found = weighed(*past({"statistical": pattern, "sales": said}))
    assert found.loc[("F", "sales"), "observations"] == 3
    assert found.loc[("F", "sales"), "wmse"] == pytest.approx(found.loc[("F", "sales"), "wmse_statistical"])


def test_a_family_with_nothing_of_its_own_takes_what_was_found_elsewhere():
    pattern = np.resize([20.0, 20.0, -20.0, -20.0], 12)
    found = weighed(*past({"statistical": pattern, "sales": back_and_forth(10.0)}), items(A="F", B="G"))
    share = 12 / (12 + HALFWAY)
    weight = found.loc["G", "weight"]
    assert weight["sales"] / weight["statistical"] == pytest.approx(share * 4 + (1 - share))
    assert "not measured in this family" in found.loc[("G", "sales"), "reason"]


errors = st.lists(st.floats(-50, 50), min_size=12, max_size=12)


@given(errors, errors, st.permutations(range(12)))
def test_weights_are_shares_and_do_not_hang_on_the_order_of_rows(one, other, order):
    plans, sales = past({"statistical": one, "sales": other})
    found = weighed(plans, sales)
    assert found.groupby("family")["weight"].sum().to_numpy() == pytest.approx(1.0)
    assert (found["weight"] >= 0).all()
    against = found.loc[("F", "sales"), "weight"] / found.loc[("F", "statistical"), "weight"]
    assert against <= MOST
    again = weighed(plans.iloc[list(order)], sales.iloc[list(order)[::-1]])
    pd.testing.assert_frame_equal(found, again, check_exact=True)
