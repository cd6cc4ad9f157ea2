"""The supply plan's least cost worked out a second time: plain loops, one row at a time, solved by scipy.

Written from the meaning of the tables alone: one demand line a customer, shortfalls as rows of their own. Only stock
targets (tested apart) are handed in.
"""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import pandas as pd
from scipy.optimize import linprog

from sopbench.params import Supply


class Programme:
    """A linear programme collected term by term."""

    def __init__(self):
        self.cost, self.upper, self.names = [], [], {}
        self.equal, self.at_most, self.fixed = [], [], 0.0

    def variable(self, name: tuple, cost: float = 0.0, upper: float | None = None) -> int:
        self.names[name] = len(self.cost)
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

        a_eq, b_eq = dense(self.equal)
        a_ub, b_ub = dense(self.at_most) if self.at_most else (None, None)
        bounds = [(0, upper) for upper in self.upper]
        found = linprog(self.cost, a_ub, b_ub, a_eq, b_eq, bounds, method="highs")
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

    def hours(source, row):
        return row.hours_per_unit + row.setup_hours / max(source.lot_min, source.lot_multiple, 1.0)

    def drawn(source):
        if source.method == "move":
            return [((source.item_id, source.origin_id), 1.0)]
        if source.method == "make":
            return [
                ((row.component_id, source.location_id), row.qty_per * (1 + row.scrap))
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
            lp.variable(name, source.unit_cost, None if np.isnan(source.qty_max) else source.qty_max)
            balance[node, t][0][name] -= 1
            for origin, units in drawn(source):
                balance[origin, t - source.lead_time][0][name] += units
            if source.method == "make":
                for row in routing[node]:
                    load[row.resource_id, t - source.lead_time][name] = hours(source, row)
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
    for (resource, t), terms in load.items():
        row = given.get((resource, buckets[t]))
        lp.variable(("regular", resource, t), rate[resource].cost_regular, row.regular_hours if row else 0.0)
        lp.variable(("overtime", resource, t), rate[resource].cost_overtime, row.overtime_hours if row else 0.0)
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
