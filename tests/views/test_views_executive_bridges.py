"""The waterfall of gross margin: its steps are the causes, and they lead from one total to the other."""

import pandas as pd
import pytest

from sopbench.executive import bridges
from sopbench.views.executive_bridges import causes_by_family, margin_bridge


def comparison() -> pd.DataFrame:
    rows = [("units", 30, 20), ("revenue", 3300, 2000), ("margin", 1500, 1000)]
    frame = pd.DataFrame(rows, columns=["line", "plan", "budget"]).assign(
        family="pumps", bucket=pd.Timestamp("2025-09")
    )
    return frame.assign(last_cycle=float("nan"), last_year=float("nan"))


def test_the_title_says_how_much_and_why_and_the_steps_end_at_the_plan():
    frame = comparison()
    chart = margin_bridge(bridges(frame), frame, "EUR").to_dict()
    assert chart["title"]["text"] == "Gross margin is 500 EUR over budget, most of all by volume"
    rows = pd.DataFrame(next(rows for rows in chart["datasets"].values() if len(rows) == 6))
    assert rows["step"].tolist() == ["budget", "volume", "mix", "price", "cost", "plan"]
    assert rows["value"].iloc[:-1].sum() == pytest.approx(rows["value"].iloc[-1]) == 1500


def test_where_nothing_is_known_that_is_said():
    frame = comparison()
    assert margin_bridge(bridges(frame), frame, "EUR", "last_year").data == "There is no last year to compare with."


def test_the_causes_of_a_family_stand_in_a_row_and_add_up():
    found = causes_by_family(bridges(comparison()))
    assert found.columns.tolist() == ["than", "family", "volume", "mix", "price", "cost", "total"]
    assert found[["than", "family"]].to_numpy().tolist() == [["budget", "pumps"]]
    # 20 to 30 units at a margin of 50; 10 more for each unit, for which they cost 10 more
    assert found.iloc[0, 2:].tolist() == pytest.approx([500, 0, 300, -300, 500])


def test_a_company_without_budget_last_cycle_and_last_year_has_no_causes_and_no_error():
    found = causes_by_family(bridges(comparison().assign(budget=float("nan"))))
    assert found.empty and found.columns.tolist()[2:] == ["volume", "mix", "price", "cost", "total"]
