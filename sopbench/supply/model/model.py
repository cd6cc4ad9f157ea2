"""The supply plan as one linear programme: its decisions, one function a rule, and what it costs."""

from __future__ import annotations

from dataclasses import dataclass

import cvxpy as cp
import numpy as np

from sopbench.params import Supply
from sopbench.supply.inventory.targets import Targets
from sopbench.supply.model.last_plan import change_prices, watched_buckets
from sopbench.supply.model.limits import available_hours, level_machines
from sopbench.supply.model.lots import LotDecisions, Lots, define_lots, lot_rules
from sopbench.supply.model.prices import Prices
from sopbench.supply.network.demand_lines import DemandLines
from sopbench.supply.network.network import Network
from sopbench.supply.network.workforce import People, Workforce, define_people, people_balance


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
    promise_broken: cp.Variable  # demand groups, over the whole horizon
    changed: cp.Variable  # edges × first buckets, in which last cycle's plan counts
    people: People
    lots: LotDecisions

    @property
    def stock(self) -> cp.Expression:
        """Units on the shelf at the end of each bucket."""
        return self.within_target + self.above_target + self.excess


@dataclass(frozen=True)
class Inputs:
    """All that the model is made of."""

    settings: Supply
    network: Network
    demand: DemandLines
    targets: Targets
    prices: Prices
    workforce: Workforce
    lots: Lots
    owed_at_most: np.ndarray  # nodes: most units owed at the end of a bucket; inf = no limit
    planned_before: np.ndarray | None  # edges × buckets: what last cycle's plan starts; none = there is no such plan


@dataclass(frozen=True)
class Model:
    """The programme, its decisions, the rules whose shadow prices are asked for, and its cost by line."""

    problem: cp.Problem
    decisions: Decisions
    stock_balance: cp.Constraint
    enough_hours: cp.Constraint
    cost: dict[str, cp.Expression]


def build_model(inputs: Inputs) -> Model:
    """The supply planning model of a network, the demand on it, its stock targets, its prices, people and lots.

    It always has a solution: whatever customers want may be shipped late or not at all, at a price.
    """
    network, demand = inputs.network, inputs.demand
    decisions = define_decisions(inputs)
    stock_balance = define_stock_balance(network, decisions)
    enough_hours = define_hours(inputs, decisions)
    rules = [
        stock_balance,
        enough_hours,
        define_backlog_balance(network, demand, decisions),
        *define_source_shares(network, decisions),
        *define_promises(inputs, decisions),
        *define_limits_of_backlog(inputs, decisions),
        *define_people_at_work(inputs, decisions),
        *define_level_hours(inputs, decisions),
        *define_changes_of_plan(inputs, decisions),
        *lot_rules(inputs.lots, decisions.lots, decisions.arrivals),
    ]
    cost = define_cost(inputs, decisions)
    problem = cp.Problem(cp.Minimize(sum(cost.values())), rules)
    return Model(problem, decisions, stock_balance, enough_hours, cost)


def define_decisions(inputs: Inputs) -> Decisions:
    """Variables with their limits.

    Nothing arrives that would have to start before the first bucket, nor more than a source can give in a bucket;
    customers who wait are never lost, unless there is a limit to what may be owed; stock is written off only where it
    perishes; hours end where capacity ends, or where the people end whom the plan decides on.
    """
    network, targets, groups = inputs.network, inputs.targets, inputs.demand.groups
    horizon, edges = len(network.buckets), len(network.edges)
    limited = np.isfinite(inputs.owed_at_most)
    waits = groups["waits"].to_numpy(dtype=bool) & ~(limited.astype(float) @ network.serves > 0)
    leaves = np.where(waits, 0.0, np.inf)[:, None]
    most = network.edges["qty_max"].fillna(np.inf).to_numpy()[:, None]
    regular, overtime = available_hours(inputs.settings, inputs.network, inputs.workforce)
    watched = watched_buckets(inputs.settings, inputs.planned_before)
    return Decisions(
        arrivals=_between_zero_and(np.where(network.in_time, most, 0.0)),
        shipped=cp.Variable((len(groups), horizon), nonneg=True),
        lost=_between_zero_and(np.repeat(leaves, horizon, axis=1)),
        backlog=cp.Variable((len(groups), horizon), nonneg=True),
        within_target=_between_zero_and(targets.target),
        above_target=_between_zero_and(_room(targets.comfortable, targets.target)),
        excess=_between_zero_and(_room(targets.limit, targets.comfortable)),
        written_off=_between_zero_and(np.where(np.isfinite(targets.limit), np.inf, 0.0)),
        regular=_between_zero_and(regular),
        overtime=_between_zero_and(overtime),
        share_missed=cp.Variable(edges, nonneg=True),
        share_exceeded=cp.Variable(edges, nonneg=True),
        promise_broken=cp.Variable(len(groups), nonneg=True),
        changed=cp.Variable((edges, watched), nonneg=True),
        people=define_people(inputs.workforce, inputs.settings.headcount == "whole"),
        lots=define_lots(inputs.lots),
    )


def define_stock_balance(network: Network, decisions: Decisions) -> cp.Constraint:
    """Stock = stock before + what arrives - what goes into other items, elsewhere, to customers or is written off."""
    before = decisions.stock @ network.later(1)
    arriving = network.arrives @ decisions.arrivals + _from_the_start(network.opening, network.receipts)
    leaving = (network.uses + network.sends) @ network.started(decisions.arrivals)
    leaving = leaving + network.serves @ decisions.shipped + decisions.written_off
    # this way round a price is what a unit is worth, and a source the one positive factor of its column
    return before + arriving - leaving == decisions.stock


def define_backlog_balance(network: Network, demand: DemandLines, decisions: Decisions) -> cp.Constraint:
    """Units owed at the end = units owed before + units wanted - shipped - lost."""
    before = decisions.backlog @ network.later(1)
    wanted = _from_the_start(demand.of_groups(demand.overdue), demand.of_groups(demand.wanted))
    return decisions.backlog == before + wanted - decisions.shipped - decisions.lost


def define_hours(inputs: Inputs, decisions: Decisions) -> cp.Constraint:
    """The hours of what starts in a bucket, and of the set-ups for it, are worked in regular time or overtime."""
    load = hours_of(inputs, decisions.arrivals, decisions.lots.begun)
    return load <= decisions.regular + decisions.overtime


def hours_of(inputs: Inputs, arrivals, begun):
    """Resources × buckets: the hours that arrivals take (arrays or cvxpy expressions); set-ups `begun` are by lot."""
    network, lots = inputs.network, inputs.lots
    hours = network.loads @ network.started(arrivals)
    if not len(lots.edge) or not network.setups.nnz:
        return hours
    shape = (len(network.edges), len(network.buckets))
    whole = np.asarray(lots.spread.sum(axis=1)).reshape(shape)
    single = network.started(cp.multiply(whole, arrivals) if isinstance(arrivals, cp.Expression) else whole * arrivals)
    averaged = network.loads - network.unit_loads
    return hours - averaged @ single + network.setups @ network.started(lots.table(begun, shape))


def define_promises(inputs: Inputs, decisions: Decisions) -> list[cp.Constraint]:
    """What was promised of demand is met over the horizon; a unit missing from it is priced."""
    demand = inputs.demand
    promised = demand.groups["promised"].to_numpy(dtype=float)
    if not (at := np.flatnonzero(promised > 0)).size:
        return []
    total = demand.of_groups(demand.overdue) + demand.of_groups(demand.wanted).sum(axis=1)
    missed = cp.sum(decisions.lost, axis=1) + decisions.backlog[:, -1]
    return [missed[at] - decisions.promise_broken[at] <= (1 - promised[at]) * total[at]]


def define_limits_of_backlog(inputs: Inputs, decisions: Decisions) -> list[cp.Constraint]:
    """No more is owed of an item at a location than its policy allows: what is beyond is lost."""
    if not (at := np.flatnonzero(np.isfinite(inputs.owed_at_most))).size:
        return []
    owed = inputs.network.serves[at] @ decisions.backlog
    most = np.repeat(inputs.owed_at_most[at][:, None], len(inputs.network.buckets), axis=1)
    return [owed <= most]


def define_people_at_work(inputs: Inputs, decisions: Decisions) -> list[cp.Constraint]:
    """People come and go by hiring and laying off, and work no more hours than there are people for."""
    workforce, people = inputs.workforce, decisions.people
    if not len(workforce.at):
        return []
    return [
        *people_balance(workforce, people, inputs.settings.strategy == "level"),
        decisions.regular[workforce.at] <= cp.multiply(workforce.hours, people.heads),
        decisions.overtime[workforce.at] <= cp.multiply(workforce.overtime, people.heads),
    ]


def define_level_hours(inputs: Inputs, decisions: Decisions) -> list[cp.Constraint]:
    """In a level plan every resource is paid for the same share of its regular hours in every bucket, idle or not."""
    machines = level_machines(inputs.settings, inputs.network, inputs.workforce)
    hours = inputs.network.regular_hours[machines]
    if not machines.size:
        return []
    share = cp.Variable((len(machines), 1), nonneg=True)
    return [decisions.regular[machines] == cp.multiply(hours, share @ np.ones((1, hours.shape[1])))]


def define_changes_of_plan(inputs: Inputs, decisions: Decisions) -> list[cp.Constraint]:
    """What is started more or less than last cycle's plan said, in the buckets in which that counts."""
    watched = decisions.changed.shape[1]
    if inputs.planned_before is None or not watched:
        return []
    started = inputs.network.started(decisions.arrivals)[:, :watched]
    before = inputs.planned_before[:, :watched]
    return [started - before <= decisions.changed, before - started <= decisions.changed]


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


def define_cost(inputs: Inputs, decisions: Decisions) -> dict[str, cp.Expression]:
    """Money by cost line; their sum is what the plan makes as small as it can."""
    network, targets, prices = inputs.network, inputs.targets, inputs.prices
    workforce, people, lots = inputs.workforce, decisions.people, inputs.lots
    shortfall = targets.target - decisions.within_target
    method = network.edges["method"].to_numpy()
    bought = cp.sum(decisions.arrivals, axis=1)
    cost = {
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
        "set_up": _spread_set_up(prices, lots, network) @ cp.vec(decisions.arrivals, order="C"),
        "broken_promises": prices.broken_promise @ decisions.promise_broken,
    }
    if len(lots.edge):
        cost["set_up"] += prices.set_up[lots.edge] @ decisions.lots.begun
    if len(workforce.at):
        cost["wages"] = cp.sum(cp.multiply(workforce.wage, people.heads))
        cost["hiring"] = _where_possible(workforce.hire) @ cp.sum(people.hired, axis=1)
        cost["lay_off"] = _where_possible(workforce.lay_off) @ cp.sum(people.laid_off, axis=1)
    if (machines := level_machines(inputs.settings, inputs.network, inputs.workforce)).size:
        rate = network.resources["cost_regular"].to_numpy(dtype=float)[machines]
        cost["level_hours"] = rate @ cp.sum(decisions.regular[machines], axis=1)
    if inputs.planned_before is not None and decisions.changed.size:
        money = change_prices(inputs.settings, prices, decisions.changed.shape[1])
        cost |= {line: cp.sum(cp.multiply(price, decisions.changed)) for line, price in money.items()}
    return cost


def _spread_set_up(prices: Prices, lots: Lots, network: Network) -> np.ndarray:
    """What a unit bears of the cost of its lot, edges × buckets (flat); 0 where lots are planned one by one."""
    each = np.repeat((prices.set_up / prices.lot)[:, None], len(network.buckets), axis=1).ravel()
    return np.where(np.asarray(lots.spread.sum(axis=1)).ravel() > 0, 0.0, each)


def _where_possible(money: np.ndarray) -> np.ndarray:
    return np.where(np.isfinite(money), money, 0.0)


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
