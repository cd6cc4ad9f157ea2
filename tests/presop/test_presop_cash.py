"""Cash adds up: what customers pay less what is paid, whichever way it is reckoned."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tiny
from sopbench import presop, supply
from sopbench.contract import checked, table
from sopbench.params import Presop, Supply
from sopbench.presop.cash import outstanding

CENT = 0.005
FAMILY = ["scenario", "family"]


def planned(how: dict | None = None, **changed: pd.DataFrame) -> tuple[dict[str, pd.DataFrame], pd.DataFrame]:
    """The tiny company's tables and plans, and its plan in money: lines in columns."""
    tables = tiny.tables() | {"demand_plan": tiny.demand_plan(), "lead_time_demand": table("lead_time_demand").empty()}
    tables |= changed
    plans = supply.plan(Supply(), **{name: tables[name] for name in supply.INPUTS})
    money = presop.financial_plans([], tables, plans, tables["sales"], Presop(**(how or {})))
    return tables | plans, money.pivot_table("value", [*FAMILY, "bucket"], "line", "sum")


def with_terms(**terms: list) -> pd.DataFrame:
    return checked(pd.DataFrame(terms), table("sales_terms"))


def test_what_is_owed_for_a_month_and_a_half_by_hand():
    """10 a day: the last 45 days of October 31 are October and 14 days of September; of November 30, it and 15 days."""
    buckets = pd.DatetimeIndex(["2025-09-01", "2025-10-01", "2025-11-01"])
    unpaid = outstanding(np.array([[300.0, 310.0, 300.0]]), buckets, 45)
    assert unpaid.tolist() == [[300.0, 310.0 + 140.0, pytest.approx(300.0 + 150.0)]]


@given(days=st.floats(0, 400), amounts=st.lists(st.floats(0, 1e6), min_size=14, max_size=14))
def test_nothing_is_paid_twice_or_never(days, amounts):
    """Within the days and a bucket after the last amount all is paid, and never more than there is."""
    buckets = pd.date_range("2025-01-01", periods=14 + 15, freq="MS")
    every = np.array([[*amounts, *[0.0] * 15]])
    unpaid = outstanding(every, buckets, days)
    assert (unpaid <= np.cumsum(every, axis=1) + 1e-6).all()
    assert unpaid[0, -1] == pytest.approx(0.0, abs=1e-6)


@pytest.mark.parametrize("days", [{}, {"receivable_days": 0, "payable_days": 0}, {"receivable_days": 75}])
def test_cash_is_contribution_less_working_capital_less_what_is_valued_otherwise(days):
    _, money = planned(days)
    indirect = money["contribution"] - money["working_capital_change"] - money["valuation_difference"]
    assert (money["cash_effect"] - indirect).abs().max() < CENT
    assert money["cash_effect"].abs().max() > 1000


def test_working_capital_grows_by_its_change_from_what_is_on_hand_and_owed_at_the_start():
    tables, money = planned()
    change = money["working_capital"].groupby(level=FAMILY).diff()
    assert (change - money["working_capital_change"]).abs().max() < CENT
    first = money.xs(tiny.START, level="bucket")
    opening = (first["working_capital"] - first["working_capital_change"]).droplevel("scenario")
    on_hand = tables["on_hand"].merge(tables["items"], on="item_id")
    stock = (on_hand["qty"] * on_hand["unit_cost"]).groupby(on_hand["family"]).sum()
    sold = tables["sales"].merge(tables["items"], on="item_id")
    august = sold[sold["bucket"] == "2025-08-01"].groupby("family")["revenue"].sum() * 30 / 31
    assert opening.to_dict() == pytest.approx(stock.add(august, fill_value=0.0).to_dict(), abs=CENT)


def test_cash_is_what_customers_and_suppliers_pay_where_all_is_paid_at_once():
    """From the tables of the plan alone: revenue less all that the plan pays as it goes, purchases under way too."""
    made, money = planned({"receivable_days": 0, "payable_days": 0})
    lines = ["purchase", "production", "transport", "regular_hours", "overtime_hours", "holding"]
    costs = made["costs"]
    paid = costs[costs["line"].isin(lines)]["value"].sum() + 40 * 10  # 40 KITs under way at 10
    assert money["receivables"].abs().max() == money["payables"].abs().max() == 0
    assert money["cash_effect"].sum() == pytest.approx(money["revenue"].sum() - paid, abs=CENT)


def test_all_that_is_sold_is_collected_in_the_end():
    """Nothing is sold in the last three months, so that after them nobody owes anything; August is collected too."""
    demand = tiny.demand_plan()
    late = demand["bucket"] >= tiny.BUCKETS[3]
    names = ["statistical", "consensus", "p10", "p50", "p90"]
    demand.loc[late, names] = 0.0
    tables, money = planned({"receivable_days": 60}, demand_plan=demand)
    bills = tables["sales"][tables["sales"]["bucket"] >= "2025-07-01"]
    owed = bills.groupby("bucket")["revenue"].sum().to_numpy() @ np.array([29 / 31, 1.0])
    collected = money["revenue"].sum() - (money["receivables"].groupby(level="bucket").sum().iloc[-1] - owed)
    assert money["revenue"].sum() > 10_000
    assert collected == pytest.approx(money["revenue"].sum() + owed, abs=CENT)


def test_goods_sent_that_come_under_way_by_ourselves_are_not_paid_again():
    receipts = tiny.tables()["receipts"]
    _, bought = planned()
    _, moved = planned(receipts=receipts.assign(kind="DO"))
    difference = moved["cash_effect"].sum() - bought["cash_effect"].sum()
    owed = bought["payables"].groupby(level="bucket").sum() - moved["payables"].groupby(level="bucket").sum()
    assert difference + owed.iloc[-1] == pytest.approx(40 * 10)
