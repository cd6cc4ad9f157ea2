"""Working days: an effect that is there is found, taken out and put back; one that is not does no harm."""

import numpy as np
import pandas as pd
import pytest
from history_cases import MONTHS, START, calendar, cleaned, items, sales, steady

from sopbench import demand
from sopbench.contract import INPUT_TABLES
from sopbench.demand.history.working_days import day_ratio, days_ahead
from sopbench.params.demand import Demand

ALL = MONTHS.append(pd.date_range(START, periods=12, freq="MS"))
DAYS = np.busday_count(ALL.to_numpy().astype("datetime64[M]").astype("datetime64[D]"),
                       (ALL + pd.offsets.MonthBegin(1)).to_numpy().astype("datetime64[D]")).astype(float)  # fmt: skip
RATIO = day_ratio(DAYS, 60, 12)


def family(power, names="ABCDEF"):
    """Items whose demand follows the days worked to a power."""
    season = np.tile(1 + 0.3 * np.sin(np.arange(12) / 12 * 2 * np.pi), 5)
    units = {name: steady(1000.0, 0.03, seed=ord(name)) * season * RATIO[:60] ** power for name in names}
    return pd.concat([sales(each, name) for name, each in units.items()])


def test_the_ratio_is_days_over_the_mean_of_history_at_the_same_place_in_the_season():
    found = day_ratio(np.array([20.0, 10.0, 22.0, 10.0, 21.0, 0.0]), 4, 2)
    assert found == pytest.approx([20 / 21, 1.0, 22 / 21, 1.0, 1.0, 1.0])


def test_demand_in_proportion_to_the_days_is_found_and_taken_out():
    made = cleaned(family(1.0), days=DAYS)
    [found] = made.elasticity.itertuples()
    assert found.measured == pytest.approx(1.0, abs=0.15) and 0.75 < found.elasticity <= 1.0
    rows = made.corrections.query("correction == 'working days'")
    assert len(rows) > 200 and rows["why"].str.fullmatch(r"\d\d working days").all()
    factor = (rows["before"] / rows["after"]).to_numpy()
    there = RATIO[MONTHS.get_indexer(rows["bucket"])] ** found.elasticity
    assert factor == pytest.approx(there)


def test_what_is_taken_out_of_history_is_put_back_by_the_days_ahead():
    made = cleaned(family(1.0), days=DAYS)
    series = pd.MultiIndex.from_tuples([("A", "L"), ("NEW", "L")], names=["item_id", "location_id"])
    goods = items("A", "NEW", family=["F", "other"])
    found = days_ahead(series, made.elasticity, ALL[60:], 12, items=goods, calendar=calendar(DAYS))
    assert found[0] == pytest.approx(RATIO[60:] ** made.elasticity.loc["F", "elasticity"])
    assert found[1].tolist() == [1.0] * 12


@pytest.mark.parametrize("seed", range(4))
def test_where_demand_does_not_follow_the_days_nothing_is_changed(seed):
    names = "ABCDEFGHIJKLMNOP"[4 * seed : 4 * seed + 4]
    made = cleaned(family(0.0, names), days=DAYS)
    assert made.elasticity["elasticity"].tolist() == [0.0]
    assert "working days" not in set(made.corrections["correction"])


def test_days_that_are_always_the_same_and_histories_too_short_say_nothing():
    assert cleaned(family(1.0)).elasticity["measured"].isna().all()
    short = family(1.0).query("bucket >= '2023-06-01'")
    assert cleaned(short, days=DAYS).elasticity["elasticity"].tolist() == [0.0]


def test_an_elasticity_that_is_told_is_used_as_it_stands_for_its_family_alone():
    sold = pd.concat([family(0.0, "A"), family(0.0, "B")])
    goods = items("A", "B", family=["told", "measured"])
    made = cleaned(sold, goods, days=DAYS, day_elasticity={"told": 0.5, "unknown": 1.0})
    assert made.elasticity["elasticity"].to_dict() == {"measured": 0.0, "told": 0.5}
    assert set(made.corrections.query("correction == 'working days'")["item_id"]) == {"A"}


def test_the_plan_follows_the_days_ahead():
    """Two plans that differ in the days of one month ahead differ there, and by the days."""
    days = DAYS.copy()
    days[62] *= 0.5
    plans = [plan_of(each)["demand_plan"]["statistical"].to_numpy() for each in (DAYS, days)]
    share = plans[1] / plans[0]
    ratio = day_ratio(days, 60, 12)[62] / RATIO[62]
    assert share == pytest.approx([1.0, 1.0, ratio, 1.0, 1.0, 1.0])


def plan_of(days):
    given = {each.name: each.empty() for each in INPUT_TABLES}
    said = {"items": items("A"), "sales": family(0.0, "A"), "calendar": calendar(days)}
    said |= {"customers": given["customers"], "locations": given["locations"]}
    tables = {name: {**given, **said}[name] for name in demand.INPUTS}
    return demand.plan(Demand(methods={}, day_elasticity={"F": 1.0}), START, 6, **tables)
