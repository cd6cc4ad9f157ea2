"""An override that is wrong on purpose, planned and measured from end to end, shows up as value destroyed."""

import pandas as pd
import pytest

import tiny
from sopbench import demand
from sopbench.contract import checked, table
from sopbench.monitor import by_cycle, override_value, value_added
from sopbench.params.demand import Demand

CYCLES = pd.DatetimeIndex(["2025-06-01", "2025-07-01", "2025-08-01"])
HOPE = {"kind": "percent", "value": 0.4, "start": CYCLES[0], "end": tiny.START, "owner": "Bob", "reason": "hope"}
FAIR = {"kind": "percent", "value": 0.4, "start": tiny.START, "end": tiny.START, "owner": "Ada", "reason": "fair"}


@pytest.fixture(scope="module")
def planned():
    """Three cycles of the tiny company, and the one after them, with Bob's override in force in all."""
    given = tiny.tables()
    rows = [{"override_id": "O-1", "location_id": "DC", **HOPE}, {"override_id": "O-2", "item_id": "KIT", **FAIR}]
    given["overrides"] = checked(pd.DataFrame(rows), table("overrides"))

    def plan(start):
        known = {**given, "sales": given["sales"][given["sales"]["bucket"] < start]}
        return demand.plan(Demand(methods={}), start, 4, **{name: known[name] for name in demand.INPUTS})

    return given, {start: plan(start) for start in [*CYCLES, tiny.START]}


def test_it_has_negative_value_added_and_is_to_be_dropped(planned):
    given, plans = planned
    plans_, moved = (
        by_cycle(name, {start: plans[start][name] for start in CYCLES}) for name in ("demand_plan", "override_effects")
    )
    steps = value_added(plans_, plans_, moved, given["sales"], given["items"], tiny.START)
    steps = steps[(steps["level"] == "total") & (steps["lag"] == 0)].set_index("step")
    assert steps.loc["consensus", "added"] < -0.2 and steps.loc["executive", "added"] == 0.0
    now = plans[tiny.START]["override_effects"]
    found = override_value(moved, now, given["sales"], given["items"], tiny.START).set_index(["level", "key"])
    bad = found.loc[("override", "O-1")]
    assert (bad["advice"], bad["in_force"], bad["observations"]) == ("drop", True, 6)  # two items in three months
    assert found.loc[("owner", "Bob"), "added_value"] == bad["added_value"] < 0
    assert found.loc[("override", "O-2"), ["advice", "in_force"]].tolist() == ["too early", True]


def test_effects_of_a_plan_lead_from_the_streams_to_the_consensus(planned):
    _, plans = planned
    made = plans[tiny.START]
    keys = ["item_id", "location_id", "customer_id", "bucket"]
    plan = made["demand_plan"].set_index(keys)
    chain = made["override_effects"].sort_values("position").groupby(keys)
    first, last = chain["before"].first(), chain["after"].last()
    assert first.to_numpy() == pytest.approx(plan.loc[first.index, "statistical"].to_numpy())
    assert (last == plan.loc[last.index, "consensus"]).all()
    kits = first.index.get_level_values("item_id") == "KIT"
    assert (last / first)[kits].to_numpy() == pytest.approx(1.4 * 1.4)
    assert (plan["consensus"] == plan["statistical"])[~plan.index.isin(first.index)].all()
    conflict = made["override_conflicts"]
    assert conflict.empty  # both raise it: that they pile up is no conflict
