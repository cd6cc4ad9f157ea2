"""A plan without gaps has an empty table of gaps."""

from sopbench.contract import table
from sopbench.params import Presop
from sopbench.presop import gaps


def test_a_company_without_shortages_budget_or_resources_has_no_gaps():
    names = ("items", "budget", "financial_plan", "capacity_plan", "shortages")
    found = gaps(Presop(), **{name: table(name).empty() for name in names})
    assert found.empty
    assert list(found.columns) == table("gaps").names
