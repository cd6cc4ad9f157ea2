"""The waterfall of gross margin: its steps are the causes, and they lead from one total to the other."""

import pandas as pd
import pytest

from sopbench.executive import bridges
from sopbench.views.executive_bridges import margin_bridge


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
