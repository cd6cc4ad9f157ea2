"""A plan played: itself where nothing differs, and by hand where a line stops, a supplier is late, demand differs."""

import numpy as np
import pytest
from tiny_risk import laid, solved

from sopbench.contract import checked, table
from sopbench.params.risk import Risk
from sopbench.presop.risk import as_planned, draw_paths, play

COLUMNS = ("shipped", "backlog", "lost", "written_off", "stock")


def at(plan, item: str, location: str) -> int:
    found = (plan.nodes["item_id"] == item) & (plan.nodes["location_id"] == location)
    return int(np.flatnonzero(found)[0])


@pytest.mark.parametrize("plan_stands", [0, 3, 99])
def test_the_plan_comes_out_where_nothing_differs_from_it(plan_stands):
    plan = laid()
    played = play(plan, as_planned(plan, 2), plan_stands)
    for name in COLUMNS:
        assert np.abs(getattr(played, name) - plan.supply[name].T[:, :, None]).max() < 1e-9, name
    assert np.abs(played.load[:, :, 0].T - plan.load).max() < 1e-9


def test_a_line_that_stops_for_half_a_month_makes_less_and_catches_up_where_it_has_hours():
    plan = laid()
    paths = as_planned(plan)
    paths.hours_lost[0] = 0.5  # 60 of 120 hours are left of the 100 needed
    played = play(plan, paths)
    assert played.load[:, 0, 0].tolist() == pytest.approx([60, 120, 120, 120, 0, 0])
    shelf = played.stock[:, at(plan, "PUMP", "DC"), 0]
    assert shelf[2] == pytest.approx(0)  # 60 instead of 90 could be sent on in October
    assert played.late[:3].sum() == pytest.approx(0)


def test_what_a_source_cannot_give_at_once_it_still_owes():
    tables, _ = solved()
    least = tables["sources"]["method"].eq("make").map({True: 100.0, False: np.nan})
    plan = laid(sources=checked(tables["sources"].assign(qty_max=least), table("sources")))
    paths = as_planned(plan)
    paths.hours_lost[0] = 0.5
    load = play(plan, paths).load[:, 0, 0]  # 60, then what was planned or 100, until all 420 are made
    assert load.tolist() == pytest.approx([60, 120, 100, 100, 40, 0])


def test_a_late_order_makes_customers_wait_and_a_missing_part_cuts_production_in_proportion():
    plan = laid()
    paths = as_planned(plan)
    paths.late_chance[:], paths.late_buckets[:] = 0.5, 1
    paths.lateness[0] = 1.0  # what is ordered in September comes a month late
    played = play(plan, paths)
    kit = at(plan, "KIT", "DC")
    assert played.shipped[:, kit, 0].tolist() == pytest.approx([50, 45, 25, 65, 45, 45])
    assert played.late[:, kit, 0].tolist() == pytest.approx([0, 0, 20, 0, 0, 0])
    assert played.load[1, 0, 0] == pytest.approx(25)  # 50 SEALs are left for 25 of 120 PUMPs


def test_a_source_that_says_how_its_lead_time_deviates_is_late_by_that():
    tables, _ = solved()
    deviation = tables["sources"]["origin_id"].eq("ACME").map({True: 2.0, False: np.nan})
    plan = laid(sources=checked(tables["sources"].assign(lead_time_deviation=deviation), table("sources")))
    paths = as_planned(plan, 3)
    paths.lateness[0] = [-1.0, 0.1, 1.0]
    bought = np.flatnonzero(plan.edges["supplier"] >= 0)
    late = paths.late(0, plan.edges["supplier"].to_numpy()[bought], plan.edges["deviation"].to_numpy()[bought])
    assert (late == [0, 0, 2]).all()


def test_stock_and_backlog_balance_on_every_path_and_hours_are_never_exceeded():
    plan = laid()
    tables, _ = solved()
    paths = draw_paths(Risk(paths=50, outage_chance=0.3, late_chance=0.3), plan, tables["demand_plan"], tables["items"])
    played = play(plan, paths, 2)
    owed = np.concatenate([np.repeat(plan.overdue[None, :, None], 50, axis=2), played.backlog])
    assert np.abs(np.diff(owed, axis=0) - paths.demand + played.shipped + played.lost).max() < 1e-9
    kit = at(plan, "KIT", "DC")
    before = np.concatenate([np.full((1, 50), plan.opening[kit]), played.stock[:, kit]])
    came = np.diff(before, axis=0) + played.shipped[:, kit]
    assert came.min() > -1e-9
    assert came.sum(axis=0).max() <= plan.planned.sum() + plan.supply["receipts"].sum() + 1e-9
    there = plan.hours_there.T[:, :, None] * (1 - paths.hours_lost)
    assert (played.load <= there * (1 + 1e-8)).all()
    assert min(played.stock.min(), played.backlog.min(), played.shipped.min()) >= 0


def test_nobody_reacts_while_the_plan_stands_and_orders_follow_sales_after_that():
    plan = laid()
    kit = at(plan, "KIT", "DC")
    paths = as_planned(plan)
    paths.demand[:, kit] *= 0.5
    stands, follows = play(plan, paths, 99), play(plan, paths, 1)
    assert stands.stock[-1, kit, 0] == pytest.approx(plan.supply["stock"][kit, -1] + 0.5 * 6 * 45)
    assert follows.stock[-1, kit, 0] < stands.stock[-1, kit, 0] - 45
    paths.demand[:, kit] *= 2.4
    stands, follows = play(plan, paths, 99), play(plan, paths, 1)
    assert follows.late[:, kit].sum() < stands.late[:, kit].sum()


def test_what_a_policy_lets_nobody_wait_for_is_lost():
    tables, _ = solved()
    policies = tables["policies"].assign(backlog_max=5.0)
    plan = laid(policies=checked(policies, table("policies")))
    paths = as_planned(plan)
    kit = at(plan, "KIT", "DC")
    paths.demand[2, kit] += 100
    played = play(plan, paths)
    assert played.backlog[2, kit, 0] == pytest.approx(5)
    assert played.lost[2, kit, 0] == pytest.approx(100 - 20 - 5)  # 20 were on the shelf
