"""The example company's last two years, replayed with five ways of planning; takes minutes."""

from __future__ import annotations

from pathlib import Path

import pytest

from sopbench.cycle import open_cycle
from sopbench.replay import replay

PARAMS = Path(__file__).parents[2] / "params" / "brewline.yaml"


@pytest.mark.long
def test_the_parameters_as_they_stand_beat_the_naive_policy_by_more_than_luck():
    found = replay(open_cycle(PARAMS), months=24)
    months, scores = found["replay_months"], found["replay_scores"].set_index("candidate")
    assert len(scores) == 7
    assert (scores["buckets"] == 24).all()
    assert months["imbalance"].max() < 1e-6
    assert scores.loc["as_planned", "naive_low"] > 0
    assert scores.loc["foresight", "rank"] == 1
    assert (scores["rank"] <= scores.loc["naive", "rank"]).all()
