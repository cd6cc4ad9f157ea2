"""What Brewline sells and what it makes it from: items, components and a bill of material of three levels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from sopbench.example.chance import pick
from sopbench.example.months import BUCKETS, HISTORY, MONTHS

FAMILIES = pd.DataFrame(
    [
        ("home_machines", "home", "HM", 0),
        ("professional_machines", "professional", "PM", 0),
        ("grinders", "grinder", "GR", 0),
        ("capsules", "capsule", "CA", 0),
        ("spare_parts", "spare", "SP", 0),
        ("filter_machines", "home", "FM", 1_000),
        ("ground_coffee", "capsule", "GC", 1_000),
        ("service_kits", "spare", "SK", 1_000),
        ("vending_machines", "professional", "VM", 5_000),
        ("accessories", "grinder", "AC", 5_000),
    ],
    columns=["family", "kind", "prefix", "from_items"],
)
"""The families, the kind of thing each holds, and the size of company from which there is such a family."""

KINDS = pd.DataFrame(
    [
        ("home", 0.25, "EA", "BERGAMO", 3),
        ("professional", 0.10, "EA", "BERGAMO", 3),
        ("grinder", 0.13, "EA", "TRIESTE", 2),
        ("capsule", 0.22, "BOX", "TRIESTE", 2),
        ("spare", 0.30, "EA", "BERGAMO", 1),
    ],
    columns=["kind", "share", "uom", "plant", "variants"],
).set_index("kind")
"""Each kind's share of the items, and how many variants (colours, sizes) one model comes in."""

SERIES = {
    "home": ("Aurora", "Bella", "Cielo", "Duetto", "Essenza", "Fiamma", "Gemma", "Lucente", "Marea", "Nobile"),
    "professional": ("Maestro", "Torre", "Piazza", "Regina", "Colosso"),
    "grinder": ("Molino", "Pietra", "Vento", "Sabbia", "Lama"),
    "capsule": (
        "Intenso", "Lungo", "Ristretto", "Decaf", "Cremoso", "Arabica", "Robusto", "Vaniglia", "Nocciola",
        "Cacao", "Bio", "Etiopia", "Brasile",
    ),
    "spare": (
        "Gasket", "Valve", "Heating element", "Pump", "Control board", "Drip tray", "Steam wand", "Portafilter",
        "Shower screen", "Water tank", "Knob", "Power cable",
    ),
}  # fmt: skip
VARIANTS = {
    "home": ("black", "steel", "cream"),
    "professional": ("1 group", "2 groups", "3 groups"),
    "grinder": ("40 mm", "60 mm"),
    "capsule": ("50 pieces", "50 pieces strong"),
    "spare": ("set",),
}

POOLS = pd.DataFrame(
    [
        # pool, what one is called, plant, kind that uses it, parts for each such item, at least, cost from, to, lead
        ("element", "Heating element", "BERGAMO", "home", 0.14, 3, 6.0, 14.0, 2, "EA"),
        ("valve", "Solenoid valve", "BERGAMO", "home", 0.10, 3, 2.8, 6.0, 1, "EA"),
        ("gasket", "Gasket", "BERGAMO", "home", 0.13, 3, 0.25, 0.9, 1, "EA"),
        ("shell", "Boiler shell", "BERGAMO", "home", 0.14, 3, 8.0, 22.0, 2, "EA"),
        ("handle", "Portafilter", "BERGAMO", "home", 0.07, 2, 6.0, 12.0, 1, "EA"),
        ("pump", "Pump", "BERGAMO", "home", 0.14, 3, 9.0, 24.0, 2, "EA"),
        ("board", "Control board", "BERGAMO", "home", 0.14, 3, 12.0, 70.0, 3, "EA"),
        ("housing", "Housing", "BERGAMO", "home", 0.34, 3, 18.0, 150.0, 1, "SET"),
        ("frame", "Frame", "BERGAMO", "professional", 0.34, 2, 320.0, 1050.0, 2, "SET"),
        ("display", "Display unit", "BERGAMO", "professional", 0.17, 1, 120.0, 320.0, 3, "EA"),
        ("carton", "Carton", "BERGAMO", "home", 0.07, 2, 1.6, 5.0, 1, "EA"),
        ("motor", "Motor", "TRIESTE", "grinder", 0.13, 2, 8.0, 30.0, 2, "EA"),
        ("burr", "Burr set", "TRIESTE", "grinder", 0.19, 2, 6.0, 40.0, 2, "SET"),
        ("hopper", "Grinder housing", "TRIESTE", "grinder", 0.25, 2, 12.0, 60.0, 1, "SET"),
        ("beans", "Green coffee", "TRIESTE", "capsule", 0.15, 3, 4.4, 8.6, 3, "KG"),
        ("cups", "Capsule shells, 50", "TRIESTE", "capsule", 0.08, 2, 1.8, 2.5, 1, "SET"),
        ("box", "Box", "TRIESTE", "capsule", 0.08, 2, 0.25, 0.42, 1, "EA"),
    ],
    columns=["pool", "words", "plant", "kind", "ratio", "least", "low", "high", "lead", "uom"],
)
"""What is bought to make things from. A dearer machine takes dearer parts of each pool."""

MADE_POOLS = pd.DataFrame(
    [
        ("boiler", "Boiler group", "BERGAMO", "home", 0.20, 3, "EA"),
        ("brew", "Brew group", "BERGAMO", "home", 0.13, 2, "EA"),
        ("mechanism", "Grinding mechanism", "TRIESTE", "grinder", 0.19, 2, "EA"),
        ("blend", "Roasted blend", "TRIESTE", "capsule", 0.19, 3, "KG"),
    ],
    columns=["pool", "words", "plant", "kind", "ratio", "least", "uom"],
)
"""What is made of bought parts and goes into what is sold."""


@dataclass(frozen=True)
class Range:
    """Items by position (sold ones first) and the bill of material between positions."""

    items: pd.DataFrame
    bom: pd.DataFrame

    @property
    def sold(self) -> int:
        """How many items are sold: the positions before it."""
        return int((self.items["kind"] != "").sum())


def make_range(rng: np.random.Generator, count: int) -> Range:
    """A range of `count` sold items with their components."""
    sold = _sold(rng, count)
    sold = _lives(rng, sold)
    items = pd.concat([sold, _components(rng, sold)], ignore_index=True)
    text = ["pool", "kind", "category", "description"]
    items[text] = items[text].fillna("")
    return _without_unused(items, _bom(items))


def _sold(rng: np.random.Generator, count: int) -> pd.DataFrame:
    """The items sold: family, model, variant, how dear (grade 0 to 1) and how popular (weight, mean 1)."""
    families = FAMILIES[FAMILIES["from_items"] <= count].reset_index(drop=True)
    wanted = KINDS["share"].loc[families["kind"]].to_numpy() / families.groupby("kind")["kind"].transform("size")
    numbers = np.floor(wanted * count).astype(int).to_numpy()
    numbers[-1 if len(numbers) > 5 else 4] += count - numbers.sum()
    family = np.repeat(np.arange(len(families)), numbers)
    place = np.arange(count) - np.repeat(np.cumsum(numbers) - numbers, numbers)
    frame = families.iloc[family][["family", "kind", "prefix"]].reset_index(drop=True)
    width = max(3, len(str(numbers.max() + 100)))
    frame["item_id"] = frame["prefix"] + "-" + pd.Series(place + 101).astype(str).str.zfill(width)
    of_kind = KINDS.loc[frame["kind"]]
    model = place // of_kind["variants"].to_numpy()
    models = (np.repeat(numbers, numbers) + of_kind["variants"].to_numpy() - 1) // of_kind["variants"].to_numpy()
    frame["description"] = _names(frame["kind"].to_numpy(), model, place)
    frame["category"] = frame["family"] + "/" + _word(frame["kind"].to_numpy(), SERIES, model)
    frame["uom"] = of_kind["uom"].to_numpy()
    frame["plant"] = of_kind["plant"].to_numpy()
    frame["model"], frame["variant"] = model, place % of_kind["variants"].to_numpy()
    frame["grade"] = model / np.maximum(models - 1, 1)
    frame["weight"] = _weights(rng, numbers)
    kind = frame["kind"]
    frame["strategy"] = np.where(kind == "professional", "MTO", "MTS")
    frame["shelf_life"] = np.where(kind == "capsule", 6.0 + model % 4, np.nan)
    bought = ((kind == "grinder") & (frame["grade"] < 0.5)) | ((kind == "spare") & (place % 3 > 0))
    frame["made"] = ~bought
    frame["level"] = 2
    return frame


def _weights(rng: np.random.Generator, numbers: np.ndarray) -> np.ndarray:
    """Popularity within each family, of mean 1: a few sell much, most sell little."""
    ranks = np.concatenate([rng.permutation(number) for number in numbers])
    size = np.repeat(numbers, numbers)
    raw = 1.0 / (ranks + 0.3 * size + 1.0)
    family = np.repeat(np.arange(len(numbers)), numbers)
    return raw * size / np.bincount(family, raw)[family]


def _word(kinds: np.ndarray, words: dict[str, tuple[str, ...]], position: np.ndarray) -> np.ndarray:
    """The word at a position in the list of each item's kind, beginning again where it ends."""
    result = np.full(len(kinds), "", dtype=object)
    for kind, said in words.items():
        rows = kinds == kind
        result[rows] = np.array(said, dtype=object)[position[rows] % len(said)]
    return result


def _names(kinds: np.ndarray, model: np.ndarray, place: np.ndarray) -> np.ndarray:
    lengths = pd.Series(kinds).map({kind: len(said) for kind, said in SERIES.items()}).to_numpy()
    again = model // lengths
    number = np.where(again > 0, " " + pd.Series(again + 1).astype(str), "")
    variants = KINDS["variants"].loc[kinds].to_numpy()
    return _word(kinds, SERIES, model) + number + " " + _word(kinds, VARIANTS, place % variants)


def _lives(rng: np.random.Generator, sold: pd.DataFrame) -> pd.DataFrame:
    """Launches (past, of the last year, planned) that start from a like item, and ends of sale."""
    count = len(sold)
    stocked = sold["kind"].isin(["home", "grinder", "capsule"]).to_numpy()
    first = ~sold["family"].duplicated().to_numpy()
    old, late, planned = max(1, count // 25), max(1, count // 40), max(1, count // 60)
    new = pick(rng, np.flatnonzero(stocked & ~first), old + late + planned)
    month = np.concatenate(
        [
            10 + rng.integers(0, 32, old),
            HISTORY - 11 + rng.integers(0, 7, late),
            HISTORY + 2 + rng.integers(0, 6, planned),
        ]
    )[: len(new)]
    launch = np.full(count, -1)
    launch[new] = month
    like = np.maximum.accumulate(np.where(launch < 0, np.arange(count), 0))
    end = np.full(count, -1)
    last_use = np.full(count, -1)
    np.maximum.at(last_use, like[new], month)
    succeeded = np.unique(like[new[::2]])
    end[succeeded] = np.minimum(last_use[succeeded] + OVERLAP, MONTHS - 1)
    free = np.flatnonzero((launch < 0) & (end < 0) & ~first & ~np.isin(np.arange(count), like[new]))
    ended = pick(rng, free[sold["kind"].to_numpy()[free] != "professional"], max(1, count // 40) + max(1, count // 50))
    past = max(1, count // 40)
    months = np.concatenate([14 + rng.integers(0, 40, past), HISTORY + 3 + rng.integers(0, 10, len(ended))])
    end[ended] = months[: len(ended)]
    ids = sold["item_id"].to_numpy()
    return sold.assign(
        launch_month=launch,
        end_month=end,
        like=np.where(launch >= 0, like, -1),
        launch=_day(launch),
        discontinue=_day(end),
        like_item_id=np.where(launch >= 0, ids[like], ""),
        like_factor=np.where(launch >= 0, 0.6 + 0.1 * rng.integers(0, 7, count), 1.0).round(1),
    )


OVERLAP = 4
"""Months a model is sold beside the one that succeeds it."""


def _day(month: np.ndarray) -> np.ndarray:
    """First days of months; none where the month is negative."""
    days = BUCKETS.to_numpy()[np.clip(month, 0, len(BUCKETS) - 1)]
    return np.where(month < 0, np.datetime64("NaT", "ns"), days)


def _components(rng: np.random.Generator, sold: pd.DataFrame) -> pd.DataFrame:
    """The components of both levels: bought parts (level 0) and subassemblies (level 1)."""
    pools = pd.concat([MADE_POOLS.assign(made=True), POOLS.assign(made=False)], ignore_index=True)
    users = pools["kind"].map(sold["kind"].value_counts())
    numbers = np.maximum(pools["least"], np.floor(pools["ratio"] * users + 0.5)).astype(int).to_numpy()
    pool = np.repeat(np.arange(len(pools)), numbers)
    place = np.arange(numbers.sum()) - np.repeat(np.cumsum(numbers) - numbers, numbers)
    frame = pools.iloc[pool][["pool", "words", "plant", "made", "low", "high", "lead", "uom"]].reset_index(drop=True)
    grade = place / np.maximum(numbers[pool] - 1, 1)
    jitter = 0.95 + 0.1 * rng.random(len(frame))
    return pd.DataFrame(
        {
            "item_id": "C-" + frame["pool"].str.upper() + "-" + pd.Series(place + 1).astype(str).str.zfill(2),
            "description": frame["words"] + " " + pd.Series(place + 1).astype(str),
            "family": np.where(frame["made"], "subassemblies", "components"),
            "category": frame["pool"],
            "pool": frame["pool"],
            "kind": "",
            "uom": frame["uom"],
            "plant": frame["plant"],
            "grade": grade,
            "strategy": "MTS",
            "made": frame["made"],
            "level": np.where(frame["made"], 1, 0),
            "lead": frame["lead"],
            "cost": ((frame["low"] + (frame["high"] - frame["low"]) * grade) * jitter).round(2),
            "launch_month": -1,
            "end_month": -1,
            "like": -1,
            "like_item_id": "",
            "like_factor": 1.0,
        }
    )


def _without_unused(items: pd.DataFrame, bom: pd.DataFrame) -> Range:
    """The range without components that go into nothing, level by level."""
    keep = (items["kind"] != "").to_numpy()
    for level in (1, 0):
        used = bom.loc[keep[bom["parent"]], "component"].unique()
        keep |= (items["level"] == level).to_numpy() & np.isin(np.arange(len(items)), used)
    position = np.cumsum(keep) - 1
    bom = bom[keep[bom["parent"]]]
    bom = bom.assign(parent=position[bom["parent"]], component=position[bom["component"]])
    return Range(items[keep].reset_index(drop=True), bom.reset_index(drop=True))


def _bom(items: pd.DataFrame) -> pd.DataFrame:
    """The bill of material between positions: parent, component, qty_per, scrap."""
    kind, pool = items["kind"].to_numpy(), items["pool"].to_numpy()
    grade, variant = items["grade"].to_numpy(), items["variant"].fillna(0).to_numpy().astype(int)
    made = items["made"].to_numpy()
    lines: list[pd.DataFrame] = []

    def link(parents: np.ndarray, name: str, qty: float | np.ndarray, scrap: float = 0.0, shift: float = 0.0) -> None:
        members = np.flatnonzero(pool == name)
        wanted = np.floor(grade[parents] * (len(members) - 1) + 0.5 + shift).astype(int) % len(members)
        lines.append(pd.DataFrame({"parent": parents, "component": members[wanted], "qty_per": qty, "scrap": scrap}))

    boilers, brews = np.flatnonzero(pool == "boiler"), np.flatnonzero(pool == "brew")
    link(boilers, "element", 1.0)
    link(boilers, "valve", 2.0, 0.01)
    link(boilers, "gasket", 3.0, 0.02)
    link(boilers, "shell", 1.0)
    link(brews, "valve", 1.0, 0.01, shift=1)
    link(brews, "gasket", 2.0, 0.02, shift=1)
    link(brews, "handle", 1.0)
    mechanisms, blends = np.flatnonzero(pool == "mechanism"), np.flatnonzero(pool == "blend")
    link(mechanisms, "motor", 1.0)
    link(mechanisms, "burr", 1.0, 0.01)
    link(blends, "beans", 0.7, 0.18)
    link(blends, "beans", 0.3, 0.18, shift=1)
    home = np.flatnonzero(kind == "home")
    for name in ("boiler", "pump", "board", "housing"):
        link(home, name, 1.0)
    link(home[grade[home] >= 0.4], "brew", 1.0)
    link(home, "carton", 1.0, 0.01)
    bar = np.flatnonzero(kind == "professional")
    groups = variant[bar] + 1.0
    link(bar, "boiler", groups)
    link(bar, "brew", groups)
    link(bar, "pump", np.where(groups > 1, 2.0, 1.0))
    link(bar, "frame", 1.0)
    link(bar, "display", 1.0)
    grinders = np.flatnonzero((kind == "grinder") & made)
    for name in ("mechanism", "hopper"):
        link(grinders, name, 1.0)
    capsules = np.flatnonzero(kind == "capsule")
    link(capsules, "blend", np.where(variant[capsules] > 0, 0.33, 0.28), 0.01)
    link(capsules, "cups", 1.0, 0.01)
    link(capsules, "box", 1.0)
    spares = np.flatnonzero((kind == "spare") & made)
    for number, name in enumerate(("gasket", "valve", "element", "pump")):
        link(spares[np.arange(len(spares)) % 4 == number], name, 4.0 if name == "gasket" else 1.0)
    bom = pd.concat(lines, ignore_index=True)
    return bom.groupby(["parent", "component"], as_index=False).agg({"qty_per": "sum", "scrap": "max"})
