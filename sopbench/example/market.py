"""Who buys Brewline's items and from where: distribution centres, customer groups, and which buys what."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from sopbench.example.chance import between

CENTRES = pd.DataFrame(
    [
        ("DC-VERONA", "south", 0.40, 0),
        ("DC-LEIPZIG", "north", 0.35, 0),
        ("DC-LYON", "west", 0.25, 0),
        ("DC-MADRID", "iberia", 0.20, 1_000),
        ("DC-GOTHENBURG", "nordics", 0.15, 5_000),
        ("DC-WARSAW", "east", 0.15, 5_000),
    ],
    columns=["location_id", "region", "share", "from_items"],
)
"""Distribution centres; the first is the hub where imports arrive."""

CUSTOMERS = pd.DataFrame(
    [
        # customer, channel, region, priority, price, waits, served from (-1 = all), then the share of each kind
        ("RETAIL", "retail", "Europe", 1.5, 0.97, 0.15, -1, 0.50, 0.00, 0.35, 0.45, 0.00, 0),
        ("ONLINE", "online", "Europe", 1.0, 1.05, 0.00, 1, 0.30, 0.00, 0.30, 0.40, 0.30, 0),
        ("HORECA", "horeca", "Europe", 2.0, 1.00, 0.60, -1, 0.00, 0.75, 0.20, 0.15, 0.60, 0),
        ("EXPORT", "distributors", "overseas", 0.8, 0.95, 0.40, 0, 0.20, 0.25, 0.15, 0.00, 0.10, 0),
        ("MARKETPLACE", "online", "Europe", 0.7, 0.99, 0.00, 1, 0.15, 0.00, 0.15, 0.15, 0.00, 1_000),
        ("OFFICE", "offices", "Europe", 1.2, 1.00, 0.50, -1, 0.00, 0.20, 0.00, 0.30, 0.15, 5_000),
    ],
    columns=[
        "customer_id", "channel", "region", "priority", "price_factor", "waits", "centre",
        "home", "professional", "grinder", "capsule", "spare", "from_items",
    ],
)  # fmt: skip
"""Customer groups: what they pay against list, the share that waits when short, and what they buy."""

NOT_LISTED = 0.18
"""Chance that a customer does not list an item its kind is sold to."""


@dataclass(frozen=True)
class Market:
    """Distribution centres, customers, and the cells (item, centre, customer) in which there is demand."""

    centres: pd.DataFrame
    customers: pd.DataFrame
    item: np.ndarray
    centre: np.ndarray
    customer: np.ndarray
    share: np.ndarray
    """Share of an item's demand in each cell; an item's cells add up to 1."""


def make_market(rng: np.random.Generator, items: pd.DataFrame, sold: int) -> Market:
    """Centres and customers for a company of `sold` items, and the cells with their shares."""
    centres = CENTRES[CENTRES["from_items"] <= sold].drop(columns="from_items").reset_index(drop=True)
    customers = CUSTOMERS[CUSTOMERS["from_items"] <= sold].drop(columns="from_items").reset_index(drop=True)
    weight = _weights(rng, items[:sold], customers)
    weight = np.where((items["like"].to_numpy()[:sold] >= 0)[:, None], weight[items["like"].to_numpy()[:sold]], weight)
    place = _places(rng, sold, centres, customers)
    cell = weight[:, None, :] * place
    item, centre, customer = np.nonzero(cell)
    share = cell[item, centre, customer]
    return Market(centres, customers, item, centre, customer, share / np.bincount(item, share, sold)[item])


def _weights(rng: np.random.Generator, items: pd.DataFrame, customers: pd.DataFrame) -> np.ndarray:
    """Items × customers: how much of an item each customer buys; 0 where it does not list it."""
    kinds, kind = np.unique(items["kind"].to_numpy().astype(str), return_inverse=True)
    wanted = customers[list(kinds)].to_numpy().T[kind] * between(rng, 0.6, 1.4, (len(items), len(customers)))
    listed = (rng.random(wanted.shape) >= NOT_LISTED) & (wanted > 0)
    none = ~listed.any(axis=1)
    listed[none, np.argmax(wanted[none], axis=1)] = True
    return np.where(listed, wanted, 0.0)


def _places(rng: np.random.Generator, sold: int, centres: pd.DataFrame, customers: pd.DataFrame) -> np.ndarray:
    """Items × centres × customers: the share of a customer's orders that each centre serves."""
    spread = centres["share"].to_numpy() * between(rng, 0.7, 1.3, (sold, len(centres)))
    spread = spread / spread.sum(axis=1, keepdims=True)
    served = customers["centre"].to_numpy()
    one = (np.arange(len(centres))[:, None] == served[None, :]).astype(float)
    return np.where(served >= 0, one[None, :, :], spread[:, :, None])
