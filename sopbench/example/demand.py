"""The demand customers truly have, whether it can be met or not, and what an attentive planner can expect of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from sopbench.example.chance import bell, between, pick, to_whole
from sopbench.example.market import Market
from sopbench.example.months import BUCKETS, HISTORY, MONTHS, index_of, month_of_year
from sopbench.example.stories import STORIES, cells_of, months_of

MONTHLY = {"home": 230.0, "professional": 20.0, "grinder": 165.0, "capsule": 2600.0, "spare": 150.0}
"""Mean units a month of an item of each kind, in the middle of the history."""

TREND = {"home": 0.045, "professional": 0.03, "grinder": 0.05, "capsule": 0.07, "spare": 0.02}
"""Growth a year of each kind, as a share of the level in the middle of the history."""

SEASON = {
    "home": (0.80, 0.75, 0.80, 0.80, 0.88, 0.80, 0.72, 0.72, 1.00, 1.28, 1.75, 1.70),
    "home online": (0.82, 0.74, 0.78, 0.78, 0.86, 0.78, 0.74, 0.72, 0.88, 1.00, 2.00, 1.90),
    "professional": (0.85, 0.95, 1.15, 1.20, 1.15, 1.00, 0.85, 0.60, 1.05, 1.15, 1.10, 0.95),
    "grinder": (0.88, 0.85, 0.90, 0.92, 0.98, 0.88, 0.82, 0.80, 1.00, 1.12, 1.40, 1.45),
    "capsule": (1.08, 1.04, 1.05, 1.00, 0.95, 0.88, 0.82, 0.80, 0.98, 1.08, 1.12, 1.20),
    "spare": (1.02, 1.00, 1.02, 1.00, 1.00, 0.98, 0.96, 0.90, 1.02, 1.04, 1.04, 1.02),
}
"""Twelve monthly factors of mean 1 for each kind, January first; home machines bought online peak later."""

RAMP = np.array([0.40, 0.65, 0.85, 0.95, 1.0])
"""A launch's share of its level in its first months."""

FADE = np.array([0.0, 0.30, 0.55, 0.80, 1.0])
"""What is left of demand 0, 1, 2, ... months before the end of sale."""

NOISE = {"home": 0.07, "professional": 0.16, "grinder": 0.09, "capsule": 0.05, "spare": 0.10}
"""Standard deviation of a month's demand for an item around its mean, beside that of its cells."""

DRIFT = 0.012
"""Standard deviation of the monthly change of an item's level."""


@dataclass(frozen=True)
class Demand:
    """Demand by cell of the market (rows) and month (columns)."""

    expected: np.ndarray
    """Mean units, all that can be known beforehand: season, trend, lives, events."""
    level: np.ndarray
    """By item: how far its level has drifted from the trend; nobody knows it beforehand."""
    true: np.ndarray
    """Whole units wanted."""
    project: np.ndarray
    """Of these, one-off orders of a single project."""
    events: pd.DataFrame
    """Contract table events."""


def make_demand(rng: np.random.Generator, items: pd.DataFrame, market: Market, prices: np.ndarray) -> Demand:
    """The true demand of every cell in every month, for history and horizon; `items` are the sold ones."""
    events = _events(rng, items, prices)
    base = _base(rng, items)
    mean = base[:, None] * _trend(rng, items) * _life(items) * event_factor(items, events)
    season = _season(items, market)
    expected = mean[market.item] * market.share[:, None] * season
    level = np.cumprod(1.0 + DRIFT * bell(rng, (len(items), MONTHS)), axis=1)
    project = _projects(rng, items, market, expected)
    true = _draw(rng, items, market, _with_stories(items, market, expected * level[market.item])) + project
    for story in STORIES:
        cells = np.flatnonzero(cells_of(story, items, market))[: 3 if story.true_units else 0]
        true[cells, months_of(story)] += story.true_units // max(len(cells), 1)
    return Demand(expected, level, true, project, events)


def _base(rng: np.random.Generator, items: pd.DataFrame) -> np.ndarray:
    """Mean units a month of each item; most spare parts sell far less; a launch goes by its like item."""
    kind = items["kind"].to_numpy()
    base = items["weight"].to_numpy() * items["kind"].map(MONTHLY).to_numpy()
    slow = (kind == "spare") & (items["weight"].to_numpy() < 1.2)
    base = np.where(slow, base * 0.04, base)
    like = items["like"].to_numpy()
    true_factor = items["like_factor"].to_numpy() * between(rng, 0.85, 1.15, len(items))
    return np.where(like >= 0, base[like] * true_factor, base)


def _trend(rng: np.random.Generator, items: pd.DataFrame) -> np.ndarray:
    """Items × months: linear growth of the kind and of the item, and a boom of home machines in 2020 and 2021."""
    years = (np.arange(MONTHS) - HISTORY / 2) / 12.0
    slope = items["kind"].map(TREND).to_numpy() + 0.02 * bell(rng, len(items))
    boom = np.where(np.arange(MONTHS) < 9, 1.15, np.where(np.arange(MONTHS) < 16, 1.06, 1.0))
    factor = 1.0 + slope[:, None] * years[None, :]
    return np.where((items["kind"] == "home").to_numpy()[:, None], factor * boom, factor)


def _life(items: pd.DataFrame) -> np.ndarray:
    """Items × months: the share of its level at which an item sells between launch and end of sale."""
    month = np.arange(MONTHS)[None, :]
    launch, end = items["launch_month"].to_numpy()[:, None], items["end_month"].to_numpy()[:, None]
    since = month - launch
    up = np.where(since < 0, 0.0, RAMP[np.clip(since, 0, len(RAMP) - 1)])
    left = FADE[np.clip(end - month, 0, len(FADE) - 1)]
    return np.where(launch < 0, 1.0, up) * np.where(end < 0, 1.0, left)


def _season(items: pd.DataFrame, market: Market) -> np.ndarray:
    """Cells × months: the factor of the season."""
    names = list(SEASON)
    table = np.array([SEASON[name] for name in names])[:, month_of_year()]
    online = (market.customers["channel"] == "online").to_numpy()[market.customer]
    kind = items["kind"].to_numpy()[market.item]
    position = pd.Series(kind).map({name: number for number, name in enumerate(names)}).to_numpy()
    return table[np.where(online & (kind == "home"), names.index("home online"), position)]


def _events(rng: np.random.Generator, items: pd.DataFrame, prices: np.ndarray) -> pd.DataFrame:
    """Contract table events: yearly campaigns of families and promotions of single items, past and planned."""
    years = range(2020, 2027)
    family = [
        (f"family:{name}", f"{year}-{month:02d}-01", round(up + 0.05 * step, 2))
        for name, month, up in (("home_machines", 11, 0.10), ("capsules", 3, 0.12), ("grinders", 5, 0.15))
        for step, year in zip(rng.integers(0, 3, len(years)).tolist(), years, strict=True)
    ]
    everything = [("all", "2022-04-01", 0.08)]
    yearly = pd.DataFrame(family + everything, columns=["scope", "start", "uplift"])
    yearly["start"] = pd.to_datetime(yearly["start"])
    yearly = yearly[yearly["start"].between(BUCKETS[0], BUCKETS[-1])]
    single = _promotions(rng, items, prices)
    events = pd.concat([yearly.assign(months=1, told=150, price=np.nan), single], ignore_index=True)
    events["end"] = BUCKETS[[index_of(day) for day in events["start"]] + events["months"].to_numpy() - 1]
    known = events["start"] - pd.to_timedelta(events["told"], unit="D")
    events = events[(known <= BUCKETS[HISTORY]) | events["scope"].str.startswith("family")]
    known = known.loc[events.index].clip(upper=BUCKETS[HISTORY] - pd.Timedelta(days=12))
    events = events.assign(as_of=known).sort_values(["start", "scope"], kind="stable", ignore_index=True)
    number = events.groupby(events["start"].dt.year).cumcount() + 1
    events["event_id"] = "EV-" + events["start"].dt.year.astype(str) + "-" + number.astype(str).str.zfill(3)
    return events[["event_id", "scope", "start", "end", "uplift", "price", "as_of"]]


def _promotions(rng: np.random.Generator, items: pd.DataFrame, prices: np.ndarray) -> pd.DataFrame:
    """Promotions of single items: some each year at a lower price, told three to six months ahead."""
    stocked = np.flatnonzero(items["kind"].isin(["home", "grinder", "capsule"]))
    count = max(8, len(items) * MONTHS // 110)
    item = rng.permutation(np.tile(stocked, count // len(stocked) + 1))[:count]
    first = rng.integers(0, MONTHS - 2, count)
    launch, end = items["launch_month"].to_numpy()[item], items["end_month"].to_numpy()[item]
    alive = (first >= launch + 2) & ((end < 0) | (first + 2 < end))
    off = 10 + 5 * rng.integers(0, 4, count)
    frame = pd.DataFrame(
        {
            "scope": "item:" + items["item_id"].to_numpy()[item],
            "start": BUCKETS[first],
            "months": 1 + rng.integers(0, 2, count),
            "uplift": (0.25 + 0.05 * rng.integers(0, 10, count)).round(2),
            "price": np.floor(prices[item] * (100 - off) / 100),
            "told": 90 + rng.integers(0, 420, count),
        }
    )
    return frame[alive & (frame["price"] > 0)].drop_duplicates(["scope", "start"])


def event_factor(items: pd.DataFrame, events: pd.DataFrame) -> np.ndarray:
    """Items × months: what the events make of demand; several at once multiply."""
    factor = np.ones((len(items), MONTHS))
    for rows, start, end, uplift in _event_rows(items, events):
        factor[rows, start:end] *= 1.0 + uplift
    return factor


def event_price(items: pd.DataFrame, events: pd.DataFrame, prices: np.ndarray) -> np.ndarray:
    """Items × months: the price, lower where an event says so."""
    result = np.repeat(prices[:, None], MONTHS, axis=1)
    priced = events[events["price"].notna()]
    lowered = zip(_event_rows(items, priced), priced["price"], strict=True)
    for (rows, start, end, _), price in lowered:
        result[rows, start:end] = price
    return result


def _event_rows(items: pd.DataFrame, events: pd.DataFrame) -> list[tuple[slice | np.ndarray, int, int, float]]:
    """Each event as rows of items and a range of months: there are few events, whatever the size of the range."""
    at = {f"item:{item}": np.array([row]) for row, item in enumerate(items["item_id"])}
    families = {f"family:{name}": np.flatnonzero(items["family"] == name) for name in items["family"].unique()}
    rows = {**at, **families, "all": slice(None)}
    return [
        (rows[event.scope], index_of(event.start), index_of(event.end) + 1, event.uplift)
        for event in events.itertuples()
    ]


def _projects(rng: np.random.Generator, items: pd.DataFrame, market: Market, expected: np.ndarray) -> np.ndarray:
    """One-off orders, three to seven times a usual month of the cell, from those who buy for projects."""
    result = np.zeros(expected.shape, dtype=np.int64)
    buys = market.customers["customer_id"].isin(["HORECA", "EXPORT"]).to_numpy()[market.customer]
    kind = items["kind"].to_numpy()[market.item]
    cells = pick(rng, np.flatnonzero(buys & np.isin(kind, ["home", "grinder"])), max(8, len(items) // 15))
    month = rng.integers(6, MONTHS, len(cells))
    month[:2] = HISTORY - 2, HISTORY + 4
    size = np.floor(expected[cells, month] * between(rng, 3.0, 7.0, len(cells)) / 10) * 10
    result[cells, month] = size.astype(np.int64)
    return result


def _with_stories(items: pd.DataFrame, market: Market, mean: np.ndarray) -> np.ndarray:
    for story in STORIES:
        mean[cells_of(story, items, market), months_of(story)] *= 1.0 + story.true_share
    return mean


def _draw(rng: np.random.Generator, items: pd.DataFrame, market: Market, mean: np.ndarray) -> np.ndarray:
    """Whole units wanted: a shock to the item, one to the cell, and none at all in most months of a slow spare part."""
    kind = items["kind"].to_numpy()
    shock = 1.0 + items["kind"].map(NOISE).to_numpy()[:, None] * bell(rng, (len(items), MONTHS))
    spread = np.where(kind == "professional", 0.35, np.where(kind == "spare", 0.20, 0.10))
    values = mean * shock[market.item] * (1.0 + spread[market.item][:, None] * bell(rng, mean.shape))
    slow = (kind == "spare")[market.item] & (mean.mean(axis=1) < 25)
    chance = np.clip(0.10 + mean[slow] / 25.0, 0.0, 0.9)
    comes = rng.random(chance.shape) < chance
    values[slow] = np.where(comes, mean[slow] / chance * between(rng, 0.4, 1.6, chance.shape), 0.0)
    return np.where(mean > 0, to_whole(rng, values), 0)
