"""Demand planning: from what was sold to what everyone agrees will be."""

from sopbench.demand.consensus import consensus_bridge
from sopbench.demand.corrections import correction_problems
from sopbench.demand.events import measured_uplift
from sopbench.demand.overrides import in_force
from sopbench.demand.plan import plan
from sopbench.demand.spread import coverage

INPUTS = ("items", "locations", "customers", "calendar", "sales", "events", "forecasts", "overrides", "life_cycle")
"""The tables `plan` takes."""

__all__ = ["INPUTS", "consensus_bridge", "correction_problems", "coverage", "in_force", "measured_uplift", "plan"]
