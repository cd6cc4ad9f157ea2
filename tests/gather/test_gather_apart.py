"""What is no demand to plan for is set apart by rules, and nothing is lost by it."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

import tiny
from sopbench import gather
from sopbench.contract import PlanningError, checked, table
from sopbench.gather.apart import AMOUNTS, set_apart
from sopbench.params import Gather, SetApart

KEY = ["item_id", "location_id", "customer_id", "bucket"]
RETURNS = SetApart(name="returns", negative=True)
ONE_OFF = SetApart(name="one_off", above=5)


def sales(*units, customer="SHOP"):
    """Monthly sales of PUMP at 100 each; the last units ordered are shipped by half."""
    buckets = pd.date_range("2024-01-01", periods=len(units), freq="MS")
    shipped = [*units[:-1], units[-1] / 2]
    said = {"item_id": "PUMP", "location_id": "DC", "customer_id": customer, "bucket": buckets, "qty_ordered": units}
    rows = pd.DataFrame(said).assign(qty_shipped=shipped, revenue=[100 * each for each in shipped])
    return checked(rows, table("sales"))


def both(one, other):
    return checked(pd.concat([one, other]), table("sales"))


def ruled(rows, *rules):
    return set_apart({**tiny.tables(), "sales": rows}, list(rules))


def test_without_rules_all_sales_are_demand():
    left, apart, problems = ruled(sales(10, -3, 500))
    pd.testing.assert_frame_equal(left, sales(10, -3, 500))
    assert apart.empty
    assert problems == []


def test_months_in_which_more_came_back_than_was_ordered_are_set_apart_whole():
    left, apart, (note,) = ruled(sales(10, -3, 12), RETURNS)
    assert left["qty_ordered"].tolist() == [10.0, 12.0]
    assert apart[["rule", "qty_ordered", "revenue"]].to_numpy().tolist() == [["returns", -3.0, -300.0]]
    assert (note.grade, note.value, note.money) == ("note", "1 row, -3 units", 300.0)


def test_of_a_one_off_order_the_usual_amount_stays():
    left, apart, _ = ruled(sales(10, 10, 10, 10, 10, 10, 10, 200), ONE_OFF)
    assert left["qty_ordered"].tolist() == pytest.approx([10.0] * 8)
    assert left["qty_shipped"].iloc[-1] == pytest.approx(5.0)
    assert apart["qty_ordered"].tolist() == pytest.approx([190.0])
    assert apart["revenue"].tolist() == pytest.approx([9500.0])


def test_what_is_not_above_the_limit_or_has_no_usual_amount_stays():
    assert ruled(sales(10, 10, 10, 10, 10, 10, 50), ONE_OFF)[1].empty
    assert ruled(sales(10, 10, 10, 10, 200), ONE_OFF)[1].empty


def test_rows_are_chosen_by_what_the_customer_is():
    rows = both(sales(10, 12), sales(7, 8, customer="WEB"))
    left, apart, _ = ruled(rows, SetApart(name="projects", where={"channel": "online"}))
    assert set(left["customer_id"]) == {"SHOP"}
    assert apart["qty_ordered"].tolist() == [7.0, 8.0]


def test_rules_work_in_turn_on_what_is_left():
    web = SetApart(name="web", where={"customer_id": ["WEB"]})
    rows = both(sales(10, -3), sales(7, -8, customer="WEB"))
    _, apart, _ = ruled(rows, web, RETURNS)
    assert apart.groupby("rule").size().to_dict() == {"returns": 1, "web": 2}


def test_an_unknown_column_is_an_error_and_an_idle_rule_a_warning():
    _, _, problems = ruled(sales(10), SetApart(name="p", where={"chanel": "x"}), RETURNS)
    assert [each.grade for each in problems] == ["error", "warning"]
    assert "did you mean channel?" in str(problems[0])


@pytest.mark.parametrize("said", [{}, {"negative": True, "above": 3}, {"above": 1}, {"where": {}, "typo": 1}])
def test_a_rule_that_cannot_be_meant_is_refused(said):
    with pytest.raises(ValidationError):
        SetApart(name="rule", **said)


@given(st.lists(st.integers(-50, 5000), min_size=1, max_size=24), st.permutations([RETURNS, ONE_OFF]))
def test_what_is_left_and_what_is_set_apart_add_up(units, rules):
    rows = sales(*units)
    left, apart, _ = ruled(rows, *rules)
    together = pd.concat([left, apart]).groupby(KEY)[AMOUNTS].sum()
    pd.testing.assert_frame_equal(together, rows.groupby(KEY)[AMOUNTS].sum(), rtol=1e-9)
    assert (left.loc[left["qty_ordered"] > 0, "qty_ordered"] <= rows["qty_ordered"].max()).all()


def test_gather_sets_apart_before_anything_is_planned_and_says_so():
    raw = {**tiny.tables(), "sales": sales(*[10] * 35, 900)}
    raw["sales"]["bucket"] = tiny.HISTORY
    tables, findings = gather.assemble(raw, tiny.START, 6, Gather(source="x", set_apart=[ONE_OFF]))
    assert tables["sales"]["qty_ordered"].max() == 10
    assert tables["set_apart"]["qty_ordered"].tolist() == pytest.approx([890.0])
    assert "set_apart=one_off" in set(findings["key"])


def test_rules_that_leave_no_sales_at_all_stop_the_cycle():
    everything = SetApart(name="everything", where={"item_id": ["PUMP", "KIT"]})
    with pytest.raises(PlanningError, match="leaves no sales"):
        gather.assemble(tiny.tables(), tiny.START, 6, Gather(source="x", set_apart=[everything]))
