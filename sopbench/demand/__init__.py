"""Demand planning: from what was sold to what everyone agrees will be."""

from sopbench.demand.consensus.consensus import consensus_bridge
from sopbench.demand.consensus.overrides import in_force
from sopbench.demand.errors.lead_time import lead_time_coverage
from sopbench.demand.errors.spread import coverage
from sopbench.demand.history.corrections import correction_problems
from sopbench.demand.history.events import measured_uplift
from sopbench.demand.plan import plan

INPUTS = ("items", "locations", "customers", "calendar", "sales", "events", "forecasts", "overrides", "life_cycle")
"""The tables `plan` takes."""

__all__ = [
    "INPUTS",
    "consensus_bridge",
    "correction_problems",
    "coverage",
    "in_force",
    "lead_time_coverage",
    "measured_uplift",
    "plan",
]
