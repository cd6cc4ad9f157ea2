"""What Brewline's people hand in: the forecasts of sales and marketing, and the budget of finance."""

from __future__ import annotations

import numpy as np
import pandas as pd

from sopbench.example.chance import bell, between
from sopbench.example.demand import event_factor
from sopbench.example.market import Market
from sopbench.example.months import BUCKETS, HISTORY, HORIZON, MONTHS, SNAPSHOTS
from sopbench.example.range import Range

OPTIMISM = (0.08, 0.12)
"""By how much sales expects more than there is to expect."""

BUDGETS = (
    ("budget 2025", "2024-11-15", "2025-01-01", "2025-12-01"),
    ("budget 2026", "2025-08-18", "2026-01-01", "2027-02-01"),
)
"""Version, the day it was known, and the months it speaks of; the last one looks into 2027."""

BUDGET_HOPE = {"home": 1.05, "professional": 1.08, "grinder": 1.02, "capsule": 1.03, "spare": 0.97}
"""The budget over what there was to expect."""


def forecasts(rng: np.random.Generator, goods: Range, expected: np.ndarray, events: pd.DataFrame) -> pd.DataFrame:
    """Contract table forecasts: each snapshot what sales and marketing expected of the months ahead, item by item.

    `expected` is by sold item and month. Sales leaves out spare parts; marketing speaks of promoted items
    and families alone.
    """
    items = goods.items[: goods.sold]
    shape = expected.shape
    hope = between(rng, *OPTIMISM, (len(items), 1))
    own = 1.0 + hope + 0.08 * bell(rng, (len(items), 1)) + 0.07 * bell(rng, shape)
    sold = (items["kind"] != "spare").to_numpy()
    frames = []
    for month in SNAPSHOTS:
        told = expected * np.maximum(own + 0.03 * bell(rng, shape), 0.3)
        marketing = expected * (1.04 + 0.06 * bell(rng, shape))
        frames.append(_handed_in("sales", items, told, month, np.repeat(sold[:, None], MONTHS, axis=1)))
        frames.append(_handed_in("marketing", items, marketing, month, _promoted(items, events, month)))
    return pd.concat(frames, ignore_index=True)


def _promoted(items: pd.DataFrame, events: pd.DataFrame, month: int) -> np.ndarray:
    """Items × months in which an event known by then moves the item or its family."""
    known = events[events["as_of"] <= BUCKETS[month]]
    calm = np.ones((len(items), MONTHS))
    return event_factor(items, known[known["scope"] != "all"]) != calm


def _handed_in(stream: str, items: pd.DataFrame, values: np.ndarray, month: int, said: np.ndarray) -> pd.DataFrame:
    """The rows of one stream at one snapshot: the months of the horizon seen from there."""
    units = np.floor(values + 0.5).astype(np.int64)
    window = np.zeros(MONTHS, dtype=bool)
    window[month : month + HORIZON] = True
    row, bucket = np.nonzero(said & window[None, :] & (units > 0))
    ids = items["item_id"].to_numpy()[row]
    rows = {"stream": stream, "item_id": ids, "location_id": "", "customer_id": "", "bucket": BUCKETS[bucket]}
    return pd.DataFrame(rows | {"qty": units[row, bucket], "as_of": BUCKETS[month]})


def budget(
    rng: np.random.Generator, goods: Range, expected: np.ndarray, price: np.ndarray, cost: np.ndarray
) -> pd.DataFrame:
    """Contract table budget: units, revenue and margin of each family and month, as finance hoped when it was made."""
    items = goods.items[: goods.sold]
    hope = items["kind"].map(BUDGET_HOPE).to_numpy()[:, None] * (1.0 + 0.01 * bell(rng, (len(items), MONTHS)))
    units = expected * hope
    family = np.repeat(items["family"].to_numpy(), MONTHS)
    rows = pd.DataFrame({"family": family, "bucket": np.tile(BUCKETS, len(items)), "units": units.ravel()})
    rows["revenue"] = (units * price[:, None]).ravel()
    rows["margin"] = (units * (price - cost[: len(items)])[:, None]).ravel()
    total = rows.groupby(["family", "bucket"], as_index=False)[["units", "revenue", "margin"]].sum()
    figures = {name: np.floor(total[name] / size + 0.5).astype(np.int64) * size for name, size in _ROUNDED.items()}
    total = total.assign(**figures)
    frames = [
        total[total["bucket"].between(first, last)].assign(version=version, as_of=pd.Timestamp(known))
        for version, known, first, last in BUDGETS
    ]
    return pd.concat(frames, ignore_index=True)[["family", "bucket", "version", "units", "revenue", "margin", "as_of"]]


_ROUNDED = {"units": 10, "revenue": 1000, "margin": 1000}


def expected_by_item(goods: Range, market: Market, expected: np.ndarray, level: np.ndarray) -> np.ndarray:
    """Items × months: what there is to expect, at the level of the last month of history."""
    result = np.zeros((goods.sold, MONTHS))
    np.add.at(result, market.item, expected)
    return result * level[:, HISTORY - 4][:, None]
