"""Safety stock from the errors measured over a cover, checked by hand: quantiles, units short, lead times that vary."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm
from supply_cases import tiny_inputs

import tiny
from sopbench.contract import checked, table
from sopbench.params import Supply
from sopbench.supply import plan
from sopbench.supply.inventory.cover_error import CoverError, surplus_share

QUANTILES = {"p10": -0.1, "p50": 0.02, "p90": 0.2, "p95": 0.3, "p99": 0.5}


def share(deviation, beyond, served, cover=3, fill=False, late=0.0, review=1):
    error = CoverError(np.full((1, cover), deviation), np.tile(np.array(beyond, dtype=float), (1, cover, 1)))
    found = surplus_share(
        error, np.array([cover]), np.array([served]), np.array([fill]), review, np.array([late], dtype=float)
    )
    return found[0]


NOTHING = [np.nan] * 5


def test_service_by_cycles_is_the_measured_quantile():
    beyond = list(QUANTILES.values())
    assert share(0.1, beyond, 0.9) == pytest.approx(0.2, abs=1e-3)
    assert share(0.1, beyond, 0.95) == pytest.approx(0.3, abs=1e-3)
    assert share(0.1, beyond, 0.99) == pytest.approx(0.5, abs=1e-3)
    assert share(0.1, beyond, 0.3) == 0  # most often less than forecast: nothing is kept against that


def test_without_outer_quantiles_the_tail_goes_on_as_steep_as_it_was():
    beyond = [-0.1, 0.0, 0.2, np.nan, np.nan]
    assert share(0.1, beyond, 0.95) == pytest.approx(0.2 * norm.ppf(0.95) / norm.ppf(0.9), rel=1e-6)


def test_service_by_units_leaves_the_allowed_share_of_what_is_ordered_missing():
    normal = [0.2 * norm.ppf(p) for p in (0.1, 0.5, 0.9, 0.95, 0.99)]
    for beyond in (NOTHING, normal):
        z = share(0.2, beyond, 0.98, fill=True) / 0.2
        # over 3 buckets, of which one bucket's demand is ordered: missing 2 % of a third of it
        assert 0.2 * (norm.pdf(z) - z * norm.sf(z)) == pytest.approx(0.02 / 3, rel=2e-3)


def test_a_fat_tail_needs_more_for_the_same_fill_rate():
    thin = [0.1 * norm.ppf(p) for p in (0.1, 0.5, 0.9, 0.95, 0.99)]
    fat = [*thin[:3], thin[3] * 1.5, thin[4] * 2]
    assert share(0.1, fat, 0.99, fill=True) > share(0.1, thin, 0.99, fill=True)


def test_a_lead_time_that_varies_adds_its_variance():
    # sqrt(L sigma² + D² s²), as a share of D × 3
    by_hand = norm.ppf(0.95) * np.hypot(0.2, 0.9 / 3)
    assert share(0.2, NOTHING, 0.95, late=0.9) == pytest.approx(by_hand)
    assert share(0.0, NOTHING, 0.95, late=0.9) == pytest.approx(norm.ppf(0.95) * 0.3)


@given(
    st.lists(st.floats(-1, 3), min_size=5, max_size=5).map(sorted),
    st.floats(0.05, 0.9),
    st.floats(0.01, 0.0999),
    st.booleans(),
    st.floats(0, 2),
)
def test_more_service_never_needs_less_stock(beyond, served, more, fill, late):
    low, high = (share(0.3, beyond, each, fill=fill, late=late) for each in (served, served + more))
    assert 0 <= low <= high + 1e-9


def lead_time_demand(buckets=6, item="KIT", **quantiles):
    rows = pd.DataFrame({"item_id": item, "location_id": "DC", "buckets": np.arange(1, buckets + 1)})
    rows["statistical"] = rows["buckets"] * 45.0
    said = {name: rows["statistical"] * (1 + value) for name, value in (QUANTILES | quantiles).items()}
    return checked(rows.assign(**said, deviation=rows["statistical"] * 0.1), table("lead_time_demand"))


def kits(parameters=None, **changed):
    """Safety stock of KIT (bought in 2 months, 45 a month) by bucket."""
    policies = pd.DataFrame({"item_id": ["KIT"], "location_id": "DC"} | changed.pop("policy", {}))
    rows = plan(parameters or Supply(), **tiny_inputs(policies=policies, **changed))["supply_plan"]
    return rows.query("item_id == 'KIT' and location_id == 'DC'")["safety_stock"].to_numpy()


def test_the_plan_keeps_the_measured_quantile_over_lead_time_and_review():
    assert kits(lead_time_demand=lead_time_demand()) == pytest.approx([0.3 * 3 * 45] * 6, rel=1e-3)
    normal = kits(Supply(safety_stock_by="normal"), lead_time_demand=lead_time_demand())
    assert normal == pytest.approx([norm.ppf(0.95) * 0.1 * 3 * 45] * 6, rel=1e-6)
    longer = kits(Supply(review=2), lead_time_demand=lead_time_demand())
    assert longer == pytest.approx([0.3 * 4 * 45] * 6, rel=1e-3)


def test_an_override_does_not_widen_the_error():
    rows = tiny.demand_plan()
    doubled = rows.assign(consensus=rows["consensus"] * 2)
    # twice the demand, twice the stock: its share of the forecast stays
    assert kits(lead_time_demand=lead_time_demand(), demand_plan=doubled) == pytest.approx([0.3 * 3 * 90] * 6, rel=1e-3)


def test_before_a_launch_the_buckets_without_demand_do_not_count():
    said = lead_time_demand()
    before = said["buckets"] <= 2
    names = ["statistical", *QUANTILES, "deviation"]
    later = said[names].shift(2).where(~before, 0.0)
    assert kits(lead_time_demand=said.assign(**{name: later[name] for name in names})) == pytest.approx(
        kits(lead_time_demand=said)
    )


def test_beyond_what_was_measured_errors_grow_with_the_root_of_the_cover():
    short = kits(lead_time_demand=lead_time_demand(buckets=1))
    assert short == pytest.approx([0.3 * 45 * np.sqrt(3)] * 6, rel=1e-3)


def test_where_nothing_was_measured_the_band_decides():
    other = kits(lead_time_demand=lead_time_demand(item="PUMP"))
    assert other == pytest.approx([norm.ppf(0.95) * (45 * 0.4 / 2.5631) * 3**0.5] * 6, rel=1e-4)


def test_a_stated_deviation_comes_before_what_was_measured_and_waiting_customers_need_less():
    stated = kits(lead_time_demand=lead_time_demand(), policy={"demand_deviation": [10.0]})
    assert stated == pytest.approx([norm.ppf(0.95) * 10 * 3**0.5] * 6)
    waiting = kits(policy={"demand_deviation": [10.0], "service_time": [2.0]})
    assert waiting == pytest.approx([norm.ppf(0.95) * 10] * 6)
    assert kits(policy={"service_time": [3.0]}).max() == 0


def test_a_lead_time_that_varies_is_read_from_the_sources():
    sources = tiny_inputs()["sources"]
    late = sources.assign(lead_time_deviation=np.where(sources["item_id"] == "KIT", 0.5, np.nan))
    found = kits(sources=late, policy={"demand_deviation": [10.0]})
    assert found == pytest.approx([norm.ppf(0.95) * np.hypot(10 * 3**0.5, 45 * 0.5)] * 6)
