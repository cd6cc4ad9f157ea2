"""The rows of the scoreboard: what is on target and what is not, counted by hand."""

import pandas as pd
import pytest

from sopbench.contract import checked, table
from sopbench.params import Monitor
from sopbench.views.monitor_scores import in_words, scores

JUL, AUG, SEP = pd.date_range("2025-07-01", periods=3, freq="MS")
LIMITS = Monitor(wape_target=0.25, bias_limit=0.08, stock_limit=0.2)


def accuracy(*rows: tuple) -> pd.DataFrame:
    """Rows of lag, wape, bias and naive wape of the consensus over everything."""
    frame = pd.DataFrame(rows, columns=["lag", "wape", "bias", "wape_naive"])
    same = {"stream": "consensus", "level": "total", "key": "all", "observations": 9, "stockouts": 0}
    same |= {"demand_value": 100.0, "over_value": 0.0, "under_value": 0.0}
    same |= {"mase": 1.0, "rmsse": 1.0, "tracking_signal": 0.0}
    return checked(frame.assign(**same), table("accuracy"))


def kpis(*rows: tuple) -> pd.DataFrame:
    """Rows of kpi, bucket, value and target over everything."""
    frame = pd.DataFrame(rows, columns=["kpi", "bucket", "value", "target"])
    return checked(frame.assign(level="total", key="all"), table("kpis"))


def registers(overdue: int = 0, in_time: int = 0) -> pd.DataFrame:
    count = overdue + in_time
    if not count:
        return table("registers").empty()
    said = {"entry_id": range(1, count + 1), "cycle": "2025-09", "carried": False, "kind": "action"}
    said |= {"text": "do it", "owner": "Ada", "due": SEP, "overdue": [True] * overdue + [False] * in_time}
    return checked(pd.DataFrame(said).assign(status="open", outcome="", scenario=""), table("registers"))


def scored(accuracies=None, kpis=None, nervousness=None, registers=None):
    """The measures by name."""
    none = {name: table(name).empty() for name in ("kpis", "registers")}
    found = scores(
        accuracies or {},
        none["kpis"] if kpis is None else kpis,
        pd.Series(nervousness or {}, dtype="float64"),
        none["registers"] if registers is None else registers,
        LIMITS,
        "EUR",
    )
    return {each.name.partition(",")[0] + each.name[-14:] * ("error" in each.name): each for each in found}


def test_error_bias_and_value_added_come_from_the_consensus_of_every_cycle():
    found = scored({AUG: accuracy((0, 0.20, 0.02, 0.30)), SEP: accuracy((0, 0.26, -0.09, 0.30), (2, 0.1, 0.0, 0.4))})
    error = found["Forecast error 1 month ahead"]
    assert (error.values, error.now, error.before) == ((0.20, 0.26), "26.0%", "20.0%")
    assert (error.target, error.side) == ("≤ 25.0%", "short")
    assert (found["Bias"].now, found["Bias"].side) == ("−9.0%", "short")
    assert (found["Value added"].now, found["Value added"].before) == ("+4.0 points", "+10.0 points")
    assert found["Value added"].side == "good"
    further = next(each for name, each in found.items() if name.endswith("3 months ahead"))
    assert (further.now, further.target, further.side) == ("10.0%", "", "")


@pytest.mark.parametrize(("value", "side"), [(0.95, "good"), (0.949, "short")])
def test_a_share_on_its_target_is_on_target(value, side):
    found = scored(kpis=kpis(("attainment", AUG, value, 0.95), ("attainment", JUL, 0.5, 0.95)))["Attainment"]
    assert (found.side, found.target, found.before) == (side, "≥ 95.0%", "50.0%")


@pytest.mark.parametrize(("stock", "side"), [(120.0, "good"), (121.0, "short"), (79.0, "short")])
def test_stock_is_on_target_within_its_limit_on_either_side(stock, side):
    assert scored(kpis=kpis(("stock", AUG, stock, 100.0)))["Stock"].side == side


def test_cover_is_the_months_that_stock_lasts_at_these_turns():
    found = scored(kpis=kpis(("turns", AUG, 6.0, 4.0)))
    assert (found["Stock turns"].now, found["Stock turns"].target) == ("6.0", "plan 4.0")
    cover = found["Stock cover"]
    assert (cover.now, cover.target) == ("2.0 months", "plan 3.0 months")
    assert cover.side == found["Stock turns"].side == "short"


def test_nervousness_is_told_by_cycle_and_has_no_target():
    found = scored(nervousness={JUL: None, AUG: 0.4, SEP: 0.3})["Nervousness"]
    assert (found.values, found.now, found.side) == ((0.4, 0.3), "30.0%", "")


def test_an_overdue_action_is_off_target():
    found = scored(registers=registers(overdue=2, in_time=1))["Registers"]
    assert (found.name, found.now, found.side) == ("Registers, 3 open", "2 overdue", "short")
    assert scored(registers=registers(in_time=1))["Registers"].side == "good"


def test_what_is_not_measured_has_no_row():
    assert list(scored()) == ["Registers"]


def test_the_sentence_names_what_is_off_target():
    found = scored(kpis=kpis(("service", AUG, 0.9, 0.97), ("attainment", AUG, 0.99, 0.95)))
    assert in_words(list(found.values())) == "2 of 3 measures are on target; off: Service"
    assert in_words([found["Attainment"]]) == "Every measure with a target is on it"
