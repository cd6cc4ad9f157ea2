"""Assumptions beside results, as the meeting reads them."""

import pandas as pd
import tiny_meeting

import tiny
from sopbench.params import Change, Scenario
from sopbench.presop import assumption_changes
from sopbench.views import table
from sopbench.views.presop_compared import MONEY, SIGNED, assumptions_beside_results

ASKED = [
    Scenario(
        name="line_stops",
        question="?",
        changes=[
            Change(table="capacity", column="regular_hours", set=0, end="2025-10"),
            Change(table="policies", column="service_level", set=0.99),
        ],
    ),
    Scenario(name="overtime", question="?", changes=[Change(table="sources", column="unit_cost", multiply=1.1)]),
]


def shown() -> pd.DataFrame:
    kpis = tiny_meeting.scenario_kpis()
    more = kpis[kpis["kpi"] == "revenue"]
    kpis = pd.concat(
        [kpis, more.assign(kpi="inventory_average"), more.assign(kpi="units"), more.assign(kpi="late_or_lost")]
    )
    company = tiny.tables()
    company["policies"] = company["policies"].assign(service_level=0.95)
    return assumptions_beside_results(assumption_changes(ASKED, company), kpis, tiny_meeting.scenarios()).set_index(
        "scenario"
    )


def test_every_scenario_says_what_it_assumes_with_how_much_beside_what_comes_of_it():
    found = shown()
    said = found.loc["line stops (risk)", "assumed otherwise"]
    assert said.startswith(
        "regular hours set to 0, until Oct 2025 (−200 hours); service level set to 0.99 (95.0% → 99.0%"
    )
    assert found.loc["line stops (risk)", "contribution"] == -2000
    assert found.loc["line stops (risk)", "service, points"] == -20
    assert "→" in found.loc["overtime (option)", "assumed otherwise"]
    assert found.loc["overtime (option)", "cash"] == 1200
    assert found.index[0] == "overtime (option)"


def test_differences_bear_their_sign_and_none_is_zero():
    html = table(shown().reset_index(), signed=SIGNED).data
    assert "+1,200" in html and "−2,000" in html and ">0<" in html
    many = shown().assign(contribution=lambda rows: rows["contribution"] * 1000)
    html = table(many.reset_index(), "EUR", money=MONEY, signed=SIGNED).data
    assert "+1.20 M" in html and "−2.00 M" in html and "contribution (EUR)" in html
