"""Scores: paired differences with an interval that knows neighbouring months are alike, ranks, shares of the bounds."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from sopbench.contract import checked, table
from sopbench.replay.candidates import Candidate
from sopbench.replay.score import paired_interval, replay_scores

BUCKETS = pd.date_range("2024-01-01", periods=6, freq="MS")


def months(**margins: list[float]) -> pd.DataFrame:
    """The table replay_months of candidates with these margins; the first bucket is not scored."""
    frames = []
    for name, values in margins.items():
        frame = pd.DataFrame({"candidate": name, "bucket": BUCKETS[: len(values)], "margin": values})
        frames.append(frame.assign(scored=frame["bucket"] > BUCKETS[0]))
    rows = pd.concat(frames)
    zeros = {each.name: 0.0 for each in table("replay_months").columns if each.name not in rows}
    units = {"demand": 100.0, "on_time": 90.0, "demand_value": 1000.0, "forecast_error": 200.0, "forecast_bias": -50.0}
    return checked(rows.assign(**zeros | units), table("replay_months"))


def named(*names: str) -> list[Candidate]:
    return [Candidate(name=name) for name in names]


def test_the_interval_of_two_alternating_months_is_worked_out_by_hand():
    """n = 4, lag 1: variance of the sum 4 + 2 · ½ · (-3) = 1, of the mean 1 / 16; the share of the buckets is 2 / 4."""
    mean, low, high = paired_interval(np.array([1.0, -1.0, 1.0, -1.0]) + 5)
    assert mean == 5.0
    assert high - mean == pytest.approx((1.96 + 2.9694 / 2 + 0.416 / 4 - 0.5324 / 8) / 4)
    assert mean - low == pytest.approx(high - mean)


def test_the_interval_holds_the_truth_about_as_often_as_it_says():
    rng = np.random.default_rng(3)
    alone = [paired_interval(rng.normal(1, 5, 24)) for _ in range(1500)]
    assert np.mean([low <= 1 <= high for _, low, high in alone]) > 0.92
    noise = rng.normal(0, 5, (1500, 60))
    for month in range(1, 60):
        noise[:, month] += 0.3 * noise[:, month - 1]
    alike = [paired_interval(1 + row[-24:]) for row in noise]
    naive = [stats.ttest_1samp(1 + row[-24:], 1).pvalue > 0.05 for row in noise]
    covered = np.mean([low <= 1 <= high for _, low, high in alike])
    assert covered > 0.88
    assert covered > np.mean(naive)


def test_two_buckets_tell_nothing():
    assert paired_interval(np.array([1.0, 2.0])) == (1.5, -np.inf, np.inf)


def test_candidates_are_ranked_by_what_they_earned_in_the_buckets_that_count():
    found = replay_scores(months(a=[900, 10, 10, 10], b=[0, 11, 12, 13]), named("a", "b"), "a").set_index("candidate")
    assert found["rank"].to_dict() == {"b": 1, "a": 2}
    assert found["margin"].to_dict() == {"b": 36.0, "a": 30.0}
    assert (found["buckets"] == 3).all()


def test_a_candidate_is_compared_bucket_by_bucket_and_the_reference_with_nobody():
    found = replay_scores(months(a=[0, 10, 20, 30], b=[0, 12, 22, 32]), named("a", "b"), "a").set_index("candidate")
    assert found.loc["b", ["difference", "low", "high"]].tolist() == [2.0, 2.0, 2.0]
    assert found.loc["b", "against"] == "a"
    assert found.loc["a", "against"] == ""
    assert np.isnan(found.loc["a", "difference"])


def test_a_share_of_what_lies_between_the_bounds_is_gained():
    rows = months(plan=[0, 15, 15, 15], naive=[0, 10, 10, 10], foresight=[0, 30, 30, 30])
    found = replay_scores(rows, named("plan", "naive", "foresight"), "plan").set_index("candidate")
    assert found["gained"].to_dict() == {"foresight": 1.0, "plan": 0.25, "naive": 0.0}
    assert found.loc["plan", "naive_difference"] == 5.0
    assert found["bound"].to_dict() == {"foresight": True, "plan": False, "naive": True}


def test_service_and_accuracy_are_shares_of_what_was_ordered():
    found = replay_scores(months(a=[0, 1, 1, 1]), named("a"), "a").iloc[0]
    assert (found["service"], found["wape"], found["bias"]) == (0.9, 0.2, -0.05)
