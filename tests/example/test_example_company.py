"""Brewline is what it says it is: its size, its money, its seasons, and what its data hides."""

import numpy as np
import pandas as pd
import pytest

from sopbench.contract import INPUT_TABLES, TABLES, PlanningError, conform
from sopbench.example import TRUTH, generate
from sopbench.example.months import SNAPSHOTS

START = pd.Timestamp("2025-09-01")
SNAPSHOT_TABLES = ("on_hand", "open_orders", "receipts", "forecasts")


@pytest.fixture(scope="module")
def company():
    return generate(seed=7, items=120)


@pytest.fixture(scope="module")
def sold(company):
    return company["items"].query("unit_price > 0").set_index("item_id")


def orders_and_truth(company):
    """Orders of every cell and month of history beside the true demand."""
    key = ["item_id", "location_id", "customer_id", "bucket"]
    truth = company["true_demand"].query("bucket < @START")
    both = truth.merge(company["sales"], on=key, how="outer").fillna({"qty_ordered": 0, "qty_shipped": 0})
    strategy = company["items"].set_index("item_id")["strategy"]
    return both.assign(stockout=both["stockout"] == "true", to_order=both["item_id"].map(strategy) == "MTO")


def test_every_table_is_in_the_contract_at_every_snapshot(company):
    handed_in = [each for each in INPUT_TABLES if each.name != "sales_terms"]  # it sells at list price everywhere
    assert set(company) == {each.name for each in handed_in} | set(TRUTH)
    for each in handed_in:
        frame = company[each.name]
        parts = [frame]
        if each.name in SNAPSHOT_TABLES:
            parts = [part for _, part in frame.groupby("as_of")]
            assert len(parts) == len(SNAPSHOTS)
        for part in parts:
            conformed, problems = conform(part, each)
            assert not problems, problems[0]
            assert len(conformed) == len(part) > 0


def test_the_range_is_120_items_in_five_families_from_two_plants_through_three_centres_to_four_groups(company, sold):
    assert len(sold) == 120
    assert sold["family"].nunique() == 5
    assert company["locations"]["kind"].value_counts().to_dict() == {"dc": 3, "plant": 2}
    assert company["customers"]["priority"].nunique() == len(company["customers"]) == 4
    assert company["calendar"]["bucket"].tolist() == list(pd.date_range("2020-09-01", "2027-02-01", freq="MS"))
    assert company["sales"]["bucket"].nunique() == 60


def test_a_machine_is_made_of_subassemblies_made_of_bought_parts(company):
    bom, family = company["bom"], company["items"].set_index("item_id")["family"]
    bought = set(company["sources"].query("method == 'buy'")["item_id"])
    two = bom.merge(bom, left_on="component_id", right_on="item_id", suffixes=("", "_below"))
    assert {"home_machines", "professional_machines", "grinders", "capsules"} <= set(two["item_id"].map(family))
    assert set(two["component_id_below"]) <= bought
    assert not set(two["component_id_below"]) & set(bom["item_id"])


def test_everything_sold_or_used_can_be_got(company):
    ways = company["sources"]
    reached = set(zip(ways["item_id"], ways["location_id"], strict=True))
    sales = company["sales"]
    assert set(zip(sales["item_id"], sales["location_id"], strict=True)) <= reached
    makes = ways.query("method == 'make'").merge(company["bom"], on="item_id")
    assert set(zip(makes["component_id"], makes["location_id"], strict=True)) <= reached
    moves = ways.query("method == 'move'")
    assert set(zip(moves["item_id"], moves["origin_id"], strict=True)) <= reached
    routed = set(company["routings"]["item_id"])
    assert set(ways.query("method == 'make'")["item_id"]) == routed
    assert {"make", "buy", "move", "subcontract"} == set(ways["method"])


def test_revenue_and_margin_are_those_of_a_company_of_this_kind(company, sold):
    year = company["sales"].query("bucket >= '2024-09-01'")
    cost = (year["qty_shipped"] * year["item_id"].map(sold["unit_cost"])).sum()
    assert 40e6 < year["revenue"].sum() < 80e6
    assert 0.35 < 1 - cost / year["revenue"].sum() < 0.50
    by_family = year.groupby(year["item_id"].map(sold["family"]))["revenue"].sum()
    assert by_family.idxmax() == "home_machines"
    assert by_family.min() > 0.5e6
    assert (sold["unit_price"] > sold["unit_cost"]).all()


def test_a_made_item_costs_what_its_components_hours_and_conversion_cost(company):
    items = company["items"].set_index("item_id")
    made = company["sources"].query("method == 'make'").set_index("item_id")
    bom = company["bom"]
    used = bom["qty_per"] * (1 + bom["scrap"]) * bom["component_id"].map(items["unit_cost"])
    routings = company["routings"].merge(company["resources"], on="resource_id")
    lot = routings["item_id"].map(made["lot_min"])
    hours = (routings["hours_per_unit"] + routings["setup_hours"] / lot) * routings["cost_regular"]
    parts = used.groupby(bom["item_id"]).sum().reindex(made.index, fill_value=0)
    rolled = parts + hours.groupby(routings["item_id"]).sum() + made["unit_cost"]
    assert np.allclose(rolled, items.loc[made.index, "unit_cost"], atol=0.02)


def test_home_machines_peak_from_october_to_december_and_spare_parts_come_now_and_then(company, sold):
    truth = (
        company["true_demand"].query("bucket < @START").assign(family=lambda each: each["item_id"].map(sold["family"]))
    )
    home = truth.query("family == 'home_machines'")
    by_month = home.groupby(home["bucket"].dt.month)["qty"].sum()
    assert set(by_month.nlargest(3).index) == {10, 11, 12}
    assert by_month.max() > 2 * by_month.min()
    spare = truth.query("family == 'spare_parts'").groupby(["item_id", "location_id", "bucket"])["qty"].sum()
    none = (spare == 0).groupby("item_id").mean()
    assert (none > 0.4).mean() > 0.5
    assert (none < 0.1).any()


def test_nothing_is_wanted_before_its_launch_or_after_its_end(company, sold):
    rows = company["true_demand"].query("qty > 0")
    launch, end = rows["item_id"].map(sold["launch"]), rows["item_id"].map(sold["discontinue"])
    assert not (rows["bucket"] < launch).any()
    assert not (rows["bucket"] >= end).any()


def test_there_are_launches_and_ends_of_sale_in_history_and_horizon(sold):
    launched, ended = sold["launch"].dropna(), sold["discontinue"].dropna()
    assert (launched < "2024-09-01").sum() >= 2
    assert launched.between("2024-09-01", "2025-08-01").sum() >= 2
    assert (launched >= START).sum() >= 1
    assert (ended < START).sum() >= 2
    assert (ended >= START).sum() >= 2
    like = sold.loc[launched.index]
    assert like["like_item_id"].isin(sold.index).all()
    like_ends = like["like_item_id"].map(sold["discontinue"])
    assert not (like_ends <= like["launch"]).any(), "a launch is like an item that is still sold"


def test_orders_hide_demand_only_where_stock_ran_out(company):
    both = orders_and_truth(company)
    assert both["qty"].notna().all(), "every order stands for true demand"
    assert (both["qty_ordered"] <= both["qty"]).all()
    calm = both[~both["stockout"]]
    assert (calm["qty_ordered"] == calm["qty"]).all()
    short = both[both["stockout"]]
    assert short["qty_ordered"].sum() < 0.9 * short["qty"].sum()
    assert not (short["to_order"]).any()
    assert 0.02 <= (company["sales"]["stockout"] == "true").mean() <= 0.05


def test_the_peak_runs_short_of_home_machines(company, sold):
    home = company["sales"][company["sales"]["item_id"].map(sold["family"]) == "home_machines"]
    short = (home["stockout"] == "true").groupby(home["bucket"].dt.month).mean()
    assert short.loc[[11, 12]].min() > 3 * short.loc[5:9].mean()


def test_a_few_orders_of_single_projects_stand_out(company):
    projects = company["true_demand"].query("project > 0 and bucket < @START")
    assert 3 <= len(projects) <= 20
    assert (projects["project"] > 2 * projects["expected"]).all()


def test_sales_expects_a_tenth_too_much_and_marketing_speaks_of_promotions_only(company):
    told = company["forecasts"].query("as_of == @START")
    expected = company["true_demand"].groupby(["item_id", "bucket"], as_index=False)["expected"].sum()
    both = told.merge(expected, on=["item_id", "bucket"])
    ratio = both.groupby("stream")[["qty", "expected"]].sum().eval("qty / expected")
    assert 1.05 < ratio["sales"] < 1.15
    assert both.query("stream == 'sales'")["bucket"].nunique() == 18
    assert 0 < (told["stream"] == "marketing").sum() < 0.2 * len(told)


def test_promotions_are_past_and_planned_and_the_later_ones_are_known_late(company):
    events = company["events"]
    assert (events["as_of"] < events["start"]).all()
    assert (events["as_of"] <= START).all()
    assert (events["end"] < START).sum() > 20
    assert (events["start"] >= START).sum() >= 5
    assert events["as_of"].between("2025-06-02", "2025-09-01").any()


def test_the_budget_of_2026_is_known_in_september_alone_and_reaches_the_end_of_the_horizon(company):
    budget = company["budget"]
    known = {day: budget[budget["as_of"] <= day] for day in ("2025-08-01", "2025-09-01")}
    assert known["2025-08-01"]["bucket"].max() == pd.Timestamp("2025-12-01")
    assert known["2025-09-01"]["bucket"].max() == pd.Timestamp("2027-02-01")
    horizon = budget[budget["bucket"] >= START]
    assert (horizon.groupby("bucket")["family"].nunique() == 5).all()
    assert (budget["margin"] < budget["revenue"]).all()


def test_overrides_have_an_owner_and_a_reason_and_some_were_made_before_each_cycle(company):
    overrides = company["overrides"]
    assert (overrides[["owner", "reason"]] != "").all(axis=None)
    assert (overrides["as_of"] < "2025-06-01").any()
    assert (overrides["as_of"] >= "2025-08-01").any()


def test_the_home_line_has_too_few_hours_in_the_peak_and_enough_in_the_year(company):
    routings = company["routings"].query("resource_id == 'ASSY-HOME'").set_index("item_id")
    lot = company["sources"].query("method == 'make'").set_index("item_id")["lot_min"]
    hours = routings["hours_per_unit"] + routings["setup_hours"] / lot.reindex(routings.index)
    expected = company["true_demand"].query("bucket >= @START")
    load = (expected["expected"] * expected["item_id"].map(hours)).groupby(expected["bucket"]).sum()
    capacity = company["capacity"].query("resource_id == 'ASSY-HOME'").set_index("bucket")["regular_hours"]
    assert (load.loc["2025-11":"2025-12"] > 1.3 * capacity.loc["2025-11":"2025-12"]).all()
    assert load.loc["2026-01":"2026-12"].sum() < 1.1 * capacity.loc["2026-01":"2026-12"].sum()


def test_a_company_too_small_for_its_families_is_refused():
    with pytest.raises(PlanningError, match="20 items or more"):
        generate(items=5)


def test_a_larger_company_has_more_of_everything_and_the_same_shape():
    large = generate(seed=1, items=1_000)
    sold = large["items"].query("unit_price > 0")
    assert len(sold) == 1_000
    assert 5 < sold["family"].nunique() < 15
    assert 3 < (large["locations"]["kind"] == "dc").sum() < 8
    assert 4 < len(large["customers"]) < 10
    assert len(large["resources"]) > 9
    _, problems = conform(large["sales"], TABLES["sales"])
    assert not problems
    assert 0.02 <= (large["sales"]["stockout"] == "true").mean() <= 0.08
