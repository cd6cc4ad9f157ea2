"""p10, p50 and p90: in order, never below 0, wider with the lag, and holding what they are meant to hold."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sopbench.demand.errors.spread import coverage, learn_spread, quantiles

MONTHS = pd.date_range("2022-01-01", periods=60, freq="MS")


def errors(actual, forecast, lag, segment="smooth", item="A", mean=100.0):
    said = {"item_id": item, "location_id": "L", "segment": segment, "lag": lag, "forecast": forecast, "actual": actual}
    return pd.DataFrame({**said, "mean": mean})


def drawn(count=4000, seed=5):
    """Errors of 10 % a bucket that grow with the root of the lag."""
    chance = np.random.default_rng(seed)
    lag = np.arange(count) % 6
    actual = 100.0 + 10.0 * np.sqrt(lag + 1.0) * chance.standard_normal(count)
    return errors(actual, 100.0, lag, item=[f"I{number % 40}" for number in range(count)])


def test_the_band_of_normal_errors_that_grow_like_a_random_walk_is_theirs():
    said = quantiles(errors(np.nan, 100.0, [0, 5, 17], item="I1"), learn_spread(drawn()))
    half = 1.2816 * 10.0 * np.sqrt([1.0, 6.0, 18.0])
    assert (said["p90"] - 100.0).to_numpy() == pytest.approx(half, rel=0.15)
    assert (100.0 - said["p10"]).to_numpy() == pytest.approx(half, rel=0.15)
    assert said["p50"].to_numpy() == pytest.approx(np.full(3, 100.0), abs=1.0)


def test_few_errors_of_ones_own_are_shrunk_to_those_of_the_kind():
    wild = errors([300.0, -100.0], 100.0, [0, 1], item="WILD")
    spread = learn_spread(pd.concat([drawn(), wild]))
    others = spread.sigma.drop(("WILD", "L")).mean()
    assert others < spread.sigma[("WILD", "L")] < 2.0


def test_a_series_never_tried_has_the_usual_error():
    spread = learn_spread(drawn())
    said = quantiles(errors(np.nan, 100.0, [0], segment="new", item="NEW"), spread)
    assert said["p90"].iloc[0] > 100.0 > said["p10"].iloc[0]


def test_a_series_never_tried_has_the_error_of_its_kind_however_wild_the_other_kind_is():
    wild = errors(np.tile([0.0, 0.0, 900.0], 60), 100.0, np.arange(180) % 6, segment="lumpy", item="WILD")
    new = errors(np.nan, 100.0, [0], segment="new", item="NEW")
    alone, beside = (quantiles(new, learn_spread(tried)) for tried in (drawn(), pd.concat([drawn(), wild])))
    assert beside.to_numpy() == pytest.approx(alone.to_numpy())


def test_demand_that_comes_seldom_has_a_median_below_its_mean():
    actual = np.tile([0.0, 0.0, 0.0, 40.0], 50)
    rows = errors(actual, 10.0, np.arange(200) % 4, segment="intermittent", mean=10.0)
    said = quantiles(rows.head(1), learn_spread(rows)).iloc[0]
    assert said["p10"] == 0.0 and said["p50"] < 10.0 < said["p90"]


values = st.lists(st.floats(0, 1e5), min_size=2, max_size=12)


@given(values, values, st.sampled_from(["smooth", "lumpy", "new"]))
def test_quantiles_are_in_order_and_never_below_nothing(actual, forecast, segment):
    count = min(len(actual), len(forecast))
    rows = errors(actual[:count], forecast[:count], range(count), segment, mean=np.mean(actual[:count]))
    said = quantiles(rows, learn_spread(rows)).to_numpy()
    assert np.isfinite(said).all() and (said >= 0).all() and (np.diff(said, axis=1) >= 0).all()


@given(st.lists(st.floats(0, 1e4), min_size=8, max_size=8), st.floats(1.0, 1e4))
def test_the_band_never_narrows_with_the_lag(actual, forecast):
    spread = learn_spread(errors(actual, forecast, np.arange(8) % 4, mean=forecast))
    said = quantiles(errors(np.nan, forecast, range(18), mean=forecast), spread)
    assert (np.diff(said["p90"] - said["p10"]) >= -1e-9 * forecast).all()


def test_coverage_counts_each_origin_by_the_errors_of_the_others():
    chance = np.random.default_rng(1)
    actual = 100.0 + 10.0 * chance.standard_normal(2000)
    number = np.arange(2000)
    tried = pd.DataFrame(
        {"item_id": [f"I{n % 50}" for n in number], "location_id": "L", "method": "m", "origin": MONTHS[number // 500],
         "bucket": MONTHS[10], "lag": number // 50 % 10, "forecast": 100.0, "actual": actual}
    )  # fmt: skip
    names = [f"I{n}" for n in range(50)]
    choice = pd.DataFrame({"item_id": names, "location_id": "L", "method": "m", "segment": "smooth"})
    history = pd.DataFrame({"item_id": names, "location_id": "L", "cleaned": 100.0})
    said = coverage(tried, choice, history)
    assert said["observations"].sum() == 2000
    assert np.average(said["inside"], weights=said["observations"]) == pytest.approx(0.8, abs=0.05)
    assert (said["inside"] + said["below"] + said["above"]).to_numpy() == pytest.approx(1.0)
    assert coverage(tried[tried["origin"] == MONTHS[0]], choice, history).empty
