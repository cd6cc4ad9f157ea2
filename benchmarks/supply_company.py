"""A made-up company for the benchmarks of supply planning, of any number of items, whose capacity is tight.

Three of ten items are finished goods, three are sub-assemblies, four are bought parts. Families belong to a plant, a
fifth of the finished goods are made at a second one too. Most parts are the family's own; three of ten go into items of
any family, so that nearly all items hang together. Customers of two priorities are served from every distribution
centre. Hours are such that a line in its busiest months wants more than it has, so that roughly a third bind.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from sopbench.contract import TABLES, checked
from sopbench.supply import INPUTS

MONTHS, FAMILY, LINE = 18, 20, 20
"""Buckets planned, finished goods in a family at most, items a line makes."""


def company(items: int, tightness: float = 1.0, seed: int = 1) -> dict[str, pd.DataFrame]:
    """The input tables of supply planning for a company of so many items."""
    rng = np.random.default_rng(seed)
    buckets = pd.date_range("2025-09-01", periods=MONTHS, freq="MS")
    plants = [f"P{each}" for each in range(2 if items < 500 else 4)]
    centres = [f"D{each}" for each in range(2 if items < 200 else 4 if items < 2000 else 6)]
    finished, made = _items(rng, items, plants)
    parts = pd.DataFrame({"item_id": [f"R{each:05}" for each in range(items - len(finished) - len(made))]})
    parts["family"] = rng.choice(finished["family"].unique(), len(parts))
    parts["cost"] = rng.lognormal(1.5, 0.8, len(parts)).round(2)
    bom = _bom(rng, finished, made, parts)
    cost = _standard_cost(bom, parts, pd.concat([finished, made]))
    home = _homes(finished, made, bom)
    sources = _sources(rng, finished, home, parts, bom, centres, cost)
    demand = _demand(rng, finished, centres, buckets, cost)
    routings, resources, capacity = _hours(rng, home, bom, demand, buckets, tightness)
    every = pd.concat([finished, made, parts], ignore_index=True)
    stocked = sources[["item_id", "location_id"]].drop_duplicates(ignore_index=True)
    monthly = demand.groupby("item_id")["consensus"].sum() / MONTHS
    need = _need(bom, monthly)
    places = stocked.groupby("item_id")["location_id"].transform("size")
    stocked["qty"] = (stocked["item_id"].map(need).fillna(0) / places * rng.uniform(0.3, 2.0, len(stocked))).round(1)
    said = {
        "items": every.assign(
            unit_cost=every["item_id"].map(cost).round(2),
            unit_price=np.where(every["item_id"].str[0] == "F", every["item_id"].map(cost) * 1.7, 0.0).round(2),
        )[["item_id", "family", "unit_cost", "unit_price"]],
        "locations": {"location_id": plants + centres},
        "customers": {"customer_id": ["KEY", "OTHER"], "priority": [2.0, 1.0]},
        "resources": resources,
        "capacity": capacity,
        "routings": routings,
        "bom": bom,
        "sources": sources,
        "policies": stocked[["item_id", "location_id"]].assign(
            service_level=rng.choice([0.9, 0.95, 0.98], len(stocked)), service_type="cycle"
        ),
        "on_hand": stocked.assign(as_of=buckets[0]),
        "demand_plan": demand,
    }
    nothing = {name: {column: [] for column in TABLES[name].names} for name in INPUTS if name not in said}
    return {name: checked(pd.DataFrame((said | nothing)[name]), TABLES[name]) for name in INPUTS}


def _items(rng, items: int, plants: list[str]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Finished goods and sub-assemblies with their family and its plant."""
    count = round(0.3 * items)
    families = max(2, count // FAMILY)
    frames = []
    for letter in "FS":
        family = np.arange(count) % families
        frame = pd.DataFrame({"item_id": [f"{letter}{each:05}" for each in range(count)]})
        frame["family"] = [f"family {each:03}" for each in family]
        frame["plant"] = np.array(plants)[family % len(plants)]
        frames.append(frame)
    other = np.roll(np.array(plants), 1)[frames[0]["family"].str[-3:].astype(int) % len(plants)]
    frames[0]["second"] = np.where(rng.random(count) < 0.2, other, "")
    return frames[0], frames[1]


def _bom(rng, finished: pd.DataFrame, made: pd.DataFrame, parts: pd.DataFrame) -> pd.DataFrame:
    """Finished goods of two or three sub-assemblies and a part; sub-assemblies of two to four parts."""
    subs = made.groupby("family")["item_id"].apply(list)
    own = parts.groupby("family")["item_id"].apply(list)
    all_parts, rows = parts["item_id"].to_numpy(), []
    for item in finished.itertuples():
        pool = subs[item.family]
        chosen = rng.choice(pool, min(len(pool), rng.integers(2, 4)), replace=False)
        rows += [(item.item_id, each, 1.0) for each in chosen]
        rows.append((item.item_id, rng.choice(own.get(item.family, all_parts)), float(rng.integers(1, 4))))
    for item in made.itertuples():
        pool = own.get(item.family, all_parts)
        picked = {rng.choice(pool) if rng.random() < 0.7 else rng.choice(all_parts) for _ in range(rng.integers(2, 5))}
        rows += [(item.item_id, each, float(rng.integers(1, 6))) for each in sorted(picked)]
    frame = pd.DataFrame(rows, columns=["item_id", "component_id", "qty_per"])
    return frame.assign(scrap=rng.choice([0.0, 0.02], len(frame)))


def _standard_cost(bom: pd.DataFrame, parts: pd.DataFrame, made: pd.DataFrame) -> pd.Series:
    cost = parts.set_index("item_id")["cost"].copy()
    for letter in "SF":
        rows = bom[bom["item_id"].str[0] == letter]
        inside = (rows["qty_per"] * (1 + rows["scrap"]) * rows["component_id"].map(cost)).groupby(rows["item_id"]).sum()
        names = made.loc[made["item_id"].str[0] == letter, "item_id"]
        cost = pd.concat([cost, inside.reindex(names).fillna(0.0) + 5.0])
    return cost


def _homes(finished: pd.DataFrame, made: pd.DataFrame, bom: pd.DataFrame) -> pd.DataFrame:
    """Where each item is made: sub-assemblies wherever a finished good that takes them is."""
    first = finished[["item_id", "family", "plant"]]
    second = finished.loc[finished["second"] != "", ["item_id", "family", "second"]]
    home = pd.concat([first, second.rename(columns={"second": "plant"})])
    inside = bom.merge(home, on="item_id")[["component_id", "plant"]].rename(columns={"component_id": "item_id"})
    subs = pd.concat([made[["item_id", "plant"]], inside[inside["item_id"].str[0] == "S"]]).drop_duplicates()
    return pd.concat([home, subs.merge(made[["item_id", "family"]], on="item_id")], ignore_index=True)


def _sources(rng, finished, home, parts, bom, centres, cost) -> pd.DataFrame:
    make = home.rename(columns={"plant": "location_id"}).assign(method="make", origin_id="")
    make["lead_time"] = rng.integers(0, 2, len(make))
    make["unit_cost"] = rng.uniform(0.1, 1.0, len(make)).round(2)
    goods = home[home["item_id"].str[0] == "F"]
    move = goods.rename(columns={"plant": "origin_id"}).merge(pd.DataFrame({"location_id": centres}), how="cross")
    move = move.assign(method="move", lead_time=rng.integers(0, 2, len(move)))
    move["unit_cost"] = (0.02 * move["item_id"].map(cost) * rng.uniform(0.5, 2, len(move))).round(3)
    used = bom.merge(home, on="item_id")[["component_id", "plant"]].drop_duplicates()
    used = used[used["component_id"].str[0] == "R"].sort_values(["component_id", "plant"], ignore_index=True)
    buy = used.rename(columns={"component_id": "item_id", "plant": "location_id"})
    buy = buy.assign(method="buy", origin_id="SUP-" + buy["item_id"].str[-2:], lead_time=rng.integers(1, 4, len(buy)))
    buy["unit_cost"] = buy["item_id"].map(cost)
    rival = buy[rng.random(len(buy)) < 0.1].assign(origin_id="RIVAL", lead_time=1)
    rival["unit_cost"] = (rival["unit_cost"] * 1.15).round(2)
    names = ["item_id", "location_id", "method", "origin_id", "lead_time", "unit_cost"]
    return pd.concat([each[names] for each in (make, move, buy, rival)], ignore_index=True)


def _demand(rng, finished, centres, buckets, cost) -> pd.DataFrame:
    """Monthly demand by centre and customer with a season by family and items of unequal size."""
    rows = finished[["item_id", "family"]].merge(pd.DataFrame({"location_id": centres}), how="cross")
    rows = rows.merge(pd.DataFrame({"customer_id": ["KEY", "OTHER"]}), how="cross")
    size = pd.Series(rng.lognormal(3.0, 1.0, len(finished)), index=finished["item_id"])
    peak = pd.Series({each: rng.uniform(0, 12) for each in finished["family"].unique()})
    level = rows["item_id"].map(size).to_numpy() * rng.uniform(0.3, 1.0, len(rows))
    month = np.arange(MONTHS)
    season = 1 + 0.35 * np.cos(2 * np.pi * (month - rows["family"].map(peak).to_numpy()[:, None]) / 12)
    units = (level[:, None] * season * rng.uniform(0.8, 1.2, season.shape)).round(1)
    long = rows.loc[rows.index.repeat(MONTHS), ["item_id", "location_id", "customer_id"]].reset_index(drop=True)
    long["bucket"] = np.tile(buckets, len(rows))
    long["consensus"] = units.ravel()
    return long.assign(
        method="given",
        statistical=long["consensus"],
        p50=long["consensus"],
        p10=0.7 * long["consensus"],
        p90=1.3 * long["consensus"],
    )


def _need(bom: pd.DataFrame, units: pd.Series) -> pd.Series:
    """Units of every item, a month, that the finished goods' units take."""
    need = units.copy()
    for letter in "FS":
        rows = bom[bom["item_id"].str[0] == letter]
        inside = rows["qty_per"] * (1 + rows["scrap"]) * rows["item_id"].map(need).fillna(0)
        need = need.add(inside.groupby(rows["component_id"]).sum(), fill_value=0)
    return need


def _hours(rng, home, bom, demand, buckets, tightness) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Lines of LINE items each; regular hours near the mean load, overtime an eighth of them."""
    home = home.assign(letter=home["item_id"].str[0]).sort_values(["plant", "letter", "family", "item_id"])
    number = home.groupby(["plant", "letter"]).cumcount() // LINE
    home["resource_id"] = home["plant"] + "-" + home["letter"] + number.astype(str).str.zfill(3)
    home["hours_per_unit"] = rng.uniform(0.05, 0.5, len(home)).round(3)
    first = home.drop_duplicates("item_id")
    routings = home.rename(columns={"plant": "location_id"})
    names = ["item_id", "location_id", "resource_id", "hours_per_unit"]
    monthly = _need(bom, demand.groupby("item_id")["consensus"].sum() / MONTHS)
    second = first["item_id"].map(home.groupby("item_id").size()).eq(2) & (first["letter"] == "S")
    load = first["item_id"].map(monthly).fillna(0) * first["hours_per_unit"] * np.where(second, 0.9, 1.0)
    load = load.groupby(first["resource_id"]).sum()
    resources = home[["resource_id", "plant"]].drop_duplicates().rename(columns={"plant": "location_id"})
    resources = resources.assign(cost_regular=20.0, cost_overtime=30.0)
    mean = resources["resource_id"].map(load).fillna(0).to_numpy() / tightness
    hours = np.repeat(mean * rng.uniform(0.9, 1.3, len(mean)), MONTHS) * rng.uniform(0.9, 1.1, len(mean) * MONTHS)
    capacity = pd.DataFrame({
        "resource_id": np.repeat(resources["resource_id"].to_numpy(), MONTHS),
        "bucket": np.tile(buckets, len(resources)),
        "regular_hours": hours.round(1),
        "overtime_hours": (hours / 8).round(1),
    })  # fmt: skip
    return routings[names], resources, capacity
