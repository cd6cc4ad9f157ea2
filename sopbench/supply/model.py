"""The supply plan as one linear programme: its decisions, one function a rule, and what it costs."""

from __future__ import annotations

from dataclasses import dataclass

import cvxpy as cp
import numpy as np

from sopbench.supply.demand_lines import DemandLines
from sopbench.supply.network import Network
from sopbench.supply.prices import Prices
from sopbench.supply.targets import Targets


@dataclass(frozen=True)
class Decisions:
    """What the plan decides, each (rows × buckets), in units or hours.

    Stock lies in three layers: up to the target, above it up to the greatest cover, and in excess of that.
    """

    arrivals: cp.Variable  # edges
    shipped: cp.Variable  # demand groups
    lost: cp.Variable  # demand groups
    backlog: cp.Variable  # demand groups
    within_target: cp.Variable  # nodes
    above_target: cp.Variable  # nodes
    excess: cp.Variable  # nodes
    written_off: cp.Variable  # nodes
    regular: cp.Variable  # resources
    overtime: cp.Variable  # resources
    share_missed: cp.Variable  # edges, over the whole horizon
    share_exceeded: cp.Variable  # edges, over the whole horizon

    @property
    def stock(self) -> cp.Expression:
        """Units on the shelf at the end of each bucket."""
        return self.within_target + self.above_target + self.excess


@dataclass(frozen=True)
class Model:
    """The programme, its decisions, the rules whose shadow prices are asked for, and its cost by line."""

    problem: cp.Problem
    decisions: Decisions
    stock_balance: cp.Constraint
    enough_hours: cp.Constraint
    cost: dict[str, cp.Expression]


def build_model(network: Network, demand: DemandLines, targets: Targets, prices: Prices) -> Model:
    """The supply planning model of a network, the demand on it, its stock targets and its prices.

    It always has a solution: whatever customers want may be shipped late or not at all, at a price.
    """
    decisions = define_decisions(network, demand, targets)
    stock_balance = define_stock_balance(network, decisions)
    enough_hours = define_hours(network, decisions)
    rules = [
        stock_balance,
        enough_hours,
        define_backlog_balance(network, demand, decisions),
        *define_source_shares(network, decisions),
    ]
    cost = define_cost(network, targets, prices, decisions)
    problem = cp.Problem(cp.Minimize(sum(cost.values())), rules)
    return Model(problem, decisions, stock_balance, enough_hours, cost)


def define_decisions(network: Network, demand: DemandLines, targets: Targets) -> Decisions:
    """Variables with their limits.

    Nothing arrives that would have to start before the first bucket, nor more than a source can give in a bucket;
    customers who wait are never lost; stock is written off only where it perishes; hours end where capacity ends.
    """
    horizon = len(network.buckets)
    leaves = np.where(demand.groups["waits"], 0.0, np.inf)[:, None]
    most = network.edges["qty_max"].fillna(np.inf).to_numpy()[:, None]
    groups, edges = len(demand.groups), len(network.edges)
    return Decisions(
        arrivals=_between_zero_and(np.where(network.in_time, most, 0.0)),
        shipped=cp.Variable((groups, horizon), nonneg=True),
        lost=_between_zero_and(np.repeat(leaves, horizon, axis=1)),
        backlog=cp.Variable((groups, horizon), nonneg=True),
        within_target=_between_zero_and(targets.target),
        above_target=_between_zero_and(_room(targets.comfortable, targets.target)),
        excess=_between_zero_and(_room(targets.limit, targets.comfortable)),
        written_off=_between_zero_and(np.where(np.isfinite(targets.limit), np.inf, 0.0)),
        regular=_between_zero_and(network.regular_hours),
        overtime=_between_zero_and(network.overtime_hours),
        share_missed=cp.Variable(edges, nonneg=True),
        share_exceeded=cp.Variable(edges, nonneg=True),
    )


def define_stock_balance(network: Network, decisions: Decisions) -> cp.Constraint:
    """Stock = stock before + what arrives - what goes into other items, elsewhere, to customers or is written off."""
    before = decisions.stock @ network.later(1)
    arriving = network.arrives @ decisions.arrivals + _from_the_start(network.opening, network.receipts)
    leaving = (network.uses + network.sends) @ network.started(decisions.arrivals)
    leaving = leaving + network.serves @ decisions.shipped + decisions.written_off
    return decisions.stock == before + arriving - leaving


def define_backlog_balance(network: Network, demand: DemandLines, decisions: Decisions) -> cp.Constraint:
    """Units owed at the end = units owed before + units wanted - shipped - lost."""
    before = decisions.backlog @ network.later(1)
    wanted = _from_the_start(demand.of_groups(demand.overdue), demand.of_groups(demand.wanted))
    return decisions.backlog == before + wanted - decisions.shipped - decisions.lost


def define_hours(network: Network, decisions: Decisions) -> cp.Constraint:
    """The hours of what starts in a bucket are worked in regular time or overtime."""
    return network.loads @ network.started(decisions.arrivals) <= decisions.regular + decisions.overtime


def define_source_shares(network: Network, decisions: Decisions) -> list[cp.Constraint]:
    """Over the horizon a source brings its agreed share of all that arrives of the item there; a miss is priced."""
    total = cp.sum(decisions.arrivals, axis=1)
    arriving = network.arrives.T @ (network.arrives @ total)
    least, most = network.edges["share_min"].to_numpy(), network.edges["share_max"].to_numpy()
    at_least, at_most = np.flatnonzero(least > 0), np.flatnonzero(most < 1)
    return [
        total[at_least] + decisions.share_missed[at_least] >= cp.multiply(least[at_least], arriving[at_least]),
        total[at_most] - decisions.share_exceeded[at_most] <= cp.multiply(most[at_most], arriving[at_most]),
    ]


def define_cost(network: Network, targets: Targets, prices: Prices, decisions: Decisions) -> dict[str, cp.Expression]:
    """Money by cost line; their sum is what the plan makes as small as it can."""
    shortfall = targets.target - decisions.within_target
    method = network.edges["method"].to_numpy()
    bought = cp.sum(decisions.arrivals, axis=1)
    return {
        **{line: (prices.source * (method == name)) @ bought for name, line in METHOD_LINES.items()},
        "regular_hours": prices.regular @ cp.sum(decisions.regular, axis=1),
        "overtime_hours": prices.overtime @ cp.sum(decisions.overtime, axis=1),
        "holding": prices.holding @ cp.sum(decisions.stock, axis=1),
        "excess_stock": prices.excess @ cp.sum(decisions.excess, axis=1),
        "write_off": prices.write_off @ cp.sum(decisions.written_off, axis=1),
        "backlog": prices.backlog @ cp.sum(decisions.backlog, axis=1),
        "lost_sales": prices.lost @ cp.sum(decisions.lost, axis=1),
        "safety_stock_shortfall": prices.shortfall @ cp.sum(shortfall, axis=1),
        "end_state": prices.end_shortfall @ shortfall[:, -1] + prices.end_backlog @ decisions.backlog[:, -1],
        "source_share": prices.share @ (decisions.share_missed + decisions.share_exceeded),
    }


METHOD_LINES = {"make": "production", "buy": "purchase", "subcontract": "subcontracting", "move": "transport"}
"""The cost line of each way an item can arrive."""


def _between_zero_and(most: np.ndarray) -> cp.Variable:
    return cp.Variable(most.shape, bounds=[np.zeros(most.shape), most])


def _room(upper: np.ndarray, lower: np.ndarray) -> np.ndarray:
    """The room between two limits; none above a limit that is not there."""
    return np.where(np.isinf(lower), 0.0, upper - np.where(np.isinf(lower), 0.0, lower))


def _from_the_start(opening: np.ndarray, flow: np.ndarray) -> np.ndarray:
    """The flow by bucket, with what was there before added to the first bucket."""
    return np.column_stack([flow[:, 0] + opening, flow[:, 1:]])
