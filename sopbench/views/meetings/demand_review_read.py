"""What the demand review reads of a cycle: the plan as rows by buckets, its history, and what earlier cycles said."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from sopbench.contract import table
from sopbench.contract.buckets import buckets_a_year
from sopbench.cycle import Cycle
from sopbench.demand.consensus.split import ROW
from sopbench.demand.consensus.trial import Agreed, agreed_before_overrides

STREAMS = ("statistical", "p10", "p90", "sales", "marketing", "finance", "consensus")
"""The columns of the demand plan that the page draws."""

CYCLES_BACK = 4
"""Earlier cycles whose forecasts stand beside today's."""


@dataclass(frozen=True)
class Earlier:
    """An earlier cycle's consensus: rows of today's plan by its own buckets (units); NaN where it knew no such row."""

    cycle: Cycle
    buckets: pd.DatetimeIndex
    units: np.ndarray


@dataclass(frozen=True, eq=False)
class Shown:
    """The finished tables of a cycle, as read at one moment.

    `streams` holds rows by buckets (units; NaN where a stream says nothing), in the order of `agreed.rows`. `bill` and
    `capacity` are empty where the step supply has not run.
    """

    cycle: Cycle
    items: pd.DataFrame
    locations: pd.DataFrame
    customers: pd.DataFrame
    history: pd.DataFrame
    events: pd.DataFrame
    life_cycle: pd.DataFrame
    budget: pd.DataFrame
    handed_in: pd.DataFrame
    override_effects: pd.DataFrame
    agreed: Agreed
    streams: dict[str, np.ndarray]
    bill: pd.DataFrame
    capacity: pd.DataFrame

    @property
    def rows(self) -> pd.DataFrame:
        """Item, location and customer of each row, with family, category, region and channel."""
        return self.agreed.rows

    @property
    def buckets(self) -> pd.DatetimeIndex:
        """The buckets planned."""
        return self.agreed.buckets

    @property
    def about(self) -> dict[str, pd.DataFrame]:
        """The tables that say what belongs to what."""
        return {"items": self.items, "locations": self.locations, "customers": self.customers}

    @cached_property
    def price(self) -> np.ndarray:
        """The list price of each row's item."""
        return self.rows["item_id"].map(self.items.set_index("item_id")["unit_price"]).to_numpy(dtype=float)

    @cached_property
    def year(self) -> int:
        """How many buckets make a year."""
        return buckets_a_year(self.buckets)

    @cached_property
    def names(self) -> pd.Series:
        """What people call each item: its number and description."""
        said = self.items.set_index("item_id")["description"]
        return (said.index.to_series() + " " + said).str.strip()

    @cached_property
    def history_of(self) -> dict[str, np.ndarray]:
        """The places of each item's rows in the history."""
        return self.history.groupby("item_id", sort=False).indices

    @cached_property
    def sales(self) -> pd.DataFrame:
        """What was ordered by item, location, customer and bucket; read when first asked for."""
        return self.cycle.read("gather", "sales")[[*ROW, "bucket", "qty_ordered"]]

    @cached_property
    def last_cycle(self) -> Earlier | None:
        """What the cycle before planned for the same rows; None where there is none."""
        return _earlier(self.cycle, self.rows)

    @cached_property
    def past(self) -> list[Earlier]:
        """What earlier cycles planned for the same rows, the latest first; read when first asked for."""
        found, last = [], self.last_cycle
        while last is not None:
            found.append(last)
            last = _earlier(last.cycle, self.rows) if len(found) < CYCLES_BACK else None
        return found

    @cached_property
    def measured(self) -> list[Cycle]:
        """The last two cycles, this one among them, whose accuracy was measured, the latest first."""
        cycle = self.cycle if self.cycle.record("monitor") else self.cycle.before("monitor")
        found = []
        while cycle is not None and len(found) < 2:
            found.append(cycle)
            cycle = cycle.before("monitor")
        return found


def read(cycle: Cycle) -> Shown:
    """Read what the page shows. Raises PlanningError where demand is out of date."""
    names = ("items", "locations", "customers", "events", "life_cycle", "budget", "overrides")
    gathered = {name: cycle.read("gather", name) for name in names}
    about = {name: gathered[name] for name in names[:3]}
    plan, history, effects = (cycle.read("demand", name) for name in ("demand_plan", "history", "override_effects"))
    agreed = agreed_before_overrides(plan, effects, **about)
    order = plan.sort_values([*ROW, "bucket"], kind="stable")
    shape = agreed.plan.shape
    supplied = bool(cycle.record("supply"))
    return Shown(
        cycle=cycle,
        **about,
        history=history,
        events=gathered["events"],
        life_cycle=gathered["life_cycle"],
        budget=gathered["budget"],
        handed_in=gathered["overrides"],
        override_effects=effects,
        agreed=agreed,
        streams={name: order[name].to_numpy(dtype=float).reshape(shape) for name in STREAMS},
        bill=cycle.read("supply", "bill_of_resources") if supplied else table("bill_of_resources").empty(),
        capacity=cycle.read("supply", "capacity_plan") if supplied else table("capacity_plan").empty(),
    )


def _earlier(cycle: Cycle, rows: pd.DataFrame) -> Earlier | None:
    """The consensus of the cycle before for these rows."""
    before = cycle.before("demand")
    if before is None:
        return None
    said = before.read("demand", "demand_plan")[[*ROW, "bucket", "consensus"]]
    buckets = pd.DatetimeIndex(said["bucket"].unique()).sort_values()
    row = pd.MultiIndex.from_frame(rows[ROW]).get_indexer(pd.MultiIndex.from_frame(said[ROW]))
    units = np.full((len(rows), len(buckets)), np.nan)
    units[row[row >= 0], buckets.get_indexer(said["bucket"])[row >= 0]] = said["consensus"].to_numpy()[row >= 0]
    return Earlier(before, buckets, units)
