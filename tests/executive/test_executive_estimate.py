"""The latest estimate: so far and the rest, by fiscal year, by hand and in sum."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tiny
from sopbench import executive
from sopbench.contract import checked, table
from sopbench.executive.estimate import fiscal_years

PLANNED = pd.date_range("2025-09-01", "2026-02-01", freq="MS")
YEAR = pd.date_range("2025-01-01", "2025-12-01", freq="MS")


def plan(buckets: pd.DatetimeIndex = PLANNED, units: float = 10.0) -> pd.DataFrame:
    """So many pumps a month at 100, of which 60 are margin."""
    rows = [{"line": "units", "value": units}, {"line": "revenue", "value": 100 * units}]
    rows += [{"line": "gross_margin", "value": 60 * units}, {"line": "overtime", "value": 7.0}]
    every = pd.DataFrame(rows).merge(pd.Series(buckets, name="bucket"), how="cross")
    return checked(every.assign(scenario="base", family="pumps"), table("financial_plan"))


def budget(buckets: pd.DatetimeIndex = YEAR) -> pd.DataFrame:
    said = {"family": "pumps", "bucket": buckets, "version": "b", "units": 9.0, "revenue": 900.0, "margin": 500.0}
    return checked(pd.DataFrame(said), table("budget"))


def estimate(**given) -> pd.DataFrame:
    company = tiny.tables()
    company["sales"] = company["sales"].query("item_id == 'PUMP'")
    taken = {name: company[name] for name in ("items", "sales", "calendar")}
    found = executive.latest_estimate(**taken | {"financial_plan": plan(), "budget": budget()} | given)
    return found.set_index(["family", "year", "line"])


def test_a_year_is_what_happened_and_what_is_planned_for_the_rest():
    found = estimate().loc[("pumps", "2025")]
    sales = tiny.tables()["sales"].query("item_id == 'PUMP' and bucket >= '2025-01-01'")
    sold = sales["qty_shipped"].sum()
    assert found["actual"].to_dict() == {"units": sold, "revenue": 100 * sold, "margin": 60 * sold}
    assert found["plan"].to_dict() == {"units": 40, "revenue": 4000, "margin": 2400}
    assert (found["estimate"] == found["actual"] + found["plan"]).all()
    assert found["budget"].to_dict() == {"units": 108, "revenue": 10800, "margin": 6000}


def test_a_year_that_the_plan_does_not_bring_to_its_end_is_left_out():
    assert set(estimate().reset_index()["year"]) == {"2025"}
    longer = plan(pd.date_range("2025-09-01", "2026-12-01", freq="MS"))
    found = estimate(financial_plan=longer)
    assert found.loc[("pumps", "2026", "units"), ["actual", "plan"]].tolist() == [0, 120]


def test_a_budget_of_a_part_of_the_year_is_no_budget_of_the_year():
    assert estimate(budget=budget(YEAR[3:]))["budget"].isna().all()
    assert estimate(budget=table("budget").empty())["budget"].isna().all()


def test_the_year_is_the_one_the_fiscal_period_names():
    """A fiscal year from October: FY26 begins in the plan, FY25 ends with September."""
    buckets = pd.date_range("2024-10-01", "2026-02-01", freq="MS")
    periods = [f"FY{24 + (each.year - 2024) + (each.month >= 10)} P{(each.month + 2) % 12 + 1}" for each in buckets]
    calendar = pd.DataFrame({"bucket": buckets, "working_days": 20.0, "fiscal_period": periods})
    buckets = pd.Series(buckets)
    assert fiscal_years(buckets, calendar, tiny.START).iloc[[0, 11, 12]].tolist() == ["FY25", "FY25", "FY26"]
    found = estimate(calendar=checked(calendar, table("calendar")), budget=table("budget").empty())
    assert set(found.reset_index()["year"]) == {"FY25"}
    sales = tiny.tables()["sales"].query("item_id == 'PUMP' and bucket >= '2024-10-01'")
    assert found.loc[("pumps", "FY25", "units"), "actual"] == sales["qty_shipped"].sum()
    assert found.loc[("pumps", "FY25", "units"), "plan"] == 10


@pytest.mark.parametrize("period", ["2025-P09", "P9/2025", "FY2025 P9"])
def test_years_are_found_in_the_names_people_give_to_periods(period):
    calendar = pd.DataFrame({"bucket": PLANNED[:1], "fiscal_period": [period]})
    assert fiscal_years(pd.Series(PLANNED[:1]), calendar, PLANNED[0]).iloc[0].endswith("2025")


def test_last_cycle_s_estimate_stands_beside_where_there_was_one():
    first = estimate()
    again = estimate(last_cycle=first.reset_index().query("line == 'units'"))
    assert again.loc[("pumps", "2025", "units"), "last_cycle"] == first.loc[("pumps", "2025", "units"), "estimate"]
    assert again.drop(("pumps", "2025", "units"))["last_cycle"].isna().all()


@given(start=st.integers(0, 11), months=st.integers(13, 24), units=st.floats(0.5, 1e6))
def test_every_month_of_a_year_counts_once(start, months, units):
    """History and plan of the same sales a month: every whole year is twelve of them, wherever the cycle starts."""
    buckets = pd.date_range("2023-01-01", periods=24 + months, freq="MS")
    past, coming = buckets[: 12 + start], buckets[12 + start :]
    rows = pd.DataFrame({"item_id": "PUMP", "location_id": "DC", "customer_id": "WEB", "bucket": past})
    sales = checked(rows.assign(qty_ordered=units, qty_shipped=units, revenue=100 * units), table("sales"))
    given = {"sales": sales, "financial_plan": plan(coming, units), "budget": table("budget").empty()}
    found = estimate(**given, calendar=table("calendar").empty()).reset_index()
    assert set(found["year"]) >= {"2024"}
    assert (found.query("line == 'revenue'")["estimate"] / (1200 * units)).tolist() == pytest.approx(
        [1.0] * (len(found) // 3)
    )
