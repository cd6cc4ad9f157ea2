"""Changes read as people say them."""

import pytest

from sopbench.params import Change, Scenario
from sopbench.presop import describe, scenarios_table


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (
            {
                "table": "demand_plan",
                "column": "consensus",
                "multiply": 1.1,
                "where": {"family": "home_machines"},
                "start": "2025-10",
                "end": "2025-12",
            },
            "demand +10 % for home machines, Oct–Dec 2025",
        ),
        (
            {"table": "capacity", "column": "regular_hours", "multiply": 0, "start": "2025-10"},
            "regular hours −100 %, from Oct 2025",
        ),
        (
            {"table": "sources", "column": "lead_time", "add": 2, "where": {"origin_id": "ACME"}},
            "lead time +2 for ACME",
        ),
        ({"table": "items", "column": "unit_price", "multiply": 0.97, "end": "2025-10"}, "price −3 %, until Oct 2025"),
        (
            {"table": "capacity", "column": "overtime_hours", "set": 1200, "start": "2025-10", "end": "2025-10"},
            "overtime hours set to 1,200, Oct 2025",
        ),
        (
            {
                "table": "sources",
                "column": "qty_max",
                "multiply": 4,
                "where": {"family": ["pumps", "kits"], "method": "buy"},
            },
            "most that can be supplied × 4 for pumps and kits, buy",
        ),
        (
            {"table": "capacity", "column": "regular_hours", "add": -8, "start": "2025-12", "end": "2026-01-05"},
            "regular hours −8, Dec 2025–2026-01-05",
        ),
    ],
)
def test_a_change_in_words(said, words):
    assert describe(Change(**said)) == words


def test_the_scenarios_come_with_base_their_kind_and_their_cost():
    more = [Change(table="capacity", column=name, add=8) for name in ("regular_hours", "overtime_hours")]
    less = Change(table="capacity", column="regular_hours", add=-8, start="2026-01")
    option = Scenario(name="shift", kind="option", cost=500, question="Saturdays?", owner="COO", changes=[*more, less])
    rows = scenarios_table([option]).set_index("scenario")
    assert rows.loc["base", ["kind", "changes", "cost"]].tolist() == ["base", "none", 0]
    changes = "regular hours and overtime hours +8; regular hours −8, from Jan 2026"
    assert rows.loc["shift"].tolist() == ["option", "Saturdays?", "COO", changes, 500]
