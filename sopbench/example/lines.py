"""Where things are made and what that costs: lines with their hours, routings, standard costs and prices."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from sopbench.example.chance import between
from sopbench.example.months import BUCKETS, HISTORY, MONTHS, plant_days
from sopbench.example.range import Range

LINES = pd.DataFrame(
    [
        # line, plant, makes (kind or pool), hours for the plainest and the dearest, set-up, regular, overtime, headroom
        ("ASSY-HOME", "BERGAMO", "home", 0.55, 1.15, 1.5, 38.0, 57.0, 1.0),
        ("ASSY-PRO", "BERGAMO", "professional", 6.0, 13.0, 0.0, 42.0, 63.0, 1.30),
        ("BOILERS", "BERGAMO", "boiler", 0.22, 0.40, 0.5, 36.0, 54.0, 1.18),
        ("BOILERS", "BERGAMO", "brew", 0.16, 0.25, 0.5, 36.0, 54.0, 1.18),
        ("TEST-CREW", "BERGAMO", "home", 0.10, 0.16, 0.0, 34.0, 51.0, 1.15),
        ("TEST-CREW", "BERGAMO", "professional", 0.8, 1.4, 0.0, 34.0, 51.0, 1.15),
        ("PACKING", "BERGAMO", "spare", 0.04, 0.08, 0.5, 30.0, 45.0, 1.50),
        ("ASSY-GRIND", "TRIESTE", "grinder", 0.30, 0.55, 1.0, 37.0, 55.0, 1.22),
        ("GRINDING", "TRIESTE", "mechanism", 0.14, 0.22, 0.5, 37.0, 55.0, 1.30),
        ("ROASTING", "TRIESTE", "blend", 0.006, 0.008, 1.0, 75.0, 100.0, 1.25),
        ("FILLING", "TRIESTE", "capsule", 0.006, 0.007, 2.0, 110.0, 150.0, 1.12),
    ],
    columns=["line", "plant", "makes", "low", "high", "setup", "cost_regular", "cost_overtime", "headroom"],
)
"""Headroom is regular hours over the mean load of the last year: what is near 1 runs short in the peak."""

ITEMS_A_LINE = 150
"""Items one line makes; a longer range has several lines of a kind."""

REFIT = ("ASSY-HOME", slice(HISTORY + 1, HISTORY + 3), 0.75)
"""The line that is rebuilt for a coming launch, in which months, and the share of its hours left then."""

CREWS = pd.DataFrame(
    {"hours_per_head": 150.0, "overtime_per_head": 25.0, "cost_hire": 3_500.0, "cost_layoff": 8_000.0},
    index=["TEST-CREW"],
)
"""Lines that are crews of people: hours of one person in a month, money to hire and to lay off one."""

LOT = {"home": 50, "professional": 1, "grinder": 50, "capsule": 2000, "spare": 50, "boiler": 100, "brew": 100}
LOT |= {"mechanism": 100, "blend": 1000}
CONVERSION = {"home": 2.0, "professional": 15.0, "grinder": 1.0, "capsule": 0.12, "spare": 0.4, "boiler": 0.8}
CONVERSION |= {"brew": 0.5, "mechanism": 0.5, "blend": 0.25}
"""Lot made at once, and money a unit takes beside components and hours (energy, auxiliaries), by kind or pool."""

BOUGHT_COST = {"grinder": (28.0, 75.0), "spare": (1.2, 38.0)}
"""Purchase price of what is bought to be sold."""

MARGIN = {
    "home": (0.38, 0.47), "professional": (0.42, 0.50), "grinder": (0.36, 0.44), "capsule": (0.38, 0.48),
    "spare": (0.50, 0.60),
}  # fmt: skip
"""Gross margin aimed at when a price is set."""


@dataclass(frozen=True)
class Works:
    """Lines, and which item loads which by how much."""

    resources: pd.DataFrame
    """Contract table resources, and the headroom of each line."""
    item: np.ndarray
    resource: np.ndarray
    hours: np.ndarray
    """Hours a unit takes, without set-up."""
    setup: np.ndarray
    lot: np.ndarray

    @property
    def hours_in_all(self) -> np.ndarray:
        """Hours a unit takes with its share of the set-up of a lot."""
        return self.hours + self.setup / self.lot


def make_works(goods: Range) -> Works:
    """The lines of both plants and the routing of every item made."""
    items = goods.items
    made = np.flatnonzero(items["made"])
    what = np.where(items["kind"] != "", items["kind"], items["pool"])[made]
    rows = (
        pd.DataFrame({"item": made, "makes": what})
        .merge(LINES, on="makes")
        .sort_values(["item", "line"], kind="stable")
    )
    rows["resource_id"] = _shared_out(rows["line"])
    resources = _resources(rows)
    position = pd.Series(resources.index, index=resources["resource_id"])
    grade = items["grade"].to_numpy()[rows["item"]]
    return Works(
        resources,
        rows["item"].to_numpy(),
        rows["resource_id"].map(position).to_numpy(),
        (rows["low"] + (rows["high"] - rows["low"]) * grade).round(4).to_numpy(),
        rows["setup"].to_numpy(),
        rows["makes"].map(LOT).to_numpy().astype(float),
    )


def _shared_out(line: pd.Series) -> pd.Series:
    """The line of each row, numbered where one is too few for its items; a crew is one however many there are."""
    place = line.groupby(line).cumcount()
    most = np.where(line.isin(CREWS.index), 0, place.groupby(line).transform("max"))
    number = place % (most // ITEMS_A_LINE + 1) + 1
    return line.where(most < ITEMS_A_LINE, line + "-" + number.astype(str).str.zfill(2))


def _resources(rows: pd.DataFrame) -> pd.DataFrame:
    """Contract table resources without headcount, and the headroom of each."""
    lines = rows.drop_duplicates("resource_id").sort_values("resource_id", kind="stable", ignore_index=True)
    crews = CREWS.reindex(lines["line"]).reset_index(drop=True)
    kind = np.where(crews["hours_per_head"].notna(), "labour", "machine")
    lines = lines.assign(location_id="PLANT-" + lines["plant"], kind=kind)
    names = ["resource_id", "location_id", "kind", "cost_regular", "cost_overtime"]
    return pd.concat([lines[names], crews, lines["headroom"]], axis=1)


def standard_costs(rng: np.random.Generator, goods: Range, works: Works) -> np.ndarray:
    """Cost of one unit of every item: purchase price, or components, hours and conversion rolled up the levels."""
    items, bom = goods.items, goods.bom
    count = len(items)
    kind = items["kind"].to_numpy()
    low = items["kind"].map({name: each[0] for name, each in BOUGHT_COST.items()}).to_numpy(dtype=float)
    high = items["kind"].map({name: each[1] for name, each in BOUGHT_COST.items()}).to_numpy(dtype=float)
    dear = np.where(kind == "spare", between(rng, 0.0, 1.0, count), items["grade"].to_numpy())
    cost = np.where(kind == "", items["cost"].to_numpy(), (low + (high - low) * dear)).round(2)
    rate = works.resources["cost_regular"].to_numpy()[works.resource]
    labour = np.bincount(works.item, works.hours_in_all * rate, count)
    own = labour + conversion(items)
    for level in (1, 2):
        used = bom["qty_per"] * (1 + bom["scrap"]) * cost[bom["component"]]
        rolled = (np.bincount(bom["parent"], used, count) + own).round(2)
        cost = np.where(items["made"] & (items["level"] == level), rolled, cost)
    return cost


def conversion(items: pd.DataFrame) -> np.ndarray:
    """Money a made unit takes beside components and hours; 0 for what is bought."""
    what = items["kind"].where(items["kind"] != "", items["pool"])
    return np.where(items["made"], what.map(CONVERSION), 0.0)


def prices(rng: np.random.Generator, items: pd.DataFrame, cost: np.ndarray) -> np.ndarray:
    """List prices of the sold items: cost over what the margin leaves, ending as prices do (329, 12.9, 3.45)."""
    low = items["kind"].map({name: each[0] for name, each in MARGIN.items()}).to_numpy()
    high = items["kind"].map({name: each[1] for name, each in MARGIN.items()}).to_numpy()
    raw = cost[: len(items)] / (1.0 - low - (high - low) * rng.random(len(items)))
    tens, tenths = np.floor(raw / 10 + 0.5) * 10 - 1, np.floor(raw) + 0.9
    price = np.where(raw >= 1000, np.floor(raw / 50 + 0.5) * 50 - 10, np.where(raw >= 100, tens, tenths))
    return np.where(raw < 10, np.floor(raw * 20 + 0.5) / 20, price).round(2)


def capacity(works: Works, made: np.ndarray) -> tuple[pd.DataFrame, np.ndarray]:
    """Contract table resources with its headcount, and regular hours of every line by month.

    `made` is units wanted by item and month. A line has so many hours a day, by its headroom over the mean load
    of three years and, from 2023-07 on, over that of the last year of history and the first of the horizon.
    """
    load = load_of(works, made)
    days = plant_days()
    early, late = slice(0, 34), slice(HISTORY - 12, HISTORY + 12)
    headroom = works.resources["headroom"].to_numpy()
    a_day = [headroom * load[:, part].sum(axis=1) / days[part].sum() for part in (early, late)]
    a_day = [np.where(each >= 20, np.floor(each / 2 + 0.5) * 2, np.floor(each * 4 + 0.5) / 4 + 0.25) for each in a_day]
    hours = np.where(np.arange(MONTHS) < 34, a_day[0][:, None], a_day[1][:, None]) * days
    per_head = works.resources["hours_per_head"]
    heads = np.ceil(hours[:, HISTORY : HISTORY + 12].mean(axis=1) / per_head)
    crew = per_head.notna().to_numpy()
    hours[crew] = np.floor(hours[crew])
    resources = works.resources.drop(columns="headroom").assign(headcount=heads)
    return resources, np.floor(hours + 0.5)


def load_of(works: Works, made: np.ndarray) -> np.ndarray:
    """Hours of every line by month that units by item and month take."""
    load = np.zeros((len(works.resources), made.shape[1]))
    np.add.at(load, works.resource, works.hours_in_all[:, None] * made[works.item])
    return load


def refitted(works: Works, hours: np.ndarray) -> np.ndarray:
    """The hours left after the refit of the line for home machines, which was decided in August 2025."""
    result = hours.copy()
    line = works.resources["resource_id"].str.startswith(REFIT[0]).to_numpy()
    result[line, REFIT[1]] = np.floor(result[line, REFIT[1]] * REFIT[2])
    return result


def capacity_table(works: Works, hours: np.ndarray) -> pd.DataFrame:
    """Contract table capacity: regular hours, and overtime on top."""
    names = np.repeat(works.resources["resource_id"].to_numpy(), MONTHS)
    rows = {"resource_id": names, "bucket": np.tile(BUCKETS, len(hours)), "regular_hours": hours.ravel().astype(int)}
    return pd.DataFrame(rows | {"overtime_hours": overtime(hours).ravel().astype(int)})


def overtime(hours: np.ndarray) -> np.ndarray:
    """Hours that can be worked beyond the regular ones."""
    return np.floor(hours * 0.18)


def routings(goods: Range, works: Works) -> pd.DataFrame:
    """Contract table routings."""
    rows = {
        "item_id": goods.items["item_id"].to_numpy()[works.item],
        "location_id": works.resources["location_id"].to_numpy()[works.resource],
        "resource_id": works.resources["resource_id"].to_numpy()[works.resource],
        "hours_per_unit": works.hours,
        "setup_hours": works.setup,
    }
    return pd.DataFrame(rows)
