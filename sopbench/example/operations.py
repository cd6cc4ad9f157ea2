"""Brewline's past, month by month: what was ordered, made, moved and shipped under the rules its planners went by.

Replenishment is a plain order-up-to level at every node (Silver, Pyke and Thomas, Inventory and Production Management
in Supply Chains, chapter 7) under capacity and components; part of what the peak lacks is built in the summer.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from sopbench.example.chance import bell
from sopbench.example.demand import Demand
from sopbench.example.lines import Works, load_of, overtime
from sopbench.example.market import Market
from sopbench.example.months import HISTORY, MONTHS
from sopbench.example.network import SAFETY, SUBCONTRACT_LEAD, Network, usage_of
from sopbench.example.range import Range

PREBUILT = 0.45
"""Share of what the peak lacks that the planners dare to build ahead."""

MISJUDGED = 0.07
"""Standard deviation of the planners' error on an item's coming months."""

COMPONENT_SAFETY = 0.8
"""Months of usage held of a bought component; SUBASSEMBLY_SAFETY of a subassembly."""

SUBASSEMBLY_SAFETY = 0.15
LUMPY = 0.9
"""How much more is held of what sells in lumps."""

CHIPS_SHORT = slice(16, 21)
"""Months of 2022 in which control boards came short."""

CHIPS_DELIVERED = 0.70
"""Share of a usual month that came then."""

SLACK = 1e-9
"""Leeway in rounding, so that the last digit of a product, which machines may compute differently, decides nothing."""

AHEAD = 6
"""Months beyond the horizon that a rule may look at."""


@dataclass(frozen=True)
class Operations:
    """What happened, in whole units; months of history are columns."""

    opening: np.ndarray
    """By node: stock before the first month."""
    ledger: dict[str, np.ndarray]
    """By node: make, buy, subcontract, move_in, move_out, component_use, shipped, stock (at the end)."""
    under_way: dict[str, np.ndarray]
    """By node and month it was started or ordered in: make, buy, subcontract, move."""
    ordered: np.ndarray
    """By cell of the market, like the next three."""
    shipped: np.ndarray
    backlog: np.ndarray
    """Owed at the end of the month."""
    stockout: np.ndarray
    load: np.ndarray
    """Hours worked, by line."""


@dataclass(frozen=True)
class Outlook:
    """What the planners reckon with, by month of history and horizon and a few months beyond."""

    node: np.ndarray
    """Units customers of a node want, added up from the first month: column t holds all before month t."""
    item: np.ndarray
    usage: np.ndarray
    """The same for items: wanted by customers, and used in making."""
    prebuild: np.ndarray
    """Units of an item that shall lie ready at the end of a month for the peak."""
    known: np.ndarray
    """By item and month: the factor by which they see its level above or below the outlook."""


def simulate(
    rng: np.random.Generator,
    goods: Range,
    market: Market,
    demand: Demand,
    works: Works,
    network: Network,
    hours: np.ndarray,
    ceiling: np.ndarray,
) -> Operations:
    """Run the past; `hours` are regular hours by line and month, `ceiling` what a supplier sends of an item a month."""
    past = _Past(
        goods,
        market,
        demand,
        works,
        network,
        hours,
        ceiling,
        _outlook(rng, goods, market, demand, works, network, hours),
    )
    for month in range(HISTORY):
        past.receive(month)
        past.make_and_buy(month)
        past.move(month)
        past.ship(month)
    return Operations(
        past.opening, past.ledger, past.under_way, past.ordered, past.shipped, past.owed, past.stockout, past.load
    )


def _outlook(
    rng: np.random.Generator,
    goods: Range,
    market: Market,
    demand: Demand,
    works: Works,
    network: Network,
    hours: np.ndarray,
) -> Outlook:
    """The planners' outlook: the expected demand, or the orders themselves for what is made to order."""
    to_order = (goods.items["strategy"] == "MTO").to_numpy()
    seen = np.where(to_order[market.item][:, None], demand.true, demand.expected)
    seen = np.concatenate([seen, seen[:, MONTHS - 12 : MONTHS - 12 + AHEAD]], axis=1)
    node = _add_up(seen, network.cell, len(network.item))
    item = _add_up(seen, market.item, len(goods.items))
    lead = network.lead[network.root] + _farthest(network)
    starts = _sooner(item, lead)
    prebuild = _prebuild(goods, works, starts, hours)
    rise = np.diff(prebuild, axis=1, prepend=prebuild[:, :1])
    usage = usage_of(goods, np.maximum(starts + rise, 0.0)) - starts
    count = len(goods.items)
    known = np.ones((count, HISTORY))
    before = np.concatenate([np.ones((goods.sold, 1)), demand.level[:, : HISTORY - 1]], axis=1)
    known[: goods.sold] = before * (1.0 + MISJUDGED * bell(rng, before.shape))
    known[to_order] = 1.0
    return Outlook(_cumulative(node), _cumulative(item), _cumulative(np.maximum(usage, 0.0)), prebuild, known)


def _prebuild(goods: Range, works: Works, starts: np.ndarray, hours: np.ndarray) -> np.ndarray:
    """Units to have ready at the end of each month, from the hours the line will lack later.

    Backwards from the last month: what a month's hours cannot do must be done before it. Half of the overtime counts.
    """
    stocked = goods.items["kind"].isin(["home", "grinder"]).to_numpy()
    machine = (works.resources["kind"] == "machine").to_numpy()
    rows = stocked[works.item] & machine[works.resource]
    item, resource, taken = works.item[rows], works.resource[rows], works.hours_in_all[rows]
    enough = hours + 0.5 * overtime(hours)
    load = np.zeros((len(works.resources), starts.shape[1]))
    np.add.at(load, resource, taken[:, None] * starts[item])
    carried = np.zeros_like(load)
    for month in range(MONTHS - 1, 0, -1):
        carried[:, month - 1] = np.maximum(0.0, load[:, month] + carried[:, month] - enough[:, month])
    total = _cumulative(starts)
    coming = np.zeros_like(starts)
    coming[:, : MONTHS - 1] = np.minimum(starts[:, : MONTHS - 1], total[:, 5 : MONTHS + 4] - total[:, 1:MONTHS])
    weight = np.zeros_like(load)
    np.add.at(weight, resource, taken[:, None] * coming[item])
    result = np.zeros_like(starts)
    result[item] = (
        PREBUILT * coming[item] * np.divide(carried, weight, out=np.zeros_like(load), where=weight > 0)[resource]
    )
    return result


class _Past:
    """The state of the simulation: stock, what is under way, what is owed; a method for each thing done in a month."""

    def __init__(
        self,
        goods: Range,
        market: Market,
        demand: Demand,
        works: Works,
        network: Network,
        hours: np.ndarray,
        ceiling: np.ndarray,
        outlook: Outlook,
    ) -> None:
        self.goods, self.market, self.demand, self.works = goods, market, demand, works
        self.network, self.hours, self.ceiling, self.outlook = network, hours, ceiling, outlook
        nodes, cells = len(network.item), len(market.item)
        ways = ("make", "buy", "subcontract", "move_in", "move_out", "component_use", "shipped", "stock")
        self.ledger = {name: np.zeros((nodes, HISTORY), dtype=np.int64) for name in ways}
        self.under_way = {
            name: np.zeros((nodes, HISTORY), dtype=np.int64) for name in ("make", "buy", "subcontract", "move")
        }
        self.ordered, self.shipped, self.owed = (np.zeros((cells, HISTORY), dtype=np.int64) for _ in range(3))
        self.stockout = np.zeros((cells, HISTORY), dtype=bool)
        self.load = np.zeros((len(works.resources), HISTORY))
        self.on_order = np.zeros(nodes, dtype=np.int64)
        self.backlog = np.zeros(cells, dtype=np.int64)
        items = goods.items
        self.made = items["made"].to_numpy()
        self.level = items["level"].to_numpy()
        self.safety = _safety_months(goods, network, outlook)
        self.farthest = _farthest(network)
        share = goods.bom["qty_per"].to_numpy() * (1 + goods.bom["scrap"].to_numpy())
        self.uses = csr_array((share, (goods.bom["component"], goods.bom["parent"])), shape=(len(items), len(items)))
        self.used_lately = np.zeros((len(items), HISTORY))
        self.stock = self._first_stock()
        self.opening = self.stock.copy()

    def _first_stock(self) -> np.ndarray:
        """Every node starts at its order-up-to level with nothing under way."""
        centres = np.where(self.network.origin >= 0, self._level_at_centre(0), 0).astype(np.int64)
        at_centres = np.bincount(self.network.item, centres, len(self.made)).astype(np.int64)
        target = np.where(self.level == 2, self._echelon_level(0), self._component_level(-1))
        stock = centres
        stock[self.network.root] = np.maximum(target.astype(np.int64) - at_centres, 0)
        return stock

    def _echelon_level(self, month: int) -> np.ndarray:
        """By item: what shall be on the way and on the shelves together, before what is built ahead."""
        span = self.network.lead[self.network.root] + self.farthest + 1
        rows = np.arange(len(span))
        cover = self.outlook.item[rows, month + span] - self.outlook.item[rows, month]
        safety = np.bincount(self.network.item, self._safety(month), len(span))
        return _up((cover + safety) * self.outlook.known[:, month])

    def _level_at_centre(self, month: int) -> np.ndarray:
        """By node: what shall be on the shelf or on the road to it."""
        span = np.where(self.network.origin >= 0, self.network.lead, 0) + 1
        rows = np.arange(len(span))
        cover = self.outlook.node[rows, month + span] - self.outlook.node[rows, month]
        return _up((cover + self._safety(month)) * self.outlook.known[self.network.item, month])

    def _safety(self, month: int) -> np.ndarray:
        """By node: units held against surprise; the rule of thumb in months, times the coming three months' mean."""
        return self.safety * (self.outlook.node[:, month + 3] - self.outlook.node[:, month]) / 3

    def _component_level(self, month: int) -> np.ndarray:
        """By item: units of a component that shall be on order and on the shelf after the use of a month."""
        lead = self.network.lead[self.network.root]
        rows, usage = np.arange(len(lead)), self.outlook.usage
        months = np.where(self.made, SUBASSEMBLY_SAFETY, COMPONENT_SAFETY)
        cover = usage[rows, month + 1 + lead] - usage[rows, month + 1]
        return _up((cover + months * (usage[rows, month + 3] - usage[rows, month + 1]) / 2) * self._busier(month))

    def _busier(self, month: int) -> np.ndarray:
        """By item: use of the last six months over what was reckoned with, within reason."""
        if month < 6:
            return np.ones(len(self.made))
        usage = self.outlook.usage
        reckoned = usage[:, month + 1] - usage[:, month - 5]
        used = self.used_lately[:, month - 5 : month + 1].sum(axis=1)
        ratio = np.divide(used, reckoned, out=np.ones(len(used)), where=reckoned > 0)
        return np.clip(ratio, 0.8, 1.4)

    def receive(self, month: int) -> None:
        """Put on the shelf what arrives this month."""
        root = self.network.origin < 0
        for way, name, lead, where in (
            ("make", "make", self.network.lead, root & self.made[self.network.item]),
            ("buy", "buy", self.network.lead, root & ~self.made[self.network.item]),
            ("subcontract", "subcontract", np.full(len(root), SUBCONTRACT_LEAD), root),
            ("move", "move_in", self.network.lead, ~root),
        ):
            rows = np.flatnonzero(where & (lead > 0) & (lead <= month))
            arriving = self.under_way[way][rows, month - lead[rows]]
            self.ledger[name][rows, month] += arriving
            self.stock[rows] += arriving
            self.on_order[rows] -= arriving

    def make_and_buy(self, month: int) -> None:
        """Start what is made, as far as hours and components go; order what is bought or subcontracted."""
        owed = np.bincount(self.network.cell, self.backlog, len(self.stock))
        position = np.bincount(self.network.item, self.stock + self.on_order - owed, len(self.made))
        level = np.where(self.level == 2, self._echelon_level(month), 0)
        urgent = np.maximum(level - position, 0.0)
        ahead = _down(np.maximum(level + self.outlook.prebuild[:, month] - position, 0.0) - urgent)
        made = self.made & (self.level == 2)
        starts, built = self._within_hours(month, np.where(made, urgent, 0.0), np.where(made, ahead, 0.0))
        outside = np.minimum(self.network.subcontracted, _down((urgent - starts) * 0.7).clip(min=0)).astype(np.int64)
        starts = starts + built
        need = self.uses @ starts
        missing = np.maximum(need + self._component_level(month) - self.stock[self.network.root], 0.0)
        parts, _ = self._within_hours(month, np.where(self.made & (self.level == 1), _up(missing), 0.0), 0.0 * missing)
        parts = self._consume(month, parts)
        self._start(month, "make", parts)
        self._start(month, "make", self._consume(month, starts))
        self._start(month, "subcontract", outside)
        self._buy(month, np.where(self.level == 2, urgent, 0.0))

    def _within_hours(self, month: int, urgent: np.ndarray, ahead: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """What can be done of the urgent (overtime too) and then of what is built ahead (regular hours only)."""
        regular, over = self.hours[:, month], overtime(self.hours)[:, month]
        done = _down(urgent * self._share(urgent, regular + over))
        left = np.maximum(regular - self._load(done), 0.0)
        return done, _down(ahead * self._share(ahead, left))

    def _load(self, units: np.ndarray) -> np.ndarray:
        return load_of(self.works, units[:, None])[:, 0]

    def _share(self, units: np.ndarray, hours: np.ndarray) -> np.ndarray:
        """By item: the share that the scarcest of its lines lets through."""
        load = self._load(units)
        share = np.minimum(1.0, np.divide(hours, load, out=np.ones_like(load), where=load > 0))
        result = np.ones(len(units))
        np.minimum.at(result, self.works.item, share[self.works.resource])
        return result

    def _consume(self, month: int, starts: np.ndarray) -> np.ndarray:
        """Cut starts to what the components allow, and take those from the shelf."""
        root, bom = self.network.root, self.goods.bom
        use = self.uses @ starts
        share = np.minimum(1.0, np.divide(self.stock[root], use, out=np.ones_like(use), where=use > 0))
        least = np.ones(len(starts))
        np.minimum.at(least, bom["parent"].to_numpy(), share[bom["component"].to_numpy()])
        starts = _down(starts * least)
        taken = np.minimum(_down(self.uses @ starts + 0.5).astype(np.int64), self.stock[root])
        self.stock[root] -= taken
        self.ledger["component_use"][root, month] += taken
        self.used_lately[:, month] += taken
        self.load[:, month] += self._load(starts)
        return starts.astype(np.int64)

    def _start(self, month: int, way: str, units: np.ndarray) -> None:
        """Note what is started at the root of each item; what takes no full month is there at once."""
        root = self.network.root
        self.under_way[way][root, month] += units
        lead = np.full(len(root), SUBCONTRACT_LEAD) if way == "subcontract" else self.network.lead[root]
        now = np.where(lead == 0, units, 0)
        self.ledger[way][root, month] += now
        self.stock[root] += now
        self.on_order[root] += units - now

    def _buy(self, month: int, wanted: np.ndarray) -> None:
        root = self.network.root
        wanted = np.where(
            self.level == 0, self._component_level(month) - self.stock[root] - self.on_order[root], wanted
        )
        multiple = self.network.lot_multiple
        qty = np.where(self.made, 0.0, _up(np.maximum(wanted, 0.0) / multiple) * multiple)
        qty = np.minimum(qty, self.ceiling)
        if CHIPS_SHORT.start <= month < CHIPS_SHORT.stop:
            usage = (self.outlook.usage[:, month + 1] - self.outlook.usage[:, month - 11]) / 12
            board = (self.goods.items["pool"] == "board").to_numpy()
            qty = np.where(board, np.minimum(qty, _down(usage * CHIPS_DELIVERED)), qty)
        self._start(month, "buy", qty.astype(np.int64))

    def move(self, month: int) -> None:
        """Send to the centres what they lack; when there is too little each gets the same share."""
        network = self.network
        owed = np.bincount(network.cell, self.backlog, len(self.stock))
        level = self._level_at_centre(month)
        moved = network.origin >= 0
        wanted = np.where(moved, np.maximum(level - (self.stock + self.on_order - owed), 0.0), 0.0)
        origin = np.where(moved, network.origin, 0)
        asked = np.bincount(origin, wanted, len(wanted))
        whole = asked + np.where(moved, 0.0, level + owed)
        share = np.minimum(1.0, np.divide(self.stock, whole, out=np.ones_like(whole), where=whole > 0))
        sent = np.where(moved, _down(wanted * share[origin]), 0.0).astype(np.int64)
        out = np.bincount(origin, sent, len(sent)).astype(np.int64)
        self.stock -= out
        self.ledger["move_out"][:, month] = out
        self.under_way["move"][:, month] = sent
        now = np.where(network.lead == 0, sent, 0)
        self.ledger["move_in"][:, month] += now
        self.stock += now
        self.on_order += sent - now

    def ship(self, month: int) -> None:
        """Ship what is owed, then what is wanted, the most important customers first; of the others some wait."""
        customers, cell = self.market.customers, self.network.cell
        rank = np.argsort(-customers["priority"].to_numpy(), kind="stable")
        wanted = self.demand.true[:, month]
        late, fresh = np.zeros_like(wanted), np.zeros_like(wanted)
        for asked, given in ((self.backlog, late), (wanted, fresh)):
            for customer in rank:
                rows = np.flatnonzero(self.market.customer == customer)
                given[rows] = np.minimum(asked[rows], self.stock[cell[rows]])
                self.stock[cell[rows]] -= given[rows]
        unmet = wanted - fresh
        to_order = (self.goods.items["strategy"] == "MTO").to_numpy()[self.market.item]
        bound = np.where(to_order, unmet, np.minimum(unmet, self.demand.project[:, month]))
        patient = _down((unmet - bound) * customers["waits"].to_numpy()[self.market.customer]).astype(np.int64)
        waiting = bound + patient
        self.backlog += waiting - late
        self.ordered[:, month] = fresh + waiting
        self.shipped[:, month] = fresh + late
        self.owed[:, month] = self.backlog
        self.stockout[:, month] = (unmet > 0) & ~to_order
        self.ledger["shipped"][:, month] = np.bincount(cell, fresh + late, len(self.stock)).astype(np.int64)
        self.ledger["stock"][:, month] = self.stock


def _down(values: np.ndarray) -> np.ndarray:
    return np.floor(values + SLACK)


def _up(values: np.ndarray) -> np.ndarray:
    return np.ceil(values - SLACK)


def _safety_months(goods: Range, network: Network, outlook: Outlook) -> np.ndarray:
    """By node: months of demand held against surprise; more of spare parts the fewer are sold, as they go in lumps."""
    kind = goods.items["kind"].to_numpy()[network.item]
    served = np.maximum(np.bincount(network.cell, minlength=len(kind)), 1)
    a_month = outlook.node[:, HISTORY] / HISTORY / served
    lumps = np.where(kind == "spare", LUMPY / (0.10 + a_month / 25.0), 0.0)
    return goods.items["kind"].map(SAFETY).fillna(0.0).to_numpy()[network.item] + lumps


def _farthest(network: Network) -> np.ndarray:
    """By item: the longest way from where it arises to a centre, in months."""
    result = np.zeros(len(network.root), dtype=np.int64)
    moved = network.origin >= 0
    np.maximum.at(result, network.item[moved], network.lead[moved])
    return result


def _sooner(values: np.ndarray, lead: np.ndarray) -> np.ndarray:
    """Rows shifted to the left, each by its lead; the last month is repeated."""
    last = values.shape[1] - 1
    return np.take_along_axis(values, np.minimum(np.arange(last + 1)[None, :] + lead[:, None], last), axis=1)


def _add_up(values: np.ndarray, group: np.ndarray, count: int) -> np.ndarray:
    result = np.zeros((count, values.shape[1]))
    np.add.at(result, group, values)
    return result


def _cumulative(values: np.ndarray) -> np.ndarray:
    return np.concatenate([np.zeros((len(values), 1)), np.cumsum(values, axis=1)], axis=1)
