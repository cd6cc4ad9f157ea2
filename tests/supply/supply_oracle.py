"""The supply plan's least cost worked out a second time: plain loops, one row at a time, solved by scipy.

Written from the meaning of the tables alone: one demand line a customer, shortfalls as rows of their own. Only stock
targets (tested apart) are handed in.
"""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import pandas as pd
from scipy.optimize import LinearConstraint, milp

from sopbench.params import Supply

BIG = 5000.0
"""More units than any lot of these companies can hold."""


class Programme:
    """A linear programme collected term by term."""

    def __init__(self):
        self.cost, self.upper, self.whole, self.names = [], [], [], {}
        self.equal, self.at_most, self.fixed = [], [], 0.0

    def variable(self, name: tuple, cost: float = 0.0, upper: float | None = None, whole: bool = False) -> int:
        self.names[name] = len(self.cost)
        self.whole.append(int(whole))
        self.cost.append(cost)
        self.upper.append(upper)
        return self.names[name]

    def solve(self) -> float:
        def dense(rows):
            matrix = np.zeros((len(rows), len(self.cost)))
            for position, (terms, _) in enumerate(rows):
                for name, factor in terms.items():
                    matrix[position, self.names[name]] += factor
            return matrix, [right for _, right in rows]

        rules = [LinearConstraint(left, right, right) for left, right in [dense(self.equal)]]
        rules += [LinearConstraint(left, -np.inf, right) for left, right in [dense(self.at_most)] if self.at_most]
        upper = [np.inf if each is None else each for each in self.upper]
        found = milp(
            self.cost, constraints=rules, bounds=(0, upper), integrality=self.whole, options={"mip_rel_gap": 1e-9}
        )
        assert found.status == 0, found.message
        return found.fun + self.fixed


def least_cost(settings: Supply, tables: dict[str, pd.DataFrame], targets: dict[tuple, tuple]) -> float:
    """The objective of the best plan; `targets` gives (target, comfortable, limit) by item, location, bucket number."""
    buckets = sorted(tables["demand_plan"]["bucket"].unique())
    horizon, lp = len(buckets), Programme()
    items = {row.item_id: row for row in tables["items"].itertuples()}
    policy = {(row.item_id, row.location_id): row for row in tables["policies"].itertuples()}
    sources = list(tables["sources"].itertuples())
    routing = defaultdict(list)
    for row in tables["routings"].itertuples():
        routing[row.item_id, row.location_id].append(row)
    recipe = defaultdict(list)
    for row in tables["bom"].itertuples():
        recipe[row.item_id].append(row)
    rate = {row.resource_id: row for row in tables["resources"].itertuples()}

    def hours(source, row, alone=False):
        """Hours a unit takes; without a set-up's where lots are planned one by one."""
        averaged = 0.0 if alone else row.setup_hours / max(source.lot_min, source.lot_multiple, 1.0)
        return (row.hours_per_unit + averaged) / source.yield_share

    def staffed(resource):
        return settings.headcount != "given" and rate[resource].kind == "labour"

    def drawn(source):
        if source.method == "move":
            return [((source.item_id, source.origin_id), 1.0 / source.yield_share)]
        if source.method == "make":
            return [
                ((row.component_id, source.location_id), row.qty_per * (1 + row.scrap) / source.yield_share)
                for row in recipe[source.item_id]
            ]
        return []

    def renewal(node, seen=()):
        """The least a unit costs at a node, no stock anywhere, regular hours."""
        best = np.inf
        for source in sources:
            if (source.item_id, source.location_id) != node or node in seen:
                continue
            cost = source.unit_cost + sum(units * renewal(each, (*seen, node)) for each, units in drawn(source))
            if source.method == "make":
                cost += sum(hours(source, row) * rate[row.resource_id].cost_regular for row in routing[node])
            best = min(best, cost)
        return best

    def dearest(node):
        """Ten times the most that a unit may cost: its dearest source in the dearer hours, its price, its value."""
        most = max(items[node[0]].unit_price, items[node[0]].unit_cost)
        for source in sources:
            if (source.item_id, source.location_id) != node:
                continue
            parts = [units * renewal(each) for each, units in drawn(source)]
            cost = source.unit_cost + sum(part for part in parts if part < np.inf)
            for row in routing[node] if source.method == "make" else []:
                cost += hours(source, row) * max(
                    rate[row.resource_id].cost_regular, rate[row.resource_id].cost_overtime
                )
            most = max(most, cost)
        return 10 * most

    def lost_sale(node):
        item, said = items[node[0]], policy.get(node)
        margin = max(item.unit_price - item.unit_cost, 0)
        if said is not None and said.lost_sale_cost == said.lost_sale_cost:
            margin = said.lost_sale_cost
        return max(margin + item.unit_cost, settings.lost_sale_share * item.unit_price)

    # stock
    balance = defaultdict(lambda: [defaultdict(float), 0.0])
    for node in {(item, place) for item, place, _ in targets}:
        item, said = items[node[0]], policy.get(node)
        holding = settings.holding_share * item.unit_cost
        if said is not None and said.holding_cost == said.holding_cost:
            holding = said.holding_cost
        cost = renewal(node)
        sale = lost_sale(node) if item.unit_price > 0 else np.inf
        shortfall, end = 0.0, 0.0
        if cost <= sale and cost < np.inf:
            end = cost + 0.25 * min(sale - cost, cost)
            shortfall = min(settings.safety_stock_price * holding, max((sale - end) / 6, 1.5 * holding))
        if said is not None and said.stock_end_min > 0:
            end = max(end, dearest(node))
        for t in range(horizon):
            target, comfortable, limit = targets[*node, t]
            lp.variable(("stock", node, t), holding, None if np.isinf(limit) else limit)
            lp.variable(("short", node, t), shortfall + (end if t == horizon - 1 else 0.0))
            lp.at_most.append(({("stock", node, t): -1, ("short", node, t): -1}, -target))
            if np.isfinite(comfortable):
                lp.variable(("excess", node, t), settings.safety_stock_price * holding)
                lp.at_most.append(({("stock", node, t): 1, ("excess", node, t): -1}, comfortable))
            if np.isfinite(limit):
                lp.variable(("written off", node, t), item.unit_cost)
                balance[node, t][0]["written off", node, t] += 1
            balance[node, t][0]["stock", node, t] += 1
            if t:
                balance[node, t][0]["stock", node, t - 1] -= 1
    for row in tables["on_hand"].itertuples():
        balance[(row.item_id, row.location_id), 0][1] += row.qty
    for row in tables["receipts"].itertuples():
        balance[(row.item_id, row.location_id), number(row.due, buckets, 0)][1] += row.qty

    # sources
    load = defaultdict(dict)
    for position, source in enumerate(sources):
        node = (source.item_id, source.location_id)
        for t in range(source.lead_time, horizon):
            name = ("arrives", position, t)
            lot = max(source.lot_min, source.lot_multiple)
            setting_up = source.setup_cost > 0 or any(
                row.setup_hours > 0 for row in routing[node] if source.method == "make"
            )
            alone = t - source.lead_time < settings.lot_fence and (lot > 0 or setting_up)
            spread = 0.0 if alone or not source.setup_cost else source.setup_cost / lot
            lp.variable(name, source.unit_cost + spread, None if np.isnan(source.qty_max) else source.qty_max)
            if alone:
                lp.variable(("set up", position, t), source.setup_cost, 1.0, whole=True)
                lp.at_most.append(({name: 1, ("set up", position, t): -BIG}, 0.0))
                lp.at_most.append(({name: -1, ("set up", position, t): source.lot_min}, 0.0))
                if source.lot_multiple > 0:
                    lp.variable(("lots", position, t), 0.0, None, whole=True)
                    lp.equal.append(({name: 1, ("lots", position, t): -source.lot_multiple}, 0.0))
            balance[node, t][0][name] -= 1
            for origin, units in drawn(source):
                balance[origin, t - source.lead_time][0][name] += units
            if source.method == "make":
                for row in routing[node]:
                    load[row.resource_id, t - source.lead_time][name] = hours(source, row, alone)
                    if alone:
                        load[row.resource_id, t - source.lead_time]["set up", position, t] = row.setup_hours
    for position, source in enumerate(sources):
        node = (source.item_id, source.location_id)
        rivals = [other for other, each in enumerate(sources) if (each.item_id, each.location_id) == node]
        price = renewal(node)
        price = items[node[0]].unit_cost if np.isinf(price) else price
        for sign, share in ((1, source.share_min), (-1, source.share_max)):
            if np.isnan(share):
                continue
            terms = defaultdict(float)
            for other in rivals:
                for t in range(sources[other].lead_time, horizon):
                    terms["arrives", other, t] += sign * (share - (other == position))
            terms["miss", position, sign] = -1
            lp.variable(("miss", position, sign), price)
            lp.at_most.append((terms, 0.0))

    # hours
    given = {(row.resource_id, row.bucket): row for row in tables["capacity"].itertuples()}
    for resource in filter(staffed, rate):
        people = rate[resource]
        for t in range(horizon):
            whole = settings.headcount == "whole"
            lp.variable(("heads", resource, t), people.cost_regular * people.hours_per_head, None, whole)
            lp.variable(("hired", resource, t), people.cost_hire)
            lp.variable(("laid off", resource, t), people.cost_layoff)
            terms = {("heads", resource, t): 1, ("hired", resource, t): -1, ("laid off", resource, t): 1}
            if t:
                terms["heads", resource, t - 1] = -1
            lp.equal.append((terms, 0.0 if t else people.headcount))
            lp.variable(("overtime", resource, t), people.cost_overtime)
            lp.at_most.append(({("overtime", resource, t): 1, ("heads", resource, t): -people.overtime_per_head}, 0.0))
    for (resource, t), terms in load.items():
        if staffed(resource):
            heads = {("heads", resource, t): -rate[resource].hours_per_head, ("overtime", resource, t): -1}
            lp.at_most.append(({**terms, **heads}, 0.0))
            continue
        row, people = given.get((resource, buckets[t])), rate[resource]
        by_people = people.kind == "labour" and resource not in {name for name, _ in given}
        regular = people.headcount * people.hours_per_head if by_people else row.regular_hours if row else 0.0
        overtime = people.headcount * people.overtime_per_head if by_people else row.overtime_hours if row else 0.0
        lp.variable(("regular", resource, t), people.cost_regular, regular)
        lp.variable(("overtime", resource, t), people.cost_overtime, overtime)
        lp.at_most.append(({**terms, ("regular", resource, t): -1, ("overtime", resource, t): -1}, 0.0))

    # customers
    wanted = defaultdict(float)
    for row in tables["open_orders"].itertuples():
        wanted[row.item_id, row.location_id, row.customer_id, number(row.due, buckets)] += row.qty
    for row in tables["demand_plan"].itertuples():
        key = (row.item_id, row.location_id, row.customer_id, number(row.bucket, buckets))
        wanted[key] = max(wanted[key], row.consensus)
    priority = dict(tables["customers"][["customer_id", "priority"]].itertuples(index=False))
    for line in {key[:3] for key in wanted}:
        node, weight = line[:2], priority.get(line[2], 1.0)
        item, said = items[node[0]], policy.get(node)
        late = settings.backlog_share * item.unit_price
        if said is not None and said.backlog_cost == said.backlog_cost:
            late = said.backlog_cost
        for t in range(horizon):
            end = lost_sale(node) * weight if t == horizon - 1 else 0.0
            lp.variable(("shipped", line, t))
            lp.variable(("lost", line, t), lost_sale(node) * weight, 0.0 if item.strategy == "MTO" else None)
            lp.variable(("backlog", line, t), late * weight + end)
            balance[node, t][0]["shipped", line, t] += 1
            terms = {("backlog", line, t): 1, ("shipped", line, t): 1, ("lost", line, t): 1}
            if t:
                terms["backlog", line, t - 1] = -1
            lp.equal.append((terms, wanted[*line, t] + (wanted[*line, -1] if t == 0 else 0.0)))
    lp.equal += [(terms, right) for terms, right in balance.values()]
    return lp.solve()


def number(date: pd.Timestamp, buckets: list, least: int = -1) -> int:
    """The number of the bucket a date falls in; `least` where it falls before the first."""
    return max(sum(bucket <= date for bucket in buckets) - 1, least)
