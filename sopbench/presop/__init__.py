"""Pre-S&OP: scenarios solved and compared in units and money, gaps and bottlenecks named, the plan's risk told."""

from sopbench.presop.assumptions import assumption_changes
from sopbench.presop.describe import describe, scenarios_table
from sopbench.presop.finance import financial_plan, financial_plans
from sopbench.presop.gaps import gaps
from sopbench.presop.kpis import scenario_kpis
from sopbench.presop.levers import framed, lever_results, levers
from sopbench.presop.levers_budget import budget_levers
from sopbench.presop.prices import net_price, realised_share
from sopbench.presop.reasons import reasons
from sopbench.presop.risk import risk_study
from sopbench.presop.scenarios import apply_changes, changes_of, scenario_tables, still_asked
from sopbench.presop.sold import money_rows
from sopbench.presop.solve import solve_in_money, solve_scenarios

INPUTS = ("items", "events", "resources", "sales", "budget")
"""The gathered tables the step takes itself; what the scenarios are solved from is for the solver to say."""

__all__ = [
    "INPUTS",
    "apply_changes",
    "assumption_changes",
    "budget_levers",
    "changes_of",
    "describe",
    "financial_plan",
    "financial_plans",
    "framed",
    "gaps",
    "lever_results",
    "levers",
    "money_rows",
    "net_price",
    "realised_share",
    "reasons",
    "risk_study",
    "scenario_kpis",
    "scenario_tables",
    "scenarios_table",
    "solve_in_money",
    "solve_scenarios",
    "still_asked",
]
