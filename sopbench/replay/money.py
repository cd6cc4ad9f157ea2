"""What a bucket was worth: one yardstick for every candidate, whatever prices it planned with."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from sopbench.params import Supply
from sopbench.replay.world import NODE, Lived, State, stacked
from sopbench.supply.model.inputs import INPUTS, lay_out

LINES = {
    "make": "production",
    "buy": "purchase",
    "subcontract": "subcontracting",
    "move": "transport",
    "hours": "hours",
}
"""What is paid, by the name of its cost line."""


@dataclass(frozen=True)
class Yardstick:
    """Money by item (index item_id): `worth` of a unit at standard cost, `listed` price.

    By place (index item_id, location_id): `renewal`, what a unit takes to get again; `holding` a unit and bucket and
    `late` a unit owed at a bucket's end, where the policies say so. Elsewhere `holding_share` of worth and `late_share`
    of the list price.
    """

    worth: pd.Series
    listed: pd.Series
    renewal: pd.Series
    holding: pd.Series
    late: pd.Series
    holding_share: float
    late_share: float


def yardstick(settings: Supply, tables: dict[str, pd.DataFrame], demand_plan: pd.DataFrame) -> Yardstick:
    """The company's own prices: standard costs, and what its policies or settings say of holding and being late.

    An item without standard cost is worth what its cheapest source takes. `renewal` is the cost by the cheapest way,
    all components, moves and regular hours included, in the network of the input tables and `demand_plan`.
    """
    items, policies = tables["items"].set_index("item_id"), tables["policies"].set_index(NODE)
    cheapest = tables["sources"].groupby("item_id")["unit_cost"].min()
    worth = items["unit_cost"].where(items["unit_cost"] > 0, cheapest.reindex(items.index).fillna(0.0))
    given = {name: tables.get(name) for name in INPUTS}
    laid = lay_out(settings, **given | {"demand_plan": demand_plan, "lead_time_demand": None})
    renewal = pd.Series(laid.paths.cost, index=pd.MultiIndex.from_frame(laid.network.nodes[NODE]))
    told = (policies["holding_cost"].dropna(), policies["backlog_cost"].dropna())
    known = renewal[np.isfinite(renewal)]
    return Yardstick(
        worth, items["unit_price"].fillna(0.0), known, *told, settings.holding_share, settings.backlog_share
    )


def stock_value(state: State, by: Yardstick) -> float:
    """What the company has in stock and under way, at what it takes to get it again; what is not yet paid is owed.

    Not at standard cost: where that bears more than a unit takes, a plan would earn by filling its warehouse.
    """
    rows = stacked([frame[[*NODE, "qty", "cost"]] for frame in (state.on_hand.assign(cost=0.0), state.under_way)])
    again = by.renewal.reindex(pd.MultiIndex.from_frame(rows[NODE])).to_numpy(dtype=float)
    again = np.where(np.isnan(again), rows["item_id"].map(by.worth).fillna(0.0), again)
    return float(rows["qty"] @ again - rows["cost"].sum())


def month_row(before: State, lived: Lived, by: Yardstick) -> dict[str, float]:
    """One bucket's figures: units, money by line, stock; the columns of replay_months that the world decides.

    `spent` is all that was paid. `cost` is spent less what the stock grew by (see stock_value), and holding, lateness
    and lost sales (at the price they would have brought); what a plan of the supply step makes small. `margin` is
    revenue less spent, plus what the stock grew by, less holding and lateness: what the bucket earned.
    """
    shelf, lines = lived.state.on_hand, lived.lines
    place = pd.MultiIndex.from_frame(shelf[NODE])
    worth = shelf["item_id"].map(by.worth).fillna(0.0).to_numpy()
    rate = by.holding.reindex(place).to_numpy(dtype=float)
    holding = shelf["qty"].to_numpy() @ np.where(np.isnan(rate), by.holding_share * worth, rate)
    owed = by.late.reindex(pd.MultiIndex.from_frame(lines[NODE])).to_numpy(dtype=float)
    listed = lines["item_id"].map(by.listed).to_numpy(dtype=float)
    late = lines["owed"].to_numpy() @ np.where(np.isnan(owed), by.late_share * listed, owed)
    lost = float(lines["lost"] @ lines["unit_price"])
    thrown = lived.places["written_off"]
    written = float(thrown @ thrown.index.get_level_values("item_id").map(by.worth).to_numpy(dtype=float))
    spent = float(sum(lived.paid.values()))
    grown = stock_value(lived.state, by) - stock_value(before, by)
    return {
        **{name: float(lines[name].sum()) for name in ("demand", "shipped", "on_time", "lost")},
        "backlog": float(lines["owed"].sum()),
        "revenue": lived.revenue,
        **{line: float(lived.paid.get(method, 0.0)) for method, line in LINES.items()},
        "spent": spent,
        "holding": float(holding),
        "late": float(late),
        "lost_sales": lost,
        "written_off": written,
        "stock": float(shelf["qty"].to_numpy() @ worth),
        "stock_growth": grown,
        "cost": spent - grown + float(holding) + float(late) + lost,
        "margin": lived.revenue - spent + grown - float(holding) - float(late),
        "cash": lived.state.cash,
    }


def forecast_error(
    demand_plan: pd.DataFrame, orders: pd.DataFrame, by: Yardstick, start: pd.Timestamp
) -> dict[str, float]:
    """How far the forecast of the bucket `start`, made at its start, was from its orders: money at list price.

    By item and location; `error` counts every unit too many or too few, `bias` those too many less those too few.
    """
    said = demand_plan[demand_plan["bucket"] == start].groupby(NODE)["consensus"].sum()
    came = orders.groupby(NODE)["qty"].sum()
    gap = said.sub(came, fill_value=0.0)
    price = gap.index.get_level_values("item_id").map(by.listed).to_numpy(dtype=float)
    worth = came.index.get_level_values("item_id").map(by.listed).to_numpy(dtype=float)
    return {
        "forecast_error": float(gap.abs() @ price),
        "forecast_bias": float(gap @ price),
        "demand_value": float(came @ worth),
    }
