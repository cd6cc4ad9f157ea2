"""The simulated world: what was decided is carried out, the bucket's real orders come, and the stock moves on.

Nothing here plans, and nothing here knows what comes after the bucket: one bucket's decisions and orders in, the state
at its end out. Every flow is kept, so that stock, backlog and cash can be added up again from the outside.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from sopbench.supply.network.demand_lines import DemandLines, demand_lines

NODE = ["item_id", "location_id"]
LINE = [*NODE, "customer_id"]
SOURCE = [*NODE, "method", "origin_id"]

HELD = 1e-6
"""Units below which what a plan leaves waiting is the solver's rounding."""


@dataclass(frozen=True)
class State:
    """How the company stands at the start of a bucket.

    on_hand: item_id, location_id, qty (units). under_way: the source (item_id, location_id, method, origin_id), due (a
    date), qty, cost (money, paid on arrival). owed: item_id, location_id, customer_id, qty. cash: money, 0 at first.
    """

    on_hand: pd.DataFrame
    under_way: pd.DataFrame
    owed: pd.DataFrame
    cash: float = 0.0


@dataclass(frozen=True)
class Decisions:
    """What a plan decides in its first bucket.

    starts: the source, bucket (of arrival), qty (units arriving), cost (money). By place (index item_id, location_id):
    `held`, units kept from customers, and `written_off`. `given_up`: units no longer meant to be delivered, by line.
    `hours` is money for hours worked, people and set-ups; `nervousness` the share of the last plan that was changed.
    """

    starts: pd.DataFrame
    held: pd.Series
    written_off: pd.Series
    given_up: pd.Series
    hours: float
    nervousness: float


@dataclass(frozen=True)
class Lived:
    """A bucket as it went: the state after it and every flow in it.

    `places` (index item_id, location_id): before, arrived, used, shipped, written_off, after, in units. `lines`
    (item_id, location_id, customer_id): owed_before, demand, shipped, on_time, lost, owed, in units, and unit_price,
    money. `paid`: money by method (make, buy, ...) and for hours; `revenue`: money.
    """

    state: State
    places: pd.DataFrame
    lines: pd.DataFrame
    paid: dict[str, float]
    revenue: float


def live(
    state: State,
    decided: Decisions,
    orders: pd.DataFrame,
    net_price: pd.Series,
    tables: dict[str, pd.DataFrame],
    start: pd.Timestamp,
    after: pd.Timestamp,
    alike: bool = False,
) -> Lived:
    """Carry out a plan's first bucket [start, after) and let the bucket's real orders come.

    Args:
        orders: item_id, location_id, customer_id, qty: units truly ordered in the bucket.
        net_price: money a unit, by line; where a line has none, its price in sales_terms or the list price counts.
        tables: items, customers, sales_terms, bom, sources, policies of the contract.
        alike: all customers are served alike.

    What is due arrives and is paid for; what was decided is started and draws its components and what is sent; what
    arrives at once is there. Of the rest customers get theirs: of one place those whose units weigh more by price and
    priority first, equals in proportion, what is owed before what is new. The plan holds stock back only where it lets
    customers wait on purpose. What cannot be shipped is owed, but for what the plan gave up and what is beyond the
    policy's backlog_max: that is lost. This is the rule by which presop plays a plan against its risks.
    """
    due = state.under_way["due"] < after
    now = decided.starts["bucket"] == start
    begun = decided.starts.merge(tables["sources"][[*SOURCE, "yield_share"]], on=SOURCE, how="left")
    came = [state.under_way.loc[due], decided.starts.loc[now].rename(columns={"bucket": "due"})]
    arrived = stacked([frame[[*SOURCE, "qty", "cost"]] for frame in came])
    flows = {
        "before": _by_place(state.on_hand),
        "arrived": _by_place(arrived),
        "used": _used(begun, tables["bom"]),
        "held": decided.held,
        "scrap": decided.written_off,
    }
    of = _lines(state.owed, orders, tables, start, alike)
    lines = of.lines[LINE].assign(owed_before=of.overdue, demand=of.wanted[:, 0])
    places = pd.DataFrame(flows).fillna(0.0)
    places = places.reindex(places.index.union(pd.MultiIndex.from_frame(lines[NODE].drop_duplicates())), fill_value=0.0)
    left = places["before"] + places["arrived"] - places["used"]
    shipped = _allocated(of, (left - places["held"]).clip(lower=0.0))
    lines = lines.assign(shipped=shipped, on_time=(shipped - of.overdue).clip(min=0.0))
    lines["lost"] = _lost(lines, decided.given_up, tables["policies"])
    lines["owed"] = lines["owed_before"] + lines["demand"] - lines["shipped"] - lines["lost"]
    lines["unit_price"] = _priced(lines, net_price, of.lines["unit_price"].to_numpy(dtype=float))
    places["shipped"] = lines.groupby(NODE)["shipped"].sum().reindex(places.index, fill_value=0.0)
    left = left - places["shipped"]
    places["written_off"] = np.minimum(places["scrap"], left.clip(lower=0.0))
    places["after"] = left - places["written_off"]
    paid = arrived.groupby("method")["cost"].sum().to_dict() | {"hours": decided.hours}
    revenue = float(lines["shipped"] @ lines["unit_price"])
    rest = decided.starts.loc[~now].rename(columns={"bucket": "due"})
    coming = stacked([state.under_way.loc[~due], rest[[*SOURCE, "due", "qty", "cost"]]])
    ended = State(
        on_hand=places["after"].rename("qty").reset_index(),
        under_way=coming,
        owed=lines.loc[lines["owed"] > 0, [*LINE, "owed"]].rename(columns={"owed": "qty"}),
        cash=state.cash + revenue - sum(paid.values()),
    )
    return Lived(ended, places.drop(columns=["held", "scrap"]), lines, paid, revenue)


def imbalance(before: State, lived: Lived) -> float:
    """The largest violation of a balance in a bucket, in units or money, found from the states and the flows alone.

    Stock of every place, units owed of every line, cash. Sound: below 1e-6.
    """
    flow, lines, after = lived.places, lived.lines, lived.state
    stock = _by_place(before.on_hand).add(flow["arrived"] - flow["used"], fill_value=0.0)
    stock = stock.sub(flow["shipped"] + flow["written_off"], fill_value=0.0)
    owed = before.owed.groupby(LINE)["qty"].sum()
    owed = owed.add(lines.groupby(LINE)[["demand"]].sum()["demand"], fill_value=0.0)
    owed = owed.sub(lines.groupby(LINE)["shipped"].sum() + lines.groupby(LINE)["lost"].sum(), fill_value=0.0)
    cash = before.cash + lived.revenue - sum(lived.paid.values())
    shipped = lines.groupby(NODE)["shipped"].sum()
    return max(
        _gap(stock, _by_place(after.on_hand)),
        _gap(owed, after.owed.groupby(LINE)["qty"].sum()),
        _gap(flow["shipped"], shipped),
        -min(0.0, float(_by_place(after.on_hand).min()), float(lines["owed"].min() if len(lines) else 0.0)),
        abs(cash - after.cash),
    )


def _gap(left: pd.Series, right: pd.Series) -> float:
    return float(left.sub(right, fill_value=0.0).abs().max()) if len(left) or len(right) else 0.0


def stacked(frames: list[pd.DataFrame]) -> pd.DataFrame:
    """The rows of all; a frame without rows leaves the types alone."""
    return pd.concat([frame for frame in frames if len(frame)] or frames[:1], ignore_index=True)


def _by_place(rows: pd.DataFrame) -> pd.Series:
    return rows.groupby(NODE)["qty"].sum().astype(float)


def _used(begun: pd.DataFrame, bom: pd.DataFrame) -> pd.Series:
    """Units drawn by what starts, by place: components where it is made, the goods themselves where they are sent."""
    units = begun["qty"] / begun["yield_share"]
    made = begun.assign(units=units)[begun["method"] == "make"].merge(bom, on="item_id")
    made["qty"] = made["units"] * made["qty_per"] * (1 + made["scrap"])
    made = made.drop(columns="item_id").rename(columns={"component_id": "item_id"})
    sent = begun.assign(qty=units, location_id=begun["origin_id"])[begun["method"] == "move"]
    return _by_place(stacked([made[[*NODE, "qty"]], sent[[*NODE, "qty"]]]))


def _lines(
    owed: pd.DataFrame, orders: pd.DataFrame, tables: dict[str, pd.DataFrame], start: pd.Timestamp, alike: bool
) -> DemandLines:
    """Who wants what, with price and priority, as the supply plan sees it."""
    before = start - pd.Timedelta(days=1)
    return demand_lines(
        pd.DatetimeIndex([start]),
        items=tables["items"],
        customers=tables["customers"],
        sales_terms=tables["sales_terms"],
        open_orders=owed.assign(due=before),
        demand_plan=orders.assign(bucket=start).rename(columns={"qty": "consensus"}),
        alike=alike,
    )


def _allocated(of: DemandLines, there: pd.Series) -> np.ndarray:
    """Units shipped of each line: the weightier lines of a place first, lines of the same weight in proportion."""
    lines = of.lines[NODE].assign(wanted=of.overdue + of.wanted[:, 0])
    lines["weight"] = of.lines["unit_price"] * of.lines["priority"]
    tiers = lines.groupby([*NODE, "weight"])["wanted"].sum().sort_index(level="weight", ascending=False)
    before = tiers.groupby(level=NODE).cumsum() - tiers
    stock = there.reindex(tiers.index.droplevel("weight")).to_numpy()
    given = np.clip(stock - before, 0.0, tiers)
    share = (given / tiers).where(tiers > 0, 0.0)
    return lines["wanted"].to_numpy() * share.reindex(pd.MultiIndex.from_frame(lines[[*NODE, "weight"]])).to_numpy()


def _lost(lines: pd.DataFrame, given_up: pd.Series, policies: pd.DataFrame) -> np.ndarray:
    """Units of each line that are not delivered any more."""
    unmet = (lines["owed_before"] + lines["demand"] - lines["shipped"]).clip(lower=0.0)
    lost = np.minimum(unmet, given_up.reindex(pd.MultiIndex.from_frame(lines[LINE])).fillna(0.0).to_numpy())
    most = lines[NODE].merge(policies[[*NODE, "backlog_max"]], on=NODE, how="left")["backlog_max"].fillna(np.inf)
    rest = unmet - lost
    total = rest.groupby([lines[name] for name in NODE]).transform("sum")
    beyond = rest * (1 - (most.to_numpy() / total.where(total > 0, 1.0)).clip(upper=1.0))
    return (lost + beyond).to_numpy()


def _priced(lines: pd.DataFrame, net_price: pd.Series, said: np.ndarray) -> np.ndarray:
    found = net_price.reindex(pd.MultiIndex.from_frame(lines[LINE])).to_numpy(dtype=float)
    return np.where(np.isnan(found), said, found)
