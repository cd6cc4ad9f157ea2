"""How every item gets to where it is wanted: nodes (item at location), ways of supply, and how stock is run."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from sopbench.example.lines import LOT, conversion
from sopbench.example.market import Market
from sopbench.example.months import HISTORY
from sopbench.example.range import Range

FREIGHT = {"home": 2.4, "professional": 22.0, "grinder": 1.1, "capsule": 0.22, "spare": 0.25}
"""Money to move one unit from plant or hub to a distribution centre."""

SAFETY = {"home": 0.30, "professional": 0.0, "grinder": 0.40, "capsule": 0.30, "spare": 0.3}
"""Months of demand held against surprise at a distribution centre, by the planners' rule of thumb."""

SERVICE = {"home": 0.96, "professional": 0.90, "grinder": 0.95, "capsule": 0.98, "spare": 0.92}
"""Service level aimed at."""

SUBCONTRACTED = 5
"""Of the home machines one in so many can be made by a subcontractor."""


SUBCONTRACTOR, SUBCONTRACT_LEAD, SUBCONTRACT_PRICE = "SUB-COMO", 2, 1.18
"""Who that is, the months it takes, and its price over our own cost."""

SOURCE_COLUMNS = ["item_id", "location_id", "method", "origin_id", "lead_time", "unit_cost"]
SOURCE_COLUMNS += ["lot_min", "lot_multiple", "qty_max"]

SUPPLIER_LIMIT = 1.6
"""Of boards, displays and shells a supplier sends at most so many times a usual month."""


@dataclass(frozen=True)
class Network:
    """Nodes and the ways that lead to them. A node's position stands for it everywhere."""

    item: np.ndarray
    place: np.ndarray
    """Position of the location in `places`."""
    places: np.ndarray
    """Location ids, plants first."""
    origin: np.ndarray
    """The node it is moved from; -1 where it is made or bought."""
    lead: np.ndarray
    """Months from start or order to arrival, whatever the way."""
    root: np.ndarray
    """By item: the node where it is made or bought."""
    cell: np.ndarray
    """By cell of the market: the node that serves it."""
    lot_multiple: np.ndarray
    """By item: what is bought comes in multiples of this."""
    subcontracted: np.ndarray
    """By item: units a month a subcontractor can make; 0 = none."""


def make_network(rng: np.random.Generator, goods: Range, market: Market, mean: np.ndarray, cost: np.ndarray) -> Network:
    """Nodes where each item is made or bought and where it is sold; `mean` is units a month by item."""
    items = goods.items
    places = np.concatenate([["PLANT-BERGAMO", "PLANT-TRIESTE"], market.centres["location_id"]]).astype(object)
    imported = ((items["kind"] == "grinder") & ~items["made"]).to_numpy()
    at = np.where(imported, 2, np.where(items["plant"] == "BERGAMO", 0, 1))
    wanted = np.unique(
        np.concatenate([np.arange(len(items)) * len(places) + at, market.item * len(places) + market.centre + 2])
    )
    item, place = wanted // len(places), wanted % len(places)
    root = np.searchsorted(wanted, np.arange(len(items)) * len(places) + at)
    is_root = place == at[item]
    bought_lead = np.where(items["kind"] == "spare", 1 + np.arange(len(items)) % 2, items["lead"].fillna(3)).astype(int)
    made_lead = np.isin(items["kind"], ["home", "professional"]).astype(int)
    root_lead = np.where(items["made"], made_lead, bought_lead)
    far = (place >= 3) & ((places[place] != "DC-LYON") | (at[item] > 0))
    multiple = np.where(cost < 1, 500, np.where(cost < 12, 100, np.where(cost < 60, 20, 5)))
    multiple = np.where(items["made"] | (items["kind"] == "spare"), 1, np.where(items["pool"] == "beans", 60, multiple))
    top = (items["kind"] == "home").to_numpy() & (np.arange(len(items)) % SUBCONTRACTED == 2)
    top &= (items["launch_month"] < 0).to_numpy() & (items["end_month"] < 0).to_numpy()
    units = np.floor(mean * 0.5 / 10 + 0.5).astype(int) * 10
    return Network(
        item,
        place,
        places,
        np.where(is_root, -1, root[item]),
        np.where(is_root, root_lead[item], far.astype(int)),
        root,
        np.searchsorted(wanted, market.item * len(places) + market.centre + 2),
        multiple,
        np.where(top, units, 0),
    )


def locations(market: Market) -> pd.DataFrame:
    """Contract table locations."""
    plants = pd.DataFrame(
        {"location_id": ["PLANT-BERGAMO", "PLANT-TRIESTE"], "kind": "plant", "region": ["Lombardy", "Friuli"]}
    )
    return pd.concat([plants, market.centres.assign(kind="dc")[["location_id", "kind", "region"]]], ignore_index=True)


def ceilings(goods: Range, usage: np.ndarray) -> np.ndarray:
    """By item: the most units its supplier sends in a month, infinite where unlimited; `usage` is a usual month."""
    limited = np.isin(goods.items["pool"], ["board", "display", "shell"])
    return np.where(limited, np.ceil(usage * SUPPLIER_LIMIT / 50) * 50, np.inf)


def sources(goods: Range, network: Network, cost: np.ndarray, ceiling: np.ndarray) -> pd.DataFrame:
    """Contract table sources; `ceiling` is the most units of each item its supplier sends in a month."""
    items = goods.items
    ids, of = items["item_id"].to_numpy(), network.item
    kind, made = items["kind"].to_numpy(), items["made"].to_numpy()
    what = np.where(kind != "", kind, items["pool"])
    moved = network.origin >= 0
    supplier = "SUP-" + np.where(
        kind == "grinder", "SHENZHEN", np.where(kind == "spare", "RICAMBI", items["pool"].str.upper())
    )
    own, bought = network.root[made], network.root[~made]
    outside = np.flatnonzero(network.subcontracted)
    frames = [
        _ways(network, np.flatnonzero(moved), "move").assign(
            origin_id=network.places[network.place[network.origin[moved]]],
            unit_cost=pd.Series(kind[of[moved]]).map(FREIGHT),
        ),
        _ways(network, own, "make").assign(
            unit_cost=conversion(items)[made], lot_min=pd.Series(what[made]).map(LOT).to_numpy(dtype=float)
        ),
        _ways(network, bought, "buy").assign(
            origin_id=supplier[~made],
            unit_cost=cost[~made],
            lot_multiple=network.lot_multiple[~made].astype(float),
            qty_max=np.where(np.isinf(ceiling), np.nan, ceiling)[~made],
        ),
        _ways(network, network.root[outside], "subcontract").assign(
            origin_id=SUBCONTRACTOR,
            lead_time=SUBCONTRACT_LEAD,
            unit_cost=(cost[outside] * SUBCONTRACT_PRICE).round(2),
            qty_max=network.subcontracted[outside].astype(float),
        ),
    ]
    rows = pd.concat(frames, ignore_index=True)
    rows["item_id"], rows["location_id"] = ids[of[rows["node"]]], network.places[network.place[rows["node"]]]
    rows = rows.assign(lot_min=rows["lot_min"].fillna(0), lot_multiple=rows["lot_multiple"].fillna(0))
    return rows.sort_values(SOURCE_COLUMNS[:4], kind="stable", ignore_index=True)[SOURCE_COLUMNS]


def _ways(network: Network, nodes: np.ndarray, method: str) -> pd.DataFrame:
    """Ways to nodes by one method, each with the lead time of its node."""
    return pd.DataFrame({"node": nodes, "method": method, "origin_id": "", "lead_time": network.lead[nodes]})


def policies(goods: Range, network: Network, usage: np.ndarray) -> pd.DataFrame:
    """Contract table policies: service levels at the centres, safety stock of components in units at the plants."""
    items = goods.items
    kind = items["kind"].to_numpy()[network.item]
    centre = np.isin(np.arange(len(network.item)), network.cell)
    part = kind == ""
    keep = centre | part
    months = np.where(items["made"], 0.15, 0.4)[network.item]
    stock = np.where(part, np.floor(usage[network.item] * months + 0.5), np.where(kind == "professional", 0.0, np.nan))
    shelf = items["shelf_life"].to_numpy(dtype=float)[network.item]
    rows = pd.DataFrame(
        {
            "item_id": items["item_id"].to_numpy()[network.item],
            "location_id": network.places[network.place],
            "service_level": pd.Series(kind).map(SERVICE).to_numpy(),
            "service_type": np.where(kind == "capsule", "fill", "cycle"),
            "safety_stock": stock,
            "cover_max": np.where(np.isnan(shelf), np.nan, np.floor(shelf / 2)),
        }
    )
    return rows[keep].sort_values(["item_id", "location_id"], kind="stable", ignore_index=True)


def usage_of(goods: Range, wanted: np.ndarray) -> np.ndarray:
    """Items × months: units sold, and units that go into what is made, exploded down the bill of material."""
    from scipy.sparse import csr_array

    bom, count = goods.bom, len(goods.items)
    share = bom["qty_per"].to_numpy() * (1 + bom["scrap"].to_numpy())
    goes_into = csr_array((share, (bom["component"], bom["parent"])), shape=(count, count))
    total, layer = wanted.copy(), wanted
    for _ in range(2):
        layer = goes_into @ layer
        total += layer
    return total


def last_year(values: np.ndarray) -> np.ndarray:
    """Mean of the last twelve months of history."""
    return values[:, HISTORY - 12 : HISTORY].mean(axis=1)
