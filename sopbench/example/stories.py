"""What happened to Brewline that no season or trend explains: what the planners said of it and what was true."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from sopbench.example.market import Market
from sopbench.example.months import HISTORY, index_of


@dataclass(frozen=True)
class Story:
    """One thing the planners wrote down as an override, with what it does to the true demand.

    `item` is the nth most popular of its family (-1 = the whole family, "new" = the latest launch on sale).
    `true_share` moves demand by that share, `true_units` adds units a month.
    """

    override_id: str
    family: str
    item: int | str
    customer: str
    start: str
    end: str
    kind: str
    value: float
    true_share: float
    true_units: int
    owner: str
    reason: str
    as_of: str
    expires: str


STORIES = (
    Story(
        "OV-2025-01", "home_machines", 0, "RETAIL", "2025-07-01", "2025-08-01", "percent", 0.25, 0.22, 0,
        "K. Brandt, retail sales", "anniversary campaign of the largest retail chain", "2025-05-20", "",
    ),
    Story(
        "OV-2025-02", "capsules", -1, "RETAIL", "2025-06-01", "2025-08-01", "percent", 0.06, 0.0, 0,
        "L. Moreau, marketing", "summer tasting in 400 shops", "2025-05-12", "2025-09-01",
    ),
    Story(
        "OV-2025-03", "home_machines", -1, "EXPORT", "2025-10-01", "2025-11-01", "percent", 0.10, 0.08, 0,
        "I. Torres, export", "new distributor in Mexico fills its warehouse", "2025-07-21", "",
    ),
    Story(
        "OV-2025-04", "professional_machines", 0, "HORECA", "2025-11-01", "2026-01-01", "delta", 40.0, 0.0, 36,
        "P. Weber, key accounts", "hotel chain signs a roll-out of 120 machines", "2025-08-19", "",
    ),
    Story(
        "OV-2025-05", "", "new", "", "2025-09-01", "2025-12-01", "percent", -0.15, -0.12, 0,
        "G. Rossi, product management", "the launch sells slower than the model it is like", "2025-08-22", "2026-01-01",
    ),
    Story(
        "OV-2025-06", "grinders", 1, "", "2025-09-01", "2025-10-01", "percent", 0.20, 0.0, 0,
        "L. Moreau, marketing", "test report in a consumer magazine expected", "2025-07-15", "",
    ),
)  # fmt: skip
"""Right ones and wrong ones: the campaign of OV-2025-02 and the test report of OV-2025-06 move nothing."""


def item_of(story: Story, items: pd.DataFrame) -> int:
    """The position of the item a story tells of; -1 where it tells of a whole family."""
    if story.item == "new":
        launched = items["launch_month"].where(items["launch_month"] < HISTORY, -1)
        return int(launched.to_numpy().argmax())
    if story.item == -1:
        return -1
    steady = (items["launch_month"] < 0) & (items["end_month"] < 0)
    family = items.assign(steady=steady)[items["family"] == story.family]
    ranked = family.sort_values(["steady", "weight"], ascending=False, kind="stable").index
    return int(ranked[min(story.item, len(ranked) - 1)])


def cells_of(story: Story, items: pd.DataFrame, market: Market) -> np.ndarray:
    """Which cells of the market a story moves, as booleans."""
    item = item_of(story, items)
    chosen = market.item == item if item >= 0 else (items["family"] == story.family).to_numpy()[market.item]
    if story.customer:
        chosen &= (market.customers["customer_id"] == story.customer).to_numpy()[market.customer]
    return chosen


def months_of(story: Story) -> slice:
    """The months a story lasts."""
    return slice(index_of(story.start), index_of(story.end) + 1)


def overrides(items: pd.DataFrame) -> pd.DataFrame:
    """Contract table overrides: the stories as the planners wrote them down."""
    rows = pd.DataFrame([vars(story) for story in STORIES])
    position = np.array([item_of(story, items) for story in STORIES])
    rows["item_id"] = np.where(position >= 0, items["item_id"].to_numpy()[position], "")
    rows["family"] = np.where(position >= 0, "", rows["family"])
    rows = rows.assign(location_id="", customer_id=rows["customer"])
    names = ["override_id", "item_id", "family", "location_id", "customer_id", "start", "end", "kind", "value"]
    dates = rows[["start", "end", "as_of", "expires"]].apply(pd.to_datetime)
    return rows.assign(**dates)[[*names, "owner", "reason", "as_of", "expires"]]
