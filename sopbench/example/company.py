"""Puts the example company together: one seed, one size, every table of the contract and the hidden truth."""

from __future__ import annotations

import numpy as np
import pandas as pd

from sopbench.contract import PlanningError, Problem
from sopbench.example import lines, months, network, people, records, stories
from sopbench.example.demand import FADE, event_price, make_demand
from sopbench.example.market import make_market
from sopbench.example.operations import simulate
from sopbench.example.range import OVERLAP, Range, make_range

SMALLEST = 20
"""Fewer sold items would leave families without one."""

TRUTH = ("true_demand", "ledger")
"""What generate() gives beside the tables: what no company knows, or keeps apart."""


def generate(seed: int = 7, items: int = 120) -> dict[str, pd.DataFrame]:
    """Every input table of the contract, and the truth behind them, for a company of so many sold items.

    The same seed and size give the same tables on any machine. Beside the tables: `true_demand` (item_id,
    location_id, customer_id, bucket, qty, project, expected; history and horizon) and `ledger` (item_id,
    location_id, bucket, stock_start, make, buy, subcontract, move_in, move_out, component_use, shipped, stock_end).
    Raises PlanningError for fewer than 20 items.
    """
    if items < SMALLEST:
        message = f"an example company of {items} sold items has not all its families"
        raise PlanningError(Problem("example", "items", str(items), message, f"ask for {SMALLEST} items or more"))
    chances = [np.random.Generator(np.random.PCG64([seed, part])) for part in range(7)]
    goods = make_range(chances[0], items)
    sold = goods.items[: goods.sold]
    works = lines.make_works(goods)
    cost = lines.standard_costs(chances[1], goods, works)
    price = lines.prices(chances[1], sold, cost)
    market = make_market(chances[2], goods.items, items)
    demand = make_demand(chances[3], sold, market, price)

    expected = people.expected_by_item(goods, market, demand.expected, demand.level)
    wanted = np.concatenate([expected, np.zeros((len(goods.items) - items, months.MONTHS))])
    usage = network.usage_of(goods, wanted)
    resources, hours = lines.capacity(works, usage)
    a_month = network.last_year(usage)
    ways = network.make_network(chances[4], goods, market, a_month, cost)
    ceiling = network.ceilings(goods, a_month)
    past = simulate(chances[5], goods, market, demand, works, ways, hours, ceiling)

    paid = event_price(sold, demand.events, price)
    return {
        "items": _items(goods.items, cost, price),
        "locations": network.locations(market),
        "customers": market.customers[["customer_id", "channel", "region", "priority"]],
        "calendar": months.calendar(),
        "resources": resources,
        "capacity": lines.capacity_table(works, lines.refitted(works, hours)),
        "routings": lines.routings(goods, works),
        "bom": _bom(goods),
        "sources": network.sources(goods, ways, cost, ceiling),
        "policies": network.policies(goods, ways, a_month),
        "sales": records.sales(goods, market, ways, past, paid),
        "on_hand": records.on_hand(goods, ways, past),
        "open_orders": records.open_orders(goods, market, past, demand.true),
        "receipts": records.receipts(goods, ways, past),
        "production": records.production(goods, ways, past),
        "forecasts": people.forecasts(chances[6], goods, expected, demand.events),
        "overrides": stories.overrides(sold),
        "events": demand.events,
        "life_cycle": _life_cycle(sold),
        "budget": people.budget(chances[6], goods, expected, price, cost),
        "true_demand": records.true_demand(goods, market, demand.true, demand.project, demand.expected),
        "ledger": records.ledger(goods, ways, past),
    }


def _items(items: pd.DataFrame, cost: np.ndarray, price: np.ndarray) -> pd.DataFrame:
    """Contract table items."""
    names = ["item_id", "description", "family", "category", "uom", "unit_cost", "unit_price", "shelf_life", "strategy"]
    names += ["launch", "discontinue", "like_item_id", "like_factor"]
    listed = np.concatenate([price, np.zeros(len(items) - len(price))])
    return items.assign(unit_cost=cost, unit_price=listed)[names]


def _life_cycle(sold: pd.DataFrame) -> pd.DataFrame:
    """Contract table life_cycle: models that replace the one they are like, and items that end without a successor."""
    like, launch = sold["like"].to_numpy(), sold["launch_month"].to_numpy()
    end, ids = sold["end_month"].to_numpy(), sold["item_id"].to_numpy()
    after = np.flatnonzero((like >= 0) & (end[like] == np.minimum(launch + OVERLAP, months.MONTHS - 1)))
    before = like[after]
    ends = np.setdiff1d(np.flatnonzero(end >= 0), before)
    follows = {"other_id": ids[before], "kind": "successor", "factor": sold["like_factor"].to_numpy()[after]}
    follows = pd.DataFrame({"item_id": ids[after], **follows, "run_down": OVERLAP})
    alone = {"item_id": ids[ends], "other_id": "", "kind": "phase_out", "factor": 1.0, "run_down": len(FADE) - 2}
    return pd.concat([follows, pd.DataFrame(alone)]).sort_values(["item_id", "kind"], ignore_index=True)


def _bom(goods: Range) -> pd.DataFrame:
    """Contract table bom."""
    ids = goods.items["item_id"].to_numpy()
    said = {"item_id": ids[goods.bom["parent"]], "component_id": ids[goods.bom["component"]]}
    return pd.DataFrame(said | {"qty_per": goods.bom["qty_per"].round(3), "scrap": goods.bom["scrap"]})
