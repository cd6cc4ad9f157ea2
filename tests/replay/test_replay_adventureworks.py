"""AdventureWorks is replayed over a launch of a hundred items, which nobody knew of the month before."""

import pandas as pd
import pytest
from test_adventureworks import SOURCE

from conftest import ROOT
from sopbench.cycle import open_cycle
from sopbench.replay import replay

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(not SOURCE.is_dir(), reason=f"the AdventureWorks files are not at {SOURCE}"),
]


def test_foresight_plans_for_nothing_that_was_not_yet_known():
    cycle = open_cycle(ROOT / "params" / "adventureworks.yaml", "2013-07")
    found = replay(cycle, candidates=[], months=2, warm_up=1, horizon=3)
    months = found["replay_months"].set_index(["candidate", "bucket"])
    assert months["imbalance"].max() < 1e-6
    assert months.loc[("foresight", pd.Timestamp("2013-06-01")), "shipped"] > 0
