"""Learning settings from the past: what is surely better is found, its money is out of sample, nothing looks ahead."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import yaml
from past_company import QUICK, company

import tiny
from sopbench.contract import PlanningError, checked, table
from sopbench.params import Params
from sopbench.replay.choosing import NOW, TOGETHER, choices, learned_table, origins, refuse_too_few
from sopbench.replay.learn import learn, proposal
from sopbench.replay.parameters import DEFAULT_VALUES, Parameter, candidate, load_values, parameters, streams_heard
from sopbench.replay.step import plan_bucket

ASKED = {"months": 8, "measured": 5, "warm_up": 0, "horizon": 3, "choose_every": 2, "jobs": 1}
FACTORS = {"supply.safety_factor": (0.0, 1.0)}
SETTINGS = QUICK + "supply:\n  service_level: 0.95   # as ever\n"

BUCKETS = pd.date_range("2024-01-01", periods=8, freq="MS")


def sales() -> pd.DataFrame:
    """The tiny company's sales with the same number of kits ordered in every bucket."""
    rows = tiny.tables()["sales"]
    units = rows["customer_id"].map({"SHOP": 30.0, "WEB": 15.0}).where(rows["item_id"] == "KIT", rows["qty_ordered"])
    return rows.assign(qty_ordered=units, qty_shipped=units)


def hoarder(folder, sold=None):
    """A company that holds kits it never needs, at 2 a month each, beside pumps that it does need."""
    tables, sold = tiny.tables(), sales() if sold is None else sold
    policies = tables["policies"].assign(safety_stock=[30.0, 60.0], holding_cost=[0.8, 2.0])
    sources = tables["sources"].assign(lead_time=[1, 1, 0, 1])
    return company(folder, SETTINGS, policies=policies, sources=sources, sales=sold)


@pytest.fixture(scope="module")
def learned(tmp_path_factory):
    folder = tmp_path_factory.mktemp("learned")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOPBENCH_CYCLES", str(folder / "cycles"))
        cycle = hoarder(folder)
        return cycle, learn(cycle, values=FACTORS, by_family=True, **ASKED)


def rows(found) -> pd.DataFrame:
    return found["replay_learned"].set_index("parameter")


@pytest.mark.long
def test_a_factor_that_is_surely_better_is_found_and_earns_money_out_of_sample(learned):
    kits = rows(learned[1]).loc["supply.safety_factor.kits"]
    assert (kits["now"], kits["best"], kits["buckets"]) == ("1", "0", 5)
    assert 0 < kits["low"] <= kits["difference"] <= kits["high"]
    assert kits["proposed"]


@pytest.mark.long
def test_what_does_not_earn_more_than_luck_is_kept_as_it_is(learned):
    pumps = rows(learned[1]).loc["supply.safety_factor.pumps"]
    assert not pumps["proposed"]
    assert pumps["reason"].endswith(("keep it", "keep what you have"))


@pytest.mark.long
def test_the_money_out_of_sample_is_that_of_the_learner_in_buckets_no_choice_knew(learned):
    months = learned[1]["replay_months"]
    margin = months[months["scored"]].pivot_table(index="bucket", columns="candidate", values="margin")
    for name in ("supply.safety_factor.kits", TOGETHER):
        gap = margin[name] - margin[NOW]
        assert (gap.iloc[:3] == 0).all()
        assert rows(learned[1]).loc[name, "difference"] == pytest.approx(gap.iloc[3:].mean())
    made = learned[1]["replay_choices"]
    assert made["chosen_on"].tolist() == [3, 5, 7, 8] * 2
    assert made["bucket"].dt.strftime("%Y-%m").tolist() == ["2025-04", "2025-06", "2025-08", "2025-09"] * 2
    assert months["imbalance"].max() < 1e-6


@pytest.mark.long
@pytest.mark.long
def test_no_choice_uses_anything_of_the_buckets_it_is_measured_on(learned, tmp_path, monkeypatch):
    monkeypatch.setenv("SOPBENCH_CYCLES", str(tmp_path / "cycles"))
    known = sales()
    later = known["bucket"] >= "2025-06-01"
    wild = {name: known[name].where(~later, known[name] * 9 + 40) for name in ("qty_ordered", "qty_shipped")}
    other = learn(hoarder(tmp_path / "other", known.assign(**wild)), values=FACTORS, by_family=True, **ASKED)
    one, two = (found["replay_choices"] for found in (learned[1], other))
    before = one["bucket"] <= "2025-06-01"
    pd.testing.assert_frame_equal(one[before], two[before])
    assert not one[~before].equals(two[~before])


@pytest.mark.long
def test_the_proposal_changes_the_one_line_and_keeps_comments_and_is_written_only_when_asked(learned):
    cycle, found = learned
    before = cycle.params_file.read_text(encoding="utf-8")
    said = proposal(cycle, found["replay_learned"])
    assert "Nothing is written yet" in said and "+    kits: 0   # learned: " in said
    assert [line for line in said.splitlines() if line.startswith("-") and "---" not in line] == []
    assert cycle.params_file.read_text(encoding="utf-8") == before
    try:
        proposal(cycle, found["replay_learned"], write=True)
        text = cycle.params_file.read_text(encoding="utf-8")
        assert yaml.safe_load(text)["supply"] == {"service_level": 0.95, "safety_factor": {"kits": 0}}
        assert "service_level: 0.95   # as ever" in text
    finally:
        cycle.params_file.write_text(before, encoding="utf-8")


@pytest.mark.long
def test_one_family_s_factor_beside_one_for_all_leaves_the_other_families_theirs(learned, tmp_path, monkeypatch):
    monkeypatch.setenv("SOPBENCH_CYCLES", str(tmp_path / "cycles"))
    cycle = company(tmp_path, SETTINGS + "  safety_factor: 0.8\n")
    told = learned[1]["replay_learned"].assign(now="0.8")
    proposal(cycle, told, write=True)
    said = yaml.safe_load(cycle.params_file.read_text(encoding="utf-8"))
    assert said["supply"]["safety_factor"] == {"kits": 0, "pumps": 0.8}


@pytest.mark.long
def test_where_nothing_is_proposed_the_file_stays(learned):
    told = learned[1]["replay_learned"].assign(proposed=False)
    assert proposal(learned[0], told, write=True) == "Nothing is proposed: keep what you have."


@pytest.mark.long
def test_what_was_learned_is_not_replayed_again_and_stock_rules_share_one_forecast(learned, monkeypatch):
    cycle, first = learned
    monkeypatch.setenv("SOPBENCH_CYCLES", str(cycle.folder.parents[1]))
    planned = []
    monkeypatch.setattr("sopbench.replay.run.plan_bucket", lambda *said: planned.append(said) or plan_bucket(*said))
    again = learn(cycle, values=FACTORS, by_family=True, **ASKED)
    assert planned == []
    for name, frame in first.items():
        pd.testing.assert_frame_equal(again[name], frame)
    assert len(list(cycle.folder.parent.glob("replay/*/forecasts/*"))) == 1


def margin_of(**ways: list[float]) -> pd.DataFrame:
    return pd.DataFrame(ways, index=BUCKETS[: len(next(iter(ways.values())))]).rename(columns={"now": NOW})


ONE = Parameter(("supply", "safety_factor"), 1.0, (0.5, 2.0))


def test_at_each_origin_the_value_that_earned_most_before_it_is_chosen_and_equals_leave_what_is():
    margin = margin_of(now=[5, 5, 5, 5]).assign(**{ONE.way(0.5): [9, 5, 5, 0], ONE.way(2.0): [0, 5, 20, 5]})
    found = choices(margin, [ONE], list(BUCKETS[[1, 3]]))
    assert found["value"].tolist() == ["0.5", "2"]
    assert found["gained"].tolist() == [4.0, pytest.approx(10 / 3, abs=0.01)]
    alike = choices(margin.assign(**{ONE.way(0.5): 5, ONE.way(2.0): 5}), [ONE], [BUCKETS[3]])
    assert (alike["value"].item(), alike["gained"].item()) == ("1", 0.0)


@pytest.mark.parametrize(
    ("gap", "proposed", "reason"),
    [
        ([3.0, 3.1, 2.9, 3.0], True, "more than luck"),
        ([9.0, -8.0, 7.0, -6.0], False, "may be luck"),
        ([-3.0, -3.1, -2.9, -3.0], False, "lost money"),
    ],
)
def test_a_value_is_proposed_where_the_interval_excludes_nothing_and_only_there(gap, proposed, reason):
    margin = margin_of(now=[5.0] * 8).assign(
        **{ONE.way(0.5): 6.0, ONE.way(2.0): 4.0, ONE.name: [5.0] * 4 + [5 + x for x in gap]}
    )
    chosen = choices(margin, [ONE], [BUCKETS[4], BUCKETS[6], BUCKETS[7] + pd.DateOffset(months=1)])
    row = learned_table(margin, chosen, [ONE], 4).iloc[0]
    assert (row["best"], row["seen"], row["proposed"]) == ("0.5", 1.0, proposed)
    assert row["difference"] == pytest.approx(np.mean(gap))
    assert reason in row["reason"]


def test_there_are_buckets_to_choose_on_and_buckets_to_measure():
    assert origins(BUCKETS, 4, 3) == [BUCKETS[4], BUCKETS[7]]
    with pytest.raises(PlanningError, match="measure 3 to 5"):
        refuse_too_few(8, 6)
    with pytest.raises(PlanningError, match="at least 6, with --months"):
        refuse_too_few(4, 2)


def params(**sections) -> Params:
    return Params.model_validate({"company": "x", "cycle": "2025-09", "gather": {"source": "x"}, **sections})


def heard(count: int, streams=("sales", "marketing")) -> pd.DataFrame:
    said = [(name, start) for name in streams for start in BUCKETS[:count]]
    return pd.DataFrame(said, columns=["stream", "start"]).astype({"start": "datetime64[ns]"})


def asked(of: Params, heard_in: pd.DataFrame, names=tuple(DEFAULT_VALUES), by_family=False, **changed):
    tried = {name: DEFAULT_VALUES[name] for name in names}
    found = parameters(of, tiny.tables() | changed, heard_in, BUCKETS[4], tried, by_family)
    return {each.name: each for each in found}


def test_without_past_streams_their_weights_are_not_learned_and_it_says_so():
    nobody = asked(params(), heard(0))["demand.stream_weights"]
    assert nobody.values == () and "no past streams to learn from" in nobody.silent
    late = asked(params(), heard(8).query("start >= '2024-04-01'"))["demand.stream_weights"]
    assert late.values == () and "marketing and sales spoke in 5 buckets, 1 of them before 2024-05" in late.silent


def test_past_streams_share_what_people_have_as_they_do_now():
    now = {"statistical": 0.7, "sales": 0.2, "marketing": 0.1}
    of = params(demand={"stream_weights": "measured", "prior_weights": now})
    found = asked(of, heard(6))["demand.prior_weights"]
    assert found.now == now
    assert found.values[1:3] == (
        {"statistical": 0.8, "marketing": 0.067, "sales": 0.133},
        {"statistical": 0.6, "marketing": 0.133, "sales": 0.267},
    )
    assert candidate([(found, found.values[0])]).demand_settings(of).prior_weights["sales"] == 0.0


def test_only_a_stream_that_speaks_of_what_is_to_come_is_heard():
    said = {"stream": ["sales", "finance"], "item_id": "PUMP", "bucket": [BUCKETS[3], BUCKETS[1]], "qty": 1.0}
    forecasts = checked(pd.DataFrame(said), table("forecasts"))
    assert streams_heard(forecasts, BUCKETS[2])["stream"].tolist() == ["sales"]


def test_a_service_level_that_no_place_goes_by_is_not_tried():
    found = asked(params(), heard(0))
    assert found["supply.service_level"].values == () and "rules nowhere" in found["supply.service_level"].silent
    bare = tiny.tables()["policies"].assign(safety_stock=np.nan)
    assert asked(params(), heard(0), policies=bare)["supply.service_level"].values == (0.9, 0.98, 0.99)


def test_a_family_s_factor_leaves_the_others_as_they_stand():
    of = params(supply={"safety_factor": 0.8})
    found = asked(of, heard(0), by_family=True)
    kits, pumps = found["supply.safety_factor.kits"], found["supply.safety_factor.pumps"]
    said = candidate([(kits, 0.5)]).supply_settings(of).safety_factor
    assert said == {"kits": 0.5, "pumps": 0.8}
    assert candidate([(kits, 0.5), (pumps, 1.5)]).supply_settings(of).safety_factor == {"kits": 0.5, "pumps": 1.5}


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ("supply.gapp: [1]", "no setting that can be learned"),
        ("supply.strategy: [level]", "no setting that can be learned"),
        ("supply.safety_factor: [-1]", "greater than or equal to 0"),
        ("demand.stream_weights: [1.0]", "the statistical forecast must have some"),
        ("supply.gap: 3", "list of numbers"),
        ("- a", "names no setting"),
        ("a: [", "cannot be read"),
    ],
)
def test_values_that_cannot_be_tried_are_told_before_anything_is_replayed(tmp_path, said, message):
    (tmp_path / "values.yaml").write_text(said, encoding="utf-8")
    with pytest.raises(PlanningError, match=message):
        load_values(tmp_path / "values.yaml", params())
