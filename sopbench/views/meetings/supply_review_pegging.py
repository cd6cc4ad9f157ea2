"""Who hangs on what, for the supply review: followed once a page, when it is first needed, and beside the page."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pandas as pd

from sopbench.contract import PlanningError
from sopbench.views.meetings.frame import Sitting

TABLES = ("supply_plan", "sourcing_plan", "capacity_plan")
"""Tables of step supply that the page shows and pegging follows, beside the shipments."""

BEFOREHAND = 50_000
"""Rows of the sourcing plan up to which it is followed before anybody asks; a larger one takes too much for that."""


class Followed:
    """The pegging of the plan a page shows, made from its tables as notebook 3 makes it."""

    def __init__(self, sitting: Sitting, shown: Any):
        self.sitting, self.shown = sitting, shown
        self.ready = False
        """An answer, or a refusal, comes at once."""
        self.beforehand = len(shown.sourcing_plan) <= BEFOREHAND
        """It is followed as soon as the page stands."""
        self._lock = threading.Lock()
        self._pegging: Any = None
        self._asked: list[asyncio.Task] = []

    def behind(self, resource: str, bucket: pd.Timestamp) -> pd.DataFrame:
        """Whom the hours of a resource in a bucket serve (as supply.peg_supply says); empty where they serve nobody.

        Raises PlanningError where the cycle was run again after the page was opened.
        """
        from sopbench.supply import peg_supply

        pegging = self._get()
        try:
            return peg_supply(pegging, self.shown.items, resource_id=resource, start_bucket=bucket)
        except PlanningError:  # nothing is started there
            return pd.DataFrame()

    def reaches(self, delivery: pd.Series) -> pd.DataFrame:
        """What serves a delivery (a row of shortages), as supply.peg_demand says; empty where nothing is shipped.

        Raises PlanningError where the cycle was run again after the page was opened.
        """
        from sopbench.supply import peg_demand

        pegging = self._get()
        asked = {name: delivery[name] for name in ("item_id", "location_id", "customer_id", "bucket")}
        try:
            return peg_demand(pegging, **asked)
        except PlanningError:  # nothing of it is shipped
            return pd.DataFrame()

    def when_ready(self, act: Callable[[], None]) -> None:
        """Follow the plan beside the page and then call `act`; not without a running kernel, and no very large plan."""
        if not self.beforehand:
            return

        async def follow() -> None:
            with suppress(PlanningError):  # said by who asks
                await asyncio.get_running_loop().run_in_executor(None, self._get)
            self.ready = True
            act()

        with suppress(RuntimeError):
            loop = asyncio.get_running_loop()
            self._asked.append(loop.create_task(follow()))

    def _get(self) -> Any:
        from sopbench.supply import PEGGED, peg  # a second or more: not before a page stands

        with self._lock:
            if self._pegging is None:
                self.sitting.refuse_if_run_again()
                cycle = self.sitting.cycle
                given = {name: cycle.read("gather", name) for name in PEGGED}
                plan = {name: getattr(self.shown, name) for name in TABLES}
                plan["shipments"] = cycle.read("supply", "shipments")
                self._pegging = peg(**given, **plan, allocation=cycle.params.supply.allocation)
                self.ready = True
        return self._pegging
