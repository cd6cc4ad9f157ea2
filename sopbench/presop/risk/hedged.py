"""What a plan that hedges would do otherwise, what that costs on average and what it saves in the worst courses."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import scipy.sparse as sp

from sopbench.contract import checked, table
from sopbench.params.risk import Hedge
from sopbench.presop.risk.hedge import HedgeCase, HedgePlan, hedge
from sopbench.presop.risk.laid import EDGE, LaidPlan
from sopbench.presop.risk.outcomes import conditional_value_at_risk

OURS = ("make", "buy", "subcontract")
"""How an item comes into the company; a move only brings it elsewhere."""

MOST_ITEMS = 500
"""Items that are hedged at most; the others keep to the plan, with the hours that it gives them.

With 1,000 items the five programmes took 75 s of 99 s for the whole study of risk.
"""


@dataclass(frozen=True)
class Pricing:
    """What units and hours bring and cost, as far as the hedge asks.

    items (unit_cost) and resources (cost_regular, cost_overtime) as in the contract; prices: item_id, bucket, price;
    sourcing_plan: the rows of the scenario whose plan is laid out.
    """

    items: pd.DataFrame
    resources: pd.DataFrame
    prices: pd.DataFrame
    sourcing_plan: pd.DataFrame


def hedge_tables(settings: Hedge, laid: LaidPlan, demand: np.ndarray, pricing: Pricing) -> dict[str, pd.DataFrame]:
    """The tables hedge_plan and hedge_worth; both empty where settings.solve is false.

    The programme (`hedge`) knows the finished items (MOST_ITEMS of them), all places of one together, over
    settings.buckets buckets, and the hours of the resources they are made on, less what the plan has all other items
    take of them. It does not know components, places, moves and lots: what it asks for must be checked by a scenario
    before it is ordered. Three plans are compared on the same courses of demand, each with the best recourse to what it
    starts now: the plan itself, the best on average, and the hedge. They are planned for courses of one half of the
    paths and judged on courses of the other, so that what a hedge saves is not what it was fitted to.

    Args:
        demand: buckets × nodes × paths, of which settings.courses are taken (`representative`).
    """
    if not settings.solve:
        return {name: table(name).empty() for name in ("hedge_plan", "hedge_worth")}
    horizon = min(settings.buckets, len(laid.buckets))
    now = min(settings.now, horizon)
    case, sold = hedge_case(settings, laid, demand[:horizon, :, ::2], pricing)
    decided = {
        "plan": case.planned[:, :now],
        "best on average": hedge(case, now, 0.0, settings.worst).now,
        "hedge": hedge(case, now, settings.weight, settings.worst).now,
    }
    judged, _ = hedge_case(settings, laid, demand[:horizon, :, min(1, demand.shape[2] - 1) :: 2], pricing)
    plans = {name: hedge(judged, now, 0.0, settings.worst, started) for name, started in decided.items()}
    return {
        "hedge_plan": _hedge_plan(laid, case, sold, pricing.items, decided["plan"], decided["hedge"]),
        "hedge_worth": _hedge_worth(settings.worst, plans),
    }


def hedge_case(settings: Hedge, laid: LaidPlan, demand: np.ndarray, pricing: Pricing) -> tuple[HedgeCase, pd.Index]:
    """The programme's figures and its items in order.

    An edge's lead time holds that of the moves to where the item is sold. A unit made costs its standard; one bought
    what the plan pays for it. Safety stock has no price here: the courses of demand say what it is worth.
    """
    horizon = len(demand)
    sold = _hedged_items(laid, pricing.prices)
    of_node = sold.get_indexer(laid.nodes["item_id"])
    edges = np.flatnonzero(laid.edges["method"].isin(OURS).to_numpy() & (of_node[laid.edges["node"]] >= 0))
    by_item = pricing.items.set_index("item_id").reindex(sold)
    cost = by_item["unit_cost"].to_numpy(dtype=float)
    price = pricing.prices.groupby("item_id")["price"].mean().reindex(sold).fillna(0.0).to_numpy(dtype=float)
    item = of_node[laid.edges["node"].to_numpy()[edges]]
    sums = pricing.sourcing_plan.groupby(EDGE)[["qty", "cost"]].sum()
    sums = sums.reindex(pd.MultiIndex.from_frame(laid.edges.iloc[edges][EDGE]))
    made = (laid.edges["method"].to_numpy()[edges] == "make") | (sums["qty"].to_numpy() <= 0)
    each = np.where(made, cost[item], (sums["cost"] / sums["qty"].where(sums["qty"] > 0)).to_numpy())
    cheapest = np.full(len(sold), np.inf)
    np.minimum.at(cheapest, item, each)
    cheapest = np.where(np.isfinite(cheapest), np.minimum(cheapest, cost), cost)
    hours = laid.hours.toarray()[:, edges][:, :, None] * laid.set_ups[:, None, :horizon]
    ours = np.einsum("reb,eb->rb", hours, laid.planned[edges][:, :horizon])
    others = np.maximum(laid.load[:, :horizon] - ours, 0.0)
    loaded = np.flatnonzero(hours.any(axis=(1, 2)))
    regular = np.maximum(laid.regular[:, :horizon] - others, 0.0)
    there = np.maximum(laid.hours_there[:, :horizon] - others, ours * (1 + 1e-9))
    paid = pricing.resources.set_index("resource_id").reindex(laid.resources)
    extra = (paid["cost_overtime"] - paid["cost_regular"]).clip(lower=0).fillna(0.0).to_numpy(dtype=float)
    lead = laid.edges["lead"].to_numpy()[edges] + _delivery(laid, of_node, len(sold))[item]
    courses = representative(_of_items(demand, of_node, len(sold)), price, settings.courses)
    case = HedgeCase(
        demand=courses,
        chance=np.full(len(courses), 1 / len(courses)),
        opening=_of_items((laid.opening - laid.overdue)[None, :, None], of_node, len(sold))[0, :, 0],
        receipts=_of_items(laid.supply["receipts"].T[:horizon, :, None], of_node, len(sold))[:, :, 0].T,
        item=item,
        lead=lead,
        most=np.maximum(laid.edges["most"].to_numpy()[edges], laid.planned[edges].max(axis=1, initial=0.0)),
        hours=hours[loaded],
        regular=regular[loaded],
        overtime=np.maximum(there - regular, 0.0)[loaded],
        overtime_price=extra[loaded],
        price=price,
        cost=each,
        holding=settings.holding_share * cost,
        late=settings.late_share * price,
        leftover=settings.leftover_share * cheapest,
        planned=laid.planned[edges][:, :horizon] * (np.arange(horizon) + lead[:, None] < horizon),
        change=settings.change_share * each,
    )
    return case, sold


def _hedged_items(laid: LaidPlan, prices: pd.DataFrame) -> pd.Index:
    """The items that customers want, in order; of more than MOST_ITEMS those that are to bring most money."""
    units = pd.Series(laid.supply["demand"].sum(axis=1)).groupby(laid.nodes["item_id"].to_numpy()).sum()
    units = units[units > 0]
    money = units * prices.groupby("item_id")["price"].mean().reindex(units.index).fillna(0.0)
    return pd.Index(sorted(money.nlargest(MOST_ITEMS).index))


def representative(demand: np.ndarray, price: np.ndarray, number: int) -> np.ndarray:
    """A few courses of demand, equally likely, that stand for all: courses × items × buckets.

    Paths (last axis of buckets × items × paths) are put in order by what they are worth and cut into `number` equal
    groups; of each the path nearest its mean (by items, in money) is taken, so the tails are there. The chosen are
    scaled so that every item and bucket has the paths' mean.
    """
    worth = demand.sum(axis=0) * price[:, None]
    groups = np.array_split(np.argsort(worth.sum(axis=0), kind="stable"), min(number, demand.shape[2]))
    centres = np.stack([worth[:, some].mean(axis=1) for some in groups])
    chosen = [
        some[np.argmin(((worth[:, some] - centre[:, None]) ** 2).sum(axis=0))]
        for some, centre in zip(groups, centres, strict=True)
    ]
    found = demand[:, :, chosen].transpose(2, 1, 0)
    mean, had = demand.mean(axis=2).T, found.mean(axis=0)
    return found * np.divide(mean, had, out=np.zeros_like(mean), where=had > 0)


def _of_items(values: np.ndarray, of_node: np.ndarray, number: int) -> np.ndarray:
    """Values by node (second of three axes) added up by item."""
    known = np.flatnonzero(of_node >= 0)
    gathers = sp.csr_array((np.ones(len(known)), (of_node[known], known)), shape=(number, len(of_node)))
    return np.stack([gathers @ each for each in values])


def _delivery(laid: LaidPlan, of_node: np.ndarray, number: int) -> np.ndarray:
    """Whole buckets a unit of an item is on the way to where it is sold, by what the plan moves, on average."""
    moves = np.flatnonzero((laid.edges["method"] == "move").to_numpy())
    item, units = of_node[laid.edges["node"].to_numpy()[moves]], laid.planned[moves].sum(axis=1)
    moved, taken = np.zeros(number), np.zeros(number)
    known = item >= 0
    np.add.at(moved, item[known], units[known])
    np.add.at(taken, item[known], (units * laid.edges["lead"].to_numpy()[moves])[known])
    return np.rint(np.divide(taken, moved, out=np.zeros(number), where=moved > 0)).astype(int)


def _hedge_plan(
    laid: LaidPlan, case: HedgeCase, sold: pd.Index, items: pd.DataFrame, planned: np.ndarray, hedged: np.ndarray
) -> pd.DataFrame:
    sums = np.zeros((2, len(sold), planned.shape[1]))
    for row, started in enumerate((planned, hedged)):
        np.add.at(sums[row], case.item, started)
    rows = pd.MultiIndex.from_product([sold, laid.buckets[: planned.shape[1]]], names=["item_id", "bucket"])
    rows = pd.DataFrame({"planned": sums[0].ravel(), "hedged": sums[1].ravel()}, index=rows).reset_index()
    difference = rows["hedged"] - rows["planned"]
    cost = rows["item_id"].map(items.set_index("item_id")["unit_cost"])
    rows = rows.assign(difference=difference, money=difference * cost)
    return checked(rows[(rows["planned"] > 1e-6) | (rows["hedged"] > 1e-6)], table("hedge_plan"))


def _hedge_worth(worst: float, plans: dict[str, HedgePlan]) -> pd.DataFrame:
    profit = np.stack([plan.profit for plan in plans.values()])
    rows = pd.DataFrame(
        {
            "choice": list(plans),
            "mean": profit.mean(axis=1),
            "worst": conditional_value_at_risk(profit, worst),
            "lowest": profit.min(axis=1),
            "highest": profit.max(axis=1),
        }
    ).set_index("choice")
    best, plan = rows.loc["best on average"], rows.loc["plan"]
    rows = rows.assign(costs=best["mean"] - rows["mean"], saves=rows["worst"] - best["worst"])
    rows = rows.assign(mean_over_plan=rows["mean"] - plan["mean"], worst_over_plan=rows["worst"] - plan["worst"])
    return checked(rows.reset_index(), table("hedge_worth"))
