"""One bucket's plan as a candidate makes it, from what was known then and where its own decisions have brought it."""

from __future__ import annotations

import pandas as pd

from sopbench import supply
from sopbench.contract import checked, table
from sopbench.params import Change, Supply
from sopbench.presop.scenarios import apply_changes
from sopbench.replay.world import HELD, LINE, NODE, SOURCE, Decisions, State

Tables = dict[str, pd.DataFrame]

HOURS = ("regular_hours", "overtime_hours", "level_hours", "wages", "hiring", "lay_off")
"""Cost lines of hours worked and people, which fall in the bucket they are worked in."""

KIND = {"buy": "PO", "subcontract": "PO", "make": "MO", "move": "DO"}
"""The receipt that what was started is, until it arrives."""


def plan_bucket(
    settings: Supply,
    tables: Tables,
    demand: Tables,
    state: State,
    start: pd.Timestamp,
    changes: list[Change],
    last: pd.DataFrame | None = None,
    foresight: bool = False,
) -> tuple[Decisions, pd.DataFrame]:
    """Plan from `start` on and give what is decided in the first bucket, and the table sourcing_plan.

    Args:
        tables: the input tables as known at `start`; on_hand, receipts and overdue orders are those of `state`.
        demand: demand_plan and lead_time_demand as forecast at `start`.
        changes: the candidate's changes of tables.
        last: the sourcing_plan of the bucket before.
        foresight: the demand plan holds the true orders: no stock against error, and booked orders tell nothing new.

    Raises PlanningError as apply_changes and supply.plan do.
    """
    booked = tables["open_orders"][tables["open_orders"]["due"] >= start]
    given = {**tables, **demand, **_state_tables(state, booked[:0] if foresight else booked, start)}
    if foresight:
        settings = settings.model_copy(update={"without": [*settings.without, "stock_targets"]})
    given = apply_changes(given, changes) if changes else given
    plan = supply.plan(settings, last_sourcing_plan=last, **{name: given[name] for name in supply.INPUTS})
    return decided(plan, given["sources"], start), plan["sourcing_plan"]


def decided(plan: Tables, sources: pd.DataFrame, start: pd.Timestamp) -> Decisions:
    """What a plan decides in the bucket `start`, its first.

    Set-ups are paid where their lot is started: one by one where the plan has them so, else averaged over the lot.
    """
    rows = plan["sourcing_plan"]
    starts = rows[(rows["start_bucket"] == start) & (rows["qty"] > 0)]
    first = plan["supply_plan"][plan["supply_plan"]["bucket"] == start].set_index(NODE)
    waiting = first["backlog"] + first["lost"] > HELD
    lines = plan["shipments"][plan["shipments"]["bucket"] == start].set_index(LINE)
    costs = plan["costs"][plan["costs"]["bucket"] == start]
    hours = costs.loc[costs["line"].isin(HOURS), "value"].sum()
    return Decisions(
        starts=starts[[*SOURCE, "bucket", "qty", "cost"]].reset_index(drop=True),
        held=first["stock"].where(waiting, 0.0),
        written_off=first["written_off"],
        given_up=lines["lost"],
        hours=float(hours) + _set_ups(starts, sources),
        nervousness=float(plan["solution"]["nervousness"].iloc[0]),
    )


def _set_ups(starts: pd.DataFrame, sources: pd.DataFrame) -> float:
    rows = starts.merge(sources[[*SOURCE, "setup_cost", "lot_min", "lot_multiple"]], on=SOURCE, how="left")
    lots = rows["qty"] / rows[["lot_min", "lot_multiple"]].max(axis=1).clip(lower=1.0)
    return float((rows["set_ups"].fillna(lots) * rows["setup_cost"]).sum())


def _state_tables(state: State, booked: pd.DataFrame, start: pd.Timestamp) -> Tables:
    """The state as the tables on_hand, receipts and open_orders of the contract; rounding below 0 is no stock."""
    shelf = state.on_hand.assign(qty=state.on_hand["qty"].clip(lower=0.0), as_of=start)
    receipts = state.under_way.assign(kind=state.under_way["method"].map(KIND), as_of=start)
    receipts["receipt_id"] = "R" + pd.Series(range(len(receipts)), index=receipts.index, dtype=int).astype(str)
    owed = state.owed.assign(due=start - pd.Timedelta(days=1), as_of=start)
    owed["order_id"] = "owed-" + pd.Series(range(len(owed)), index=owed.index, dtype=int).astype(str)
    orders = pd.concat([owed, booked], ignore_index=True) if len(booked) else owed
    frames = {"on_hand": shelf, "receipts": receipts, "open_orders": orders}
    return {name: checked(frame[table(name).names], table(name)) for name, frame in frames.items()}
