"""The comparison puts each figure beside its own family, bucket and line; the bridge adds up to the cent."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tiny
from sopbench import executive
from sopbench.contract import checked, table

SEP, OCT = tiny.BUCKETS[:2]


def plan(pumps: float = 9000.0, family: str = "pumps", buckets=(SEP, OCT)) -> pd.DataFrame:
    """A financial plan of 100 a unit and 60 margin a unit, the same in each bucket."""
    lines = {"units": pumps / 100, "revenue": pumps, "gross_margin": pumps * 0.6, "overtime": 50.0}
    rows = [
        {"family": family, "bucket": bucket, "line": line, "value": value}
        for bucket in buckets
        for line, value in lines.items()
    ]
    return checked(pd.DataFrame(rows), table("financial_plan"))


def compared(last_cycle=None, **more) -> pd.DataFrame:
    company = tiny.tables() | {"financial_plan": plan()} | more
    names = ("financial_plan", "budget", "sales", "items")
    found = executive.comparison(**{name: company[name] for name in names}, last_cycle=last_cycle)
    return found.set_index(["family", "line", "bucket"])


def test_plan_budget_and_last_year_stand_side_by_side():
    revenue = compared().loc[("pumps", "revenue", SEP)]
    sold = tiny.tables()["sales"]
    sold = sold[(sold["item_id"] == "PUMP") & (sold["bucket"] == SEP - pd.DateOffset(years=1))]
    assert revenue[["plan", "budget", "last_year"]].tolist() == [9000, 9000, sold["revenue"].sum()]
    margin = compared().loc[("pumps", "margin", SEP)]
    assert margin[["plan", "budget"]].tolist() == [5400, 5000]
    assert margin["last_year"] == sold["revenue"].sum() - sold["qty_shipped"].sum() * 40


def test_only_months_of_the_horizon_and_families_that_live_are_listed():
    found = compared(financial_plan=pd.concat([plan(), plan(0.0, "components")])).reset_index()
    assert set(found["bucket"]) == {SEP, OCT}
    assert set(found["family"]) == {"pumps", "kits"}  # kits were sold a year ago


def test_what_nobody_knows_stays_empty():
    found = compared(budget=table("budget").empty(), sales=table("sales").empty())
    assert found[["budget", "last_cycle", "last_year"]].isna().all().all()


def test_a_budgeted_family_without_a_plan_is_planned_at_nothing():
    row = {"family": ["gadgets"], "bucket": [SEP], "revenue": [500.0], "units": [5.0], "margin": [None]}
    found = compared(budget=checked(pd.DataFrame(row), table("budget")))
    assert found.loc[("gadgets", "revenue", SEP), ["plan", "budget"]].tolist() == [0, 500]
    assert ("gadgets", "margin", SEP) not in found.index


def test_of_two_budgets_the_later_one_counts():
    rows = {"family": "pumps", "bucket": SEP, "version": ["first", "revised"], "revenue": [100.0, 200.0]}
    rows |= {"as_of": pd.to_datetime(["2025-06-01", "2024-11-01"])}
    found = compared(budget=checked(pd.DataFrame(rows), table("budget")))
    assert found.loc[("pumps", "revenue", SEP), "budget"] == 100


def test_last_cycle_is_compared_where_it_reached():
    earlier = plan(8000.0, buckets=(tiny.HISTORY[-1], SEP))
    found = compared(last_cycle=earlier)["last_cycle"]
    assert found["pumps", "revenue", SEP] == 8000
    assert pd.isna(found["pumps", "revenue", OCT])


def test_weeks_look_back_52_weeks():
    weeks = pd.to_datetime(["2025-09-01", "2025-09-08"])
    rows = {"item_id": "PUMP", "location_id": "DC", "bucket": weeks - pd.Timedelta(weeks=52), "qty_ordered": [3.0, 4.0]}
    sales = checked(pd.DataFrame(rows).assign(qty_shipped=[3.0, 4.0], revenue=[300.0, 400.0]), table("sales"))
    found = compared(financial_plan=plan(buckets=weeks), sales=sales, budget=table("budget").empty())
    assert found["last_year"].sort_index().xs(("pumps", "units")).tolist() == [3, 4]


def test_comparing_twice_gives_the_same_bytes():
    pd.testing.assert_frame_equal(compared(), compared(), check_exact=True)


amounts = st.floats(-1e7, 1e7).map(lambda value: round(value, 2))


@given(st.dictionaries(st.sampled_from("abcdefgh"), st.tuples(amounts, amounts), min_size=1))
def test_the_bridge_adds_up_to_the_cent(families):
    rows = [
        {"family": name, "bucket": SEP, "line": "revenue", "plan": p, "budget": b} for name, (p, b) in families.items()
    ]
    steps = executive.bridge(checked(pd.DataFrame(rows), table("comparison")))
    assert steps["step"].iloc[[0, -1]].tolist() == ["budget", "plan"]
    assert len(steps) == len(families) + 2
    start, end = steps["value"].iloc[0], steps["value"].iloc[-1]
    assert start == pytest.approx(sum(b for _, b in families.values()), abs=0.005)
    assert end == pytest.approx(sum(p for p, _ in families.values()), abs=0.005)
    assert start + steps["value"].iloc[1:-1].sum() == pytest.approx(end, abs=0.005)
    assert steps["level"].iloc[-2] == pytest.approx(end, abs=0.005)


def test_the_bridge_leaves_out_months_without_a_budget_and_begins_with_the_largest_step():
    rows = [
        {"family": "a", "bucket": SEP, "line": "revenue", "plan": 90, "budget": 100},
        {"family": "b", "bucket": SEP, "line": "revenue", "plan": 250, "budget": 200},
        {"family": "b", "bucket": OCT, "line": "revenue", "plan": 999, "budget": None},
    ]
    steps = executive.bridge(checked(pd.DataFrame(rows), table("comparison")))
    assert steps[["step", "value", "from", "level"]].to_numpy().tolist() == [
        ["budget", 300, 0, 300], ["b", 50, 300, 350], ["a", -10, 350, 340], ["plan", 340, 0, 340]
    ]  # fmt: skip
