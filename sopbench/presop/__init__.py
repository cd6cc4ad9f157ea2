"""Pre-S&OP: scenarios solved and compared in units and money, gaps and bottlenecks named."""

from sopbench.presop.describe import describe, scenarios_table
from sopbench.presop.finance import financial_plan, financial_plans, net_price
from sopbench.presop.gaps import gaps
from sopbench.presop.kpis import scenario_kpis
from sopbench.presop.scenarios import apply_changes, scenario_tables
from sopbench.presop.solve import solve_scenarios

__all__ = [
    "apply_changes",
    "describe",
    "financial_plan",
    "financial_plans",
    "gaps",
    "net_price",
    "scenario_kpis",
    "scenario_tables",
    "scenarios_table",
    "solve_scenarios",
]
