"""The plan of AdventureWorks respects launches, ends of sale, the bill of materials and the work centres' hours."""

from inspect import signature

import pytest
from test_adventureworks import CYCLES, SOURCE, assembled

from conftest import ROOT, sopbench
from sopbench import demand, supply
from sopbench.cycle import open_cycle
from sopbench.params import STEPS

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(not SOURCE.is_dir(), reason=f"the AdventureWorks files are not at {SOURCE}"),
]


@pytest.fixture(scope="module", params=CYCLES)
def planned(request):
    """The tables of gather, demand and supply of a cycle."""
    cycle = open_cycle(ROOT / "params" / "adventureworks.yaml", request.param)
    params, (tables, _) = cycle.params, assembled(request.param)
    inputs = {name: tables[name] for name in demand.INPUTS}
    tables |= demand.plan(params.demand, cycle.start, params.horizon, **inputs)
    return tables | supply.plan(params.supply, **{name: tables[name] for name in supply.INPUTS})


def test_nothing_is_planned_before_its_launch_or_from_its_end_on(planned):
    rows = planned["demand_plan"].merge(planned["items"], on="item_id")
    assert len(rows)
    assert not rows.loc[rows["bucket"] >= rows["discontinue"], "consensus"].any()
    assert not rows.loc[rows["bucket"] < rows["launch"], "consensus"].any()
    made = planned["supply_plan"].merge(planned["items"], on="item_id")
    ended = made["discontinue"].notna()
    assert ended.any()
    assert not made.loc[ended & made["family"].str.endswith("Bikes"), "make"].any()
    built_in = made.loc[ended].groupby("item_id")[["make", "component_use"]].sum()
    assert (built_in.loc[built_in["make"] > 0, "component_use"] > 0).all()  # wheels, forks and headsets go on in bikes


def test_every_balance_of_the_plan_holds(planned):
    names = [name for name in signature(supply.check_balances).parameters if name != "without"]
    checks = supply.check_balances(**{name: planned[name] for name in names})
    assert checks["violation"].max() < 1e-6, checks


def test_the_plan_makes_sense(planned):
    plan, sales = planned["supply_plan"], planned["sales"]
    last = sales[sales["bucket"] >= sales["bucket"].max() - (plan["bucket"].max() - plan["bucket"].min()) / 2]
    monthly = last.groupby("bucket")["qty_ordered"].sum().mean()
    assert 0.5 * monthly < plan.groupby("bucket")["demand"].sum().mean() < 2.5 * monthly
    assert plan["shipped"].sum() > 0.95 * plan["demand"].sum()
    use = planned["capacity_plan"].groupby("resource_id")["utilisation"].mean()
    assert use["Final Assembly"] > 0.4
    assert use["Subassembly"] > 0.4
    assert use.max() < 1


@pytest.mark.long
@pytest.mark.parametrize("name", CYCLES)
def test_the_whole_cycle_runs(name, tmp_path, monkeypatch):
    done = sopbench("run", "params/adventureworks.yaml", "--cycle", name, cycles=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    monkeypatch.setenv("SOPBENCH_CYCLES", str(tmp_path))
    cycle = open_cycle(ROOT / "params" / "adventureworks.yaml", name)
    assert list(cycle.manifest()["steps"]) == sorted(STEPS)
    assert len(cycle.read("presop", "scenarios")) >= 5  # base and at least four
