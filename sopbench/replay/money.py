"""What a bucket was worth: one yardstick for every candidate, whatever prices it planned with."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from sopbench.params import Supply
from sopbench.replay.world import NODE, Lived, State

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
    """Money by item (index item_id): `worth` of a unit, `listed` price. By place: `holding` a unit and bucket, `late` a
    unit owed at a bucket's end where the policies say so (NaN elsewhere). `late_share` of the list price elsewhere.
    """

    worth: pd.Series
    listed: pd.Series
    holding: pd.Series
    late: pd.Series
    holding_share: float
    late_share: float


def yardstick(settings: Supply, *, items: pd.DataFrame, policies: pd.DataFrame, sources: pd.DataFrame) -> Yardstick:
    """The company's own prices: standard costs, and what its policies or settings say of holding and being late.

    An item without standard cost is worth what its cheapest source takes.
    """
    cheapest = sources.groupby("item_id")["unit_cost"].min()
    at = items.set_index("item_id")
    worth = at["unit_cost"].where(at["unit_cost"] > 0, cheapest.reindex(at.index).fillna(0.0))
    of_place = policies.set_index(NODE)
    told = (of_place["holding_cost"].dropna(), of_place["backlog_cost"].dropna())
    return Yardstick(worth, at["unit_price"].fillna(0.0), *told, settings.holding_share, settings.backlog_share)


def stock_value(state: State, by: Yardstick) -> float:
    """Money tied up at standard cost: what is on the shelf, in work and on the way between our own places."""
    ours = state.under_way[state.under_way["method"].isin(["make", "move"])]
    rows = pd.concat([state.on_hand[["item_id", "qty"]], ours[["item_id", "qty"]]])
    return float(rows["qty"] @ rows["item_id"].map(by.worth).fillna(0.0)) if len(rows) else 0.0


def month_row(before: State, lived: Lived, by: Yardstick) -> dict[str, float]:
    """One bucket's figures: units, money by line, stock; the columns of replay_months that the world decides.

    `spent` is all that was paid. `cost` is spent less what the stock grew by at standard cost, and holding, lateness
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
