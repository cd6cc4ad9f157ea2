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


def least_cost(
    settings: Supply, tables: dict[str, pd.DataFrame], targets: dict[tuple, tuple], last: pd.DataFrame | None = None
) -> float:
    """The objective of the best plan; `targets` gives (target, comfortable, limit) by item, location, bucket number.

    `last` is last cycle's sourcing plan.
    """
    buckets = sorted(tables["demand_plan"]["bucket"].unique())
    horizon, lp = len(buckets), Programme()
    items = {row.item_id: row for row in tables["items"].itertuples()}
    policy = {(row.item_id, row.location_id): row for row in tables["policies"].itertuples()}
    sources = list(tables["sources"].itertuples())
    routing = list(tables["routings"].itertuples())
    before = defaultdict(float)  # what last cycle's plan starts, by source and bucket
    for row in [] if last is None else last.itertuples():
        before[row.item_id, row.location_id, row.method, row.origin_id, row.start_bucket] += row.qty
    recipe = defaultdict(list)
    for row in tables["bom"].itertuples():
        recipe[row.item_id].append(row)
    rate = {row.resource_id: row for row in tables["resources"].itertuples()}

    def hours(source, row, alone=False):
        """Hours a unit takes; without a set-up's where lots are planned one by one."""
        averaged = 0.0 if alone else row.setup_hours / max(source.lot_min, source.lot_multiple, 1.0)
        return (row.hours_per_unit + averaged) / source.yield_share

    def loaded(source):
        """The routings that hold for a source: of its method, and of its origin where they name one."""
        key = (source.item_id, source.location_id, source.method)
        rows = [row for row in routing if (row.item_id, row.location_id, row.method) == key]
        return [row for row in rows if row.origin_id in ("", source.origin_id)]

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
            cost += sum(hours(source, row) * rate[row.resource_id].cost_regular for row in loaded(source))
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
            cost += source.setup_cost / max(source.lot_min, source.lot_multiple) if source.setup_cost else 0.0
            for row in loaded(source):
                people = rate[row.resource_id]
                hour = max(people.cost_regular, people.cost_overtime)
                if staffed(row.resource_id):
                    hour = max(hour, people.cost_regular + people.cost_hire / people.hours_per_head)
                cost += hours(source, row) * hour
            most = max(most, cost)
        return 10 * most

    def at_stake(node, seen=()):
        """The most that a unit of a node, or of what it goes into, is worth."""
        most = dearest(node)
        for line in {key[:3] for key in wanted if key[:2] == node}:
            missed = lost_sale(node, price_of(line)) + horizon * late_cost(line)
            most = max(most, 2 * weight_of(line) * missed)
        for source in sources:
            for origin, units in drawn(source):
                if origin == node and node not in seen:
                    most = max(most, at_stake((source.item_id, source.location_id), (*seen, node)) / units)
        return most

    def lost_sale(node, price=None):
        item, said = items[node[0]], policy.get(node)
        price = item.unit_price if price is None else price
        margin = max(price - item.unit_cost, 0)
        if said is not None and said.lost_sale_cost == said.lost_sale_cost:
            margin = said.lost_sale_cost
        return max(margin + item.unit_cost, settings.lost_sale_share * price)

    wanted = defaultdict(float)
    for row in tables["open_orders"].itertuples():
        wanted[row.item_id, row.location_id, row.customer_id, number(row.due, buckets)] += row.qty
    for row in tables["demand_plan"].itertuples():
        key = (row.item_id, row.location_id, row.customer_id, number(row.bucket, buckets))
        wanted[key] = max(wanted[key], row.consensus)
    priority = dict(tables["customers"][["customer_id", "priority"]].itertuples(index=False))

    def weight_of(line):
        return 1.0 if settings.allocation == "fair_share" else priority.get(line[2], 1.0)

    def price_of(line):
        price = terms_of(tables["sales_terms"], line)[0]
        return items[line[0]].unit_price if np.isnan(price) else price

    def late_cost(line):
        said = policy.get(line[:2])
        if said is not None and said.backlog_cost == said.backlog_cost:
            return said.backlog_cost
        return settings.backlog_share * price_of(line)

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
        key = (*node, source.method, source.origin_id)
        for t in range(source.lead_time, horizon):
            name, set_up, begun = ((each, position, t) for each in ("arrives", "set up", "begun"))
            lot = max(source.lot_min, source.lot_multiple)
            campaign = source.campaign_min > 0
            setting_up = source.setup_cost > 0 or campaign or any(row.setup_hours > 0 for row in loaded(source))
            alone = t - source.lead_time < settings.lot_fence and (lot > 0 or setting_up)
            spread = 0.0 if alone or not source.setup_cost else source.setup_cost / lot
            lp.variable(name, source.unit_cost + spread, None if np.isnan(source.qty_max) else source.qty_max)
            if alone:
                least = source.lot_min
                if campaign and least == 0:
                    least = min(source.lot_multiple or 1.0, np.nan_to_num(source.qty_max, nan=BIG))
                lp.variable(set_up, 0.0, 1.0, whole=True)
                lp.variable(begun, source.setup_cost, 1.0, whole=True)
                lp.at_most.append(({name: 1, set_up: -BIG}, 0.0))
                lp.at_most.append(({name: -1, set_up: least}, 0.0))
                terms, ran = {set_up: 1, begun: -1}, 0.0
                if campaign and t > source.lead_time:
                    terms["set up", position, t - 1] = -1
                elif campaign:
                    ran = float(before[(*key, buckets[0] - pd.DateOffset(months=1))] > 0)
                lp.at_most.append((terms, ran))
                for back in range(min(source.campaign_min, t - source.lead_time + 1)):
                    lp.at_most.append(({("begun", position, t - back): 1, set_up: -1}, 0.0))
                if source.lot_multiple > 0:
                    lp.variable(("lots", position, t), 0.0, None, whole=True)
                    lp.equal.append(({name: 1, ("lots", position, t): -source.lot_multiple}, 0.0))
            balance[node, t][0][name] -= 1
            for origin, units in drawn(source):
                balance[origin, t - source.lead_time][0][name] += units
            for row in loaded(source):
                load[row.resource_id, t - source.lead_time][name] = hours(source, row, alone)
                if alone:
                    load[row.resource_id, t - source.lead_time][begun] = row.setup_hours
        for t in range(min(settings.frozen, horizon) if last is not None else 0):
            stands, arrives = before[(*key, buckets[t])], ("arrives", position, t + source.lead_time)
            price = max(at_stake(node), sum(units * at_stake(origin) for origin, units in drawn(source)))
            for sign in (1, -1):
                lp.variable(("changed", position, t, sign), price)
                terms = {("changed", position, t, sign): -1} | ({arrives: sign} if arrives in lp.names else {})
                lp.at_most.append((terms, sign * stands))
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
    alike = defaultdict(list)  # lines of one item, location, priority, price and promise: the promise is to all of them
    owed = defaultdict(dict)
    for line in {key[:3] for key in wanted}:
        node, weight, price, late = line[:2], weight_of(line), price_of(line), late_cost(line)
        item, said = items[node[0]], policy.get(node)
        alike[(*node, weight, price, terms_of(tables["sales_terms"], line)[1])].append(line)
        limited = said is not None and said.backlog_max == said.backlog_max
        for t in range(horizon):
            end = lost_sale(node, price) * weight if t == horizon - 1 else 0.0
            lp.variable(("shipped", line, t))
            waits = item.strategy == "MTO" and not limited
            lp.variable(("lost", line, t), lost_sale(node, price) * weight, 0.0 if waits else None)
            lp.variable(("backlog", line, t), late * weight + end)
            owed[node, t]["backlog", line, t] = 1
            balance[node, t][0]["shipped", line, t] += 1
            terms = {("backlog", line, t): 1, ("shipped", line, t): 1, ("lost", line, t): 1}
            if t:
                terms["backlog", line, t - 1] = -1
            lp.equal.append((terms, wanted[*line, t] + (wanted[*line, -1] if t == 0 else 0.0)))
    lp.at_most += [
        (terms, policy[node].backlog_max)
        for (node, _), terms in owed.items()
        if node in policy and policy[node].backlog_max == policy[node].backlog_max
    ]
    for (*node, _, _, promised), lines in alike.items():
        if not promised > 0:
            continue
        broken = ("broken", *lines[0], promised)
        lp.variable(broken, dearest(tuple(node)))
        terms = {("lost", line, t): 1 for line in lines for t in range(horizon)}
        terms |= {("backlog", line, horizon - 1): 1 for line in lines} | {broken: -1}
        total = sum(wanted[*line, t] for line in lines for t in range(-1, horizon))
        lp.at_most.append((terms, (1 - promised) * total))
    lp.equal += [(terms, right) for terms, right in balance.values()]
    return lp.solve()


def number(date: pd.Timestamp, buckets: list, least: int = -1) -> int:
    """The number of the bucket a date falls in; `least` where it falls before the first."""
    return max(sum(bucket <= date for bucket in buckets) - 1, least)


def terms_of(sales_terms: pd.DataFrame, line: tuple) -> tuple[float, float]:
    """Price and promise of a line: each as said for the customer there, the customer, the place or all; else nan."""
    item, place, customer = line
    found = [np.nan, np.nan]
    for where in ((place, customer), ("", customer), (place, ""), ("", "")):
        for row in sales_terms.itertuples():
            named = (row.location_id, row.customer_id)
            if row.item_id != item or named != where:
                continue
            for each, value in enumerate((row.unit_price, row.share_min)):
                found[each] = value if np.isnan(found[each]) else found[each]
    return found[0], found[1]
