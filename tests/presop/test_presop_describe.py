"""Changes read as people say them."""

import pandas as pd
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
    assert rows.loc["shift"].drop("starts").tolist() == ["option", "Saturdays?", "COO", changes, 500]


def test_a_scenario_starts_in_the_first_bucket_it_changes_or_now_where_a_change_names_none():
    hours = {"table": "capacity", "column": "regular_hours", "add": 8}
    late, early = Change(**hours, start="2025-12"), Change(**hours, start="2025-11-01", end="2025-11")
    price = Change(table="events", rows=[{"event_id": "E", "scope": "all", "start": "2025-10-01", "price": 1.0}])

    def starts(*changes):
        asked = Scenario(name="one", question="?", changes=list(changes))
        return scenarios_table([asked]).set_index("scenario").loc["one", "starts"]

    assert starts(late, early) == pd.Timestamp("2025-11-01")
    assert starts(late, price) == pd.Timestamp("2025-10-01")
    assert pd.isna(starts(late, Change(**hours)))
