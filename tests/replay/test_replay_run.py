"""The replay as a whole, on a tiny company: no leak, balances, resumed, the bounds as they should be."""

from __future__ import annotations

import shutil

import pandas as pd
import pytest
from past_company import PLAIN, company

import tiny
from sopbench.contract import PlanningError, table
from sopbench.params import Supply
from sopbench.replay import replay
from sopbench.replay.history import foreseen, true_orders
from sopbench.replay.money import month_row, yardstick
from sopbench.replay.step import plan_bucket
from sopbench.replay.world import NODE, SOURCE, State, imbalance, live

ASKED = {"months": 3, "warm_up": 1, "horizon": 5, "jobs": 1}

SAID_IN_JULY = {
    "override_id": "O", "item_id": "PUMP", "start": "2025-04-01", "end": "2025-12-01", "kind": "percent", "value": 5.0,
    "owner": "X", "reason": "a campaign", "as_of": "2025-06-15",
}  # fmt: skip


@pytest.fixture(scope="module")
def replayed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("replayed")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOPBENCH_CYCLES", str(folder / "cycles"))
        cycle = company(folder, overrides=pd.DataFrame([SAID_IN_JULY]))
        return cycle, replay(cycle, [PLAIN], **ASKED | {"jobs": 2})


def planned(cycle, name: str) -> dict[str, pd.DataFrame]:
    """What a candidate planned in each bucket, as kept."""
    folders = sorted(cycle.folder.parent.glob(f"replay/*/lived/{name}-*/*"))
    return {folder.name: pd.read_parquet(folder / "sourcing_plan.parquet") for folder in folders}


def test_every_candidate_and_both_bounds_live_through_the_same_buckets_with_the_same_orders(replayed):
    _, found = replayed
    months = found["replay_months"]
    assert set(months["candidate"]) == {"plain", "naive", "foresight"}
    assert months.groupby("candidate")["scored"].sum().tolist() == [3, 3, 3]
    wanted = months.pivot_table(index="bucket", columns="candidate", values="demand")
    assert wanted.eq(wanted["plain"], axis=0).all(axis=None)


def test_stock_backlog_and_cash_balance_in_every_bucket(replayed):
    assert replayed[1]["replay_months"]["imbalance"].max() < 1e-6


def test_units_of_all_buckets_together_balance_too(replayed):
    months = replayed[1]["replay_months"].sort_values("bucket")
    total = months.groupby("candidate").agg({"demand": "sum", "shipped": "sum", "lost": "sum", "backlog": "last"})
    assert (total["demand"] - total["shipped"] - total["lost"] - total["backlog"]).abs().max() < 1e-6
    cash = months.groupby("candidate").agg({"revenue": "sum", "spent": "sum", "cash": "last"})
    assert (cash["revenue"] - cash["spent"] - cash["cash"]).abs().max() < 1e-6


def test_margin_and_cost_add_up_from_their_lines(replayed):
    rows = replayed[1]["replay_months"]
    paid = rows[["production", "purchase", "subcontracting", "transport", "hours"]].sum(axis=1)
    assert (paid - rows["spent"]).abs().max() < 1e-6
    earned = rows["revenue"] - rows["spent"] + rows["stock_growth"] - rows["holding"] - rows["late"]
    assert (earned - rows["margin"]).abs().max() < 1e-6


def test_foresight_has_no_forecast_error_and_no_policy_earns_more(replayed):
    scores = replayed[1]["replay_scores"].set_index("candidate")
    assert scores.loc["foresight", "wape"] == 0.0
    assert scores.loc["foresight", "rank"] == 1


def test_what_happens_later_changes_no_plan_made_before(replayed, tmp_path, monkeypatch):
    monkeypatch.setenv("SOPBENCH_CYCLES", str(tmp_path / "cycles"))
    sales = tiny.tables()["sales"]
    later = sales["bucket"] >= "2025-07-01"
    wild = {name: sales[name].where(~later, sales[name] * 9 + 40) for name in ("qty_ordered", "qty_shipped")}
    other = company(tmp_path / "other", sales=sales.assign(**wild))  # nor does anyone say anything there
    replay(other, [PLAIN], **ASKED)
    for name in ("plain", "naive"):
        one, two = planned(replayed[0], name), planned(other, name)
        for bucket in ("2025-05-01", "2025-06-01"):
            pd.testing.assert_frame_equal(one[bucket], two[bucket])
        assert not one["2025-08-01"].equals(two["2025-08-01"])


def test_what_was_said_later_is_not_known_before(replayed):
    said = {
        bucket: any(
            pd.read_parquet(path)["override"].notna().any()
            for path in replayed[0].folder.parent.glob(f"replay/*/forecasts/*/{bucket}/demand_plan.parquet")
        )
        for bucket in ("2025-06-01", "2025-07-01")
    }
    assert said == {"2025-06-01": False, "2025-07-01": True}


def test_what_was_replayed_is_not_replayed_again_and_one_process_finds_what_two_did(replayed, monkeypatch):
    cycle, first = replayed
    [folder] = cycle.folder.parent.glob("replay/*/lived/plain-*")
    shutil.rmtree(folder / "2025-08-01")
    times = []
    monkeypatch.setenv("SOPBENCH_CYCLES", str(cycle.folder.parents[1]))
    monkeypatch.setattr("sopbench.replay.run.plan_bucket", lambda *said: times.append(said) or plan_bucket(*said))
    again = replay(cycle, [PLAIN], **ASKED)
    assert len(times) == 1
    for name, frame in first.items():
        pd.testing.assert_frame_equal(again[name], frame)


def test_a_history_too_short_is_told_with_what_can_be_replayed(tmp_path):
    with pytest.raises(PlanningError, match="replay at most 32, with"):
        replay(company(tmp_path), [PLAIN], months=40)


def test_with_foresight_and_no_lead_time_the_realised_cost_is_that_of_the_one_best_plan():
    """Planned anew in every bucket with what is left, the best plan stays the best (Bellman): the costs are equal."""
    tables = tiny.tables() | {name: table(name).empty() for name in ("receipts", "open_orders", "policies")}
    tables["sources"] = tables["sources"].assign(lead_time=0)
    tables["customers"] = tables["customers"].assign(priority=1.0)
    tables["capacity"] = tables["capacity"].assign(regular_hours=[15, 15, 110, 110, 110, 110], overtime_hours=12.0)
    tables["on_hand"] = tables["on_hand"].assign(qty=tables["on_hand"]["qty"] * 0.3)
    settings = Supply(safety_stock_price=0.0, backlog_share=0.04)
    orders = true_orders(tiny.demand_plan().rename(columns={"consensus": "qty_ordered"}))
    by = yardstick(settings, tables, foreseen(orders, tiny.BUCKETS))
    prices = pd.Series(dtype=float, index=pd.MultiIndex.from_arrays([[], [], []], names=[*NODE, "customer_id"]))
    coming = pd.DataFrame(columns=[*SOURCE, "due", "qty", "cost"]).astype({"due": "datetime64[ns]", "qty": float})
    state = State(tables["on_hand"][[*NODE, "qty"]], coming.astype({"cost": float}), orders.iloc[:0, [0, 1, 2, 4]])
    total, objective = 0.0, None
    ends = [*tiny.BUCKETS[1:], pd.Timestamp("2026-03-01")]
    for start, after in zip(tiny.BUCKETS, ends, strict=True):
        demand = {"demand_plan": foreseen(orders, tiny.BUCKETS[start <= tiny.BUCKETS]), "lead_time_demand": None}
        decided, _ = plan_bucket(settings, tables, demand, state, start, [], None, True)
        if objective is None:
            objective = best_cost(settings, tables, demand)
        now = orders[orders["bucket"] == start].drop(columns="bucket")
        lived = live(state, decided, now, prices, tables, start, after)
        assert imbalance(state, lived) < 1e-6
        row = month_row(state, lived, by)
        total += row["spent"] + row["holding"] + row["late"] + row["lost_sales"]
        state = lived.state
    assert total == pytest.approx(objective, rel=1e-6)
    assert total > 0


def best_cost(settings: Supply, tables: dict, demand: dict) -> float:
    """The objective of the plan of all buckets at once; a unit owed at the end would be lost in it as well."""
    from sopbench import supply

    given = {name: (tables | demand).get(name) for name in supply.INPUTS}
    settings = settings.model_copy(update={"without": ["stock_targets"]})
    plan = supply.plan(settings, **given)
    assert plan["supply_plan"]["backlog"].max() > 0  # the case is one in which customers have to wait
    last = plan["supply_plan"]["bucket"].max()
    assert plan["supply_plan"].loc[plan["supply_plan"]["bucket"] == last, "backlog"].sum() < 1e-6
    return float(plan["solution"]["objective"].iloc[0])
