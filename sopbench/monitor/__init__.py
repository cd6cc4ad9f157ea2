"""Implementation and monitoring: release the approved plan, and measure what became of the earlier ones."""

from sopbench.contract.past import by_cycle, compared
from sopbench.monitor.accuracy import accuracy
from sopbench.monitor.compare import waterfall
from sopbench.monitor.exceptions import exceptions
from sopbench.monitor.orders import released_orders
from sopbench.monitor.performance import performance
from sopbench.monitor.release import release_facts, write_release

INPUTS = ("items", "calendar", "routings", "sources", "sales", "production", "on_hand", "budget")
"""The gathered tables the step reads."""

__all__ = [
    "INPUTS",
    "accuracy",
    "by_cycle",
    "compared",
    "exceptions",
    "performance",
    "release_facts",
    "released_orders",
    "waterfall",
    "write_release",
]
