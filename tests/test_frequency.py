"""A company may plan in weeks or in the periods of a fiscal calendar: every step holds what it holds in months."""

from dataclasses import dataclass

import pandas as pd
import pytest
import rebucket

import tiny
from sopbench import demand, executive, gather, monitor, presop, supply
from sopbench.contract import PlanningError, table
from sopbench.contract.buckets import buckets_a_year
from sopbench.cycle import open_cycle
from sopbench.params import Change, Executive, Gather, Monitor, Presop, Scenario, Supply
from sopbench.params.demand import Demand
from sopbench.run import cycles_to_run
from sopbench.supply.network.demand_lines import positions

METHODS = {"average": "StatsForecastPanel('WindowAverage', params={'window_size': 3})"}


@dataclass
class Planned:
    """A cycle of the tiny company re-bucketed: what was handed in, and what each step made of it."""

    frequency: str
    start: pd.Timestamp
    raw: dict[str, pd.DataFrame]
    gathered: dict[str, pd.DataFrame]
    demand: dict[str, pd.DataFrame]
    supply: dict[str, pd.DataFrame]

    @property
    def buckets(self) -> pd.Series:
        return self.gathered["calendar"]["bucket"]

    @property
    def ahead(self) -> pd.DatetimeIndex:
        return pd.DatetimeIndex(self.buckets[self.buckets >= self.start])


def planned(frequency: str, back: int = 0) -> Planned:
    """The cycle `back` buckets before the company's last one, through gather, demand and supply."""
    turn, last, horizon = {
        "week": (rebucket.weekly, rebucket.WEEK_START, 25),
        "calendar": (rebucket.fiscal, rebucket.PERIOD_START, 6),
    }[frequency]
    raw = turn(tiny.tables())
    days = raw["calendar"]["bucket"].tolist()
    start = days[days.index(last) - back]
    raw["on_hand"]["as_of"] = start
    gathered, findings = gather.assemble(raw, start, horizon, Gather(source="x"), frequency)
    assert not (findings["grade"] == "error").any()
    made = demand.plan(Demand(methods=METHODS), start, horizon, **{name: gathered[name] for name in demand.INPUTS})
    tables = gathered | made
    plan = supply.plan(Supply(), **{name: tables[name] for name in supply.INPUTS})
    return Planned(frequency, start, raw, gathered, made, plan)


@pytest.fixture(scope="module", params=["week", "calendar"])
def cycle(request) -> Planned:
    return planned(request.param)


@pytest.fixture(scope="module")
def earlier(cycle) -> Planned:
    return planned(cycle.frequency, back=1)


def test_the_calendar_holds_history_and_horizon_and_nothing_else(cycle):
    assert cycle.buckets.max() == cycle.demand["demand_plan"]["bucket"].max()
    assert cycle.buckets.min() == cycle.gathered["sales"]["bucket"].min()
    assert cycle.buckets.isin(cycle.raw["calendar"]["bucket"]).all()
    assert (cycle.buckets.diff().dropna() == pd.Timedelta(weeks=1)).all() == (cycle.frequency == "week")


def test_the_season_is_a_year_of_buckets_where_none_is_given(cycle):
    """The seasonal naive method says what was ordered a year of buckets ago."""
    season = {"week": 52, "calendar": 12}[cycle.frequency]
    said = cycle.demand["backtest"].query("method == 'seasonal_naive' and item_id == 'PUMP'")
    history = cycle.demand["history"].query("item_id == 'PUMP'").set_index("bucket")["cleaned"]
    ago = said["bucket"].map(history.shift(season))
    assert len(said)
    assert said["forecast"].tolist() == pytest.approx(ago.tolist())


def test_the_plan_keeps_every_balance(cycle):
    inputs = cycle.gathered | cycle.demand
    balance = supply.check_balances(**cycle.supply, **{name: inputs[name] for name in supply.CHECKED})
    assert balance["violation"].max() < 1e-6


def test_what_is_under_way_arrives_in_the_bucket_its_day_lies_in(cycle):
    receipts = cycle.supply["supply_plan"].query("item_id == 'KIT' and receipts > 0")
    [bucket] = receipts["bucket"]
    assert bucket == {"week": pd.Timestamp("2025-10-06"), "calendar": pd.Timestamp("2025-09-28")}[cycle.frequency]
    assert bucket <= pd.Timestamp("2025-10-10") < cycle.ahead[cycle.ahead.get_loc(bucket) + 1]


def test_the_last_day_of_a_bucket_of_five_weeks_is_still_in_it():
    periods, _ = rebucket.fiscal_periods(2024, 2026)
    ahead = periods[12:27]  # from P01 of a year to P03 of the next one, which lasts five weeks
    days = pd.Series([ahead[2] + pd.Timedelta(days=34), ahead[3], periods[27] - pd.Timedelta(days=1), periods[27]])
    assert positions(days, ahead).tolist() == [2, 3, 14, 15]


def test_presop_speaks_of_buckets_by_their_first_day(cycle):
    known = cycle.gathered | cycle.demand
    tables = {name: known[name] for name in [*supply.INPUTS, "events"]}
    first, second = (f"{day:%Y-%m-%d}" for day in cycle.ahead[:2])
    stop = Change(table="capacity", column="regular_hours", set=0.0, start=first, end=second)
    scenario = Scenario(name="stop", question="The line stops?", kind="risk", changes=[stop])
    plans = presop.solve_scenarios(
        [scenario],
        tables,
        lambda name, changed: supply.plan(
            Supply(), **{**{one: tables[one] for one in supply.INPUTS}, **changed}, scenario=name
        ),
        taken=supply.INPUTS,
    )
    stopped = plans["capacity_plan"].query("scenario == 'stop' and regular_available == 0")
    assert sorted(stopped["bucket"].unique()) == sorted(cycle.ahead[:2])
    money = presop.financial_plans([scenario], tables, plans, cycle.gathered["sales"])
    assert set(money["bucket"]) == set(cycle.ahead)
    gaps = presop.gaps(
        Presop(bottleneck_from=0.01),
        items=cycle.gathered["items"],
        budget=cycle.gathered["budget"],
        financial_plan=money,
        capacity_plan=plans["capacity_plan"],
        shortages=plans["shortages"],
    )
    full = gaps[gaps["kind"] == "bottleneck"]
    assert len(full)
    for message, bucket in zip(full["message"], full["bucket"], strict=True):
        assert f" in {bucket:%Y-%m-%d};" in message
    quarters = gaps.loc[gaps["kind"] == "budget", "message"]
    assert quarters.str.contains(r"under budget in Q[1-4] 202[56]$").all()


def test_last_year_is_the_bucket_52_weeks_before(cycle):
    prices = cycle.gathered["items"].set_index("item_id")["unit_price"]
    plan = cycle.demand["demand_plan"].assign(family="pumps", scenario="base", line="revenue")
    plan = plan[plan["item_id"] == "PUMP"].assign(value=lambda rows: rows["consensus"] * prices["PUMP"])
    plan = plan.groupby(["scenario", "family", "bucket", "line"], as_index=False)["value"].sum()
    found = executive.comparison(
        financial_plan=plan, **{name: cycle.gathered[name] for name in ("budget", "sales", "items")}
    )
    rows = found[(found["line"] == "revenue") & (found["family"] == "pumps")].set_index("bucket")
    sold = cycle.gathered["sales"].query("item_id == 'PUMP'").groupby("bucket")["revenue"].sum()
    before = sold.reindex(rows.index - pd.Timedelta(weeks=52))
    assert rows["last_year"].tolist() == pytest.approx(before.tolist())
    assert rows["budget"].notna().all()


def test_decisions_of_two_weeks_of_a_month_have_names_of_their_own(cycle):
    budget = pd.DataFrame({"family": "pumps", "bucket": cycle.ahead, "line": "revenue", "plan": 50.0, "budget": 90.0})
    budget = pd.concat([budget, budget.assign(line="units")]).assign(last_cycle=float("nan"), last_year=float("nan"))
    none = pd.DataFrame({"scenario": ["base"], "kind": "base", "question": "", "owner": ""})
    money = pd.DataFrame(
        {"scenario": "base", "family": "pumps", "bucket": cycle.ahead, "line": "revenue", "value": 5.0}
    )
    kpis = pd.DataFrame({"scenario": ["base"] * 2, "kpi": ["contribution", "service"], "value": 1.0, "unit": "money"})
    said = executive.decisions(
        Executive(), cycle.start, "base", scenarios=none, scenario_kpis=kpis,
        shortages=cycle.supply["shortages"].head(0), capacity_plan=cycle.supply["capacity_plan"], financial_plan=money,
        comparison=budget, items=cycle.gathered["items"], currency="EUR",
    )  # fmt: skip
    assert said["decision_id"].tolist() == [f"{cycle.start:%Y-%m-%d}/D01"]
    assert f"{cycle.ahead[0]:%Y-%m-%d} to {cycle.ahead[-1]:%Y-%m-%d}" in said["question"].iloc[0]


def test_the_bucket_between_two_cycles_is_measured(cycle, earlier):
    start = cycle.start
    plans = monitor.by_cycle("demand_plan", {earlier.start: earlier.demand["demand_plan"]})
    inputs = {name: cycle.gathered[name] for name in ("items", "routings", "sources", "sales", "production", "budget")}
    a_year = buckets_a_year(cycle.buckets)
    accuracy = monitor.accuracy(plans, inputs["sales"], inputs["items"], start, a_year)
    total = accuracy.query("stream == 'consensus' and level == 'total'")
    assert total["lag"].tolist() == [0]
    assert total["mase"].notna().all()
    money = pd.DataFrame({"family": "pumps", "bucket": [earlier.start], "line": "revenue", "value": [9000.0]})
    seen = {
        name: monitor.by_cycle(name, {each.start: each.gathered[name] for each in (earlier, cycle)})
        for name in ("on_hand", "receipts")
    }
    kpis = monitor.performance(
        Monitor(), start, a_year, **inputs, on_hands=seen["on_hand"], receipts=seen["receipts"],
        supply_plans=monitor.by_cycle("supply_plan", {earlier.start: earlier.supply["supply_plan"]}),
        financial_plans=monitor.by_cycle("financial_plan", {earlier.start: money.assign(scenario="base")}),
    )  # fmt: skip
    assert set(kpis["bucket"]) == {earlier.start}
    assert {"service", "stock", "turns", "revenue", "production"} <= set(kpis["kpi"])
    found = monitor.exceptions(
        Monitor(), start, "EUR", accuracy=accuracy, kpis=kpis, items=inputs["items"], silences=table("silences").empty()
    )
    assert set(found["bucket"]) <= {earlier.start}


def company(folder, frequency: str, cycle: str, **more):
    """A params file beside the re-bucketed tiny company's tables."""
    turn = {"week": rebucket.weekly, "calendar": rebucket.fiscal}[frequency]
    data = folder / "data"
    data.mkdir()
    for name, frame in turn(tiny.tables()).items():
        frame.to_csv(data / f"{name}.csv", index=False)
    said = {"company": "tiny", "cycle": cycle, "frequency": frequency, "horizon": 6} | more
    lines = [f"{name}: {value}" for name, value in said.items()]
    file = folder / "tiny.yaml"
    file.write_text("\n".join([*lines, "gather: {source: data}"]) + "\n", encoding="utf-8")
    return file


@pytest.mark.parametrize(
    ("frequency", "cycle", "names"),
    [
        ("week", "2025-09-01", ["2025-08-18", "2025-08-25", "2025-09-01"]),
        ("calendar", "2025-08-31", ["2025-06-29", "2025-07-27", "2025-08-31"]),
    ],
)
def test_past_cycles_step_back_through_the_buckets_there_are(tmp_path, frequency, cycle, names):
    file = company(tmp_path, frequency, cycle, past_cycles=2)
    assert [each.name for each in cycles_to_run(open_cycle(file))] == names


def test_more_past_cycles_than_the_calendar_has_are_refused(tmp_path):
    file = company(tmp_path, "calendar", "2025-08-31", past_cycles=99)
    with pytest.raises(PlanningError, match="35 buckets before 2025-08-31, but past_cycles is 99"):
        cycles_to_run(open_cycle(file))


def test_a_week_that_starts_on_another_day_is_refused_with_the_mondays_beside_it(tmp_path):
    file = company(tmp_path, "week", "2025-09-03")
    with pytest.raises(PlanningError, match="write it 2025-09-01 or 2025-09-08; weeks that start on another day go"):
        open_cycle(file)


def test_a_company_whose_weeks_start_on_sundays_names_them_in_its_calendar():
    days = pd.date_range("2025-06-01", periods=30, freq="W-SUN")
    raw = tiny.tables()
    raw["calendar"] = pd.DataFrame({"bucket": days, "working_days": 5.0})
    raw["sales"] = pd.DataFrame(
        {"item_id": "PUMP", "location_id": "DC", "bucket": days[:14], "qty_ordered": 10.0, "customer_id": "WEB"}
    )
    raw |= {name: raw[name].head(0) for name in ("production", "budget", "capacity", "routings", "resources")}
    tables, _ = gather.assemble(raw, days[14], 12, Gather(source="x"), "calendar")
    assert tables["calendar"]["bucket"].tolist() == days[:26].tolist()
    assert buckets_a_year(tables["calendar"]["bucket"]) == 52
