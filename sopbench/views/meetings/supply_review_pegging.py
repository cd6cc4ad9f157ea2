"""Who hangs on what, for the supply review: followed once a page, when it is first needed, and beside the page."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import Any

import pandas as pd

from sopbench.contract import PlanningError
from sopbench.cycle import Cycle

TABLES = ("supply_plan", "sourcing_plan", "capacity_plan", "shortages")
"""Tables of step supply that pegging follows."""


class Followed:
    """The pegging of the plan a page shows, made from its tables as notebook 3 makes it."""

    def __init__(self, cycle: Cycle, shown: Any):
        self.cycle, self.shown = cycle, shown
        self._lock = threading.Lock()
        self._pegging: Any = None
        self._asked: asyncio.Task | None = None

    @property
    def ready(self) -> bool:
        """Whether everything is followed already, so that an answer comes at once."""
        return self._pegging is not None

    def behind(self, resource: str, bucket: pd.Timestamp) -> pd.DataFrame:
        """Whom the hours of a resource in a bucket serve (as supply.peg_supply says); empty where they serve nobody."""
        from sopbench.supply import peg_supply

        try:
            return peg_supply(self._get(), self.shown.items, resource_id=resource, start_bucket=bucket)
        except PlanningError:  # nothing is started there
            return pd.DataFrame(columns=["kind", "item_id", "customer_id", "bucket", "amount", "qty", "revenue"])

    def reaches(self, delivery: pd.Series) -> pd.DataFrame | None:
        """What serves a delivery (a row of shortages), as supply.peg_demand says; None where nothing is shipped."""
        from sopbench.supply import peg_demand

        asked = {name: delivery[name] for name in ("item_id", "location_id", "customer_id", "bucket")}
        try:
            return peg_demand(self._get(), **asked)
        except PlanningError:
            return None

    def when_ready(self, act: Callable[[], None]) -> None:
        """Follow the plan beside the page and then call `act`; without a running kernel nothing happens."""

        async def follow() -> None:
            await asyncio.get_running_loop().run_in_executor(None, self._get)
            act()

        try:
            self._asked = asyncio.get_running_loop().create_task(follow())
        except RuntimeError:
            return

    def _get(self) -> Any:
        from sopbench.supply import PEGGED, peg  # a second or more: not before a page stands

        with self._lock:
            if self._pegging is None:
                given = {name: self._read(name) for name in PEGGED}
                plan = {name: getattr(self.shown, name) for name in TABLES}
                self._pegging = peg(**given, **plan, allocation=self.cycle.params.supply.allocation)
        return self._pegging

    def _read(self, name: str) -> pd.DataFrame:
        return self.cycle.read("demand" if name == "demand_plan" else "gather", name)
