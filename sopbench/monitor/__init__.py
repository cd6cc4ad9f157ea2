"""Implementation and monitoring: release the approved plan, and measure what became of the earlier ones."""

from sopbench.contract.past import by_cycle, compared
from sopbench.monitor.accuracy import accuracy
from sopbench.monitor.compare import waterfall
from sopbench.monitor.exceptions import exceptions
from sopbench.monitor.orders import released_orders
from sopbench.monitor.performance import performance
from sopbench.monitor.release import release_facts, write_release
from sopbench.monitor.release_database import release_to_database
from sopbench.monitor.service_causes import service_causes
from sopbench.monitor.value_added import override_value, value_added

INPUTS = ("items", "calendar", "routings", "sources", "sales", "production", "on_hand", "receipts", "budget")
"""The gathered tables the step reads."""

__all__ = [
    "INPUTS",
    "accuracy",
    "by_cycle",
    "compared",
    "exceptions",
    "override_value",
    "performance",
    "release_facts",
    "release_to_database",
    "released_orders",
    "service_causes",
    "value_added",
    "waterfall",
    "write_release",
]
