"""The S&OP grid: demand, supply and stock or backlog of each family, past and future, beside last cycle and budget.

The classic spreadsheet of Sales & Operations Planning (Wallace & Stahl, Sales & Operations Planning: The How-To
Handbook, 3rd ed.): a make-to-stock form with stock and its cover, a make-to-order form with backlog and its days.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from sopbench.contract import checked, table
from sopbench.contract.past import in_force
from sopbench.supply.network.demand_lines import positions

GROUP = ["family", "form", "measure"]
FLOWS = ["demand", "supply", "shipped", "other_use", "stock", "backlog"]
VERSIONS = ["actual", "plan", "last_cycle", "budget"]

GRIDDED = ("items", "calendar", "sources", "sales", "production", "budget")
"""The gathered tables of this cycle that the grid takes."""


def sop_grid(
    start: pd.Timestamp,
    past: int = 12,
    *,
    supply_plan: pd.DataFrame,
    earlier_plans: pd.DataFrame,
    on_hands: pd.DataFrame,
    receipts: pd.DataFrame,
    open_orders: pd.DataFrame,
    items: pd.DataFrame,
    calendar: pd.DataFrame,
    sources: pd.DataFrame,
    sales: pd.DataFrame,
    production: pd.DataFrame,
    budget: pd.DataFrame,
) -> pd.DataFrame:
    """The grid of every family that is sold, over the `past` buckets before `start` and the plan; table sop_grid.

    Takes one scenario's `supply_plan`; `earlier_plans` are the supply plans approved in earlier cycles, and `on_hands`,
    `receipts` and `open_orders` those of the earlier cycles and of this one, all with a column `cycle` (contract.past,
    by_cycle). The versions: actual is the past; plan is this plan, for the past the one in force then; last_cycle is
    the latest earlier plan; budget is the last one known.

    - demand: units ordered, or wanted; supply: made, bought and subcontracted, with what was under way (not what moves
      between our locations). Actual supply of what is made is production; of what is only bought it is what stock
      shows: stock at the end + shipped - stock at the start, known where both were counted.
    - stock: on the shelf and on the way between locations. In a plan, stock = stock before + supply - shipped
      - other_use (in other items, written off).
    - days_of_cover (MTS): working days that the stock at the end lasts, by the demand that follows; beyond the horizon
      by the mean demand of its days. The last cycle's cover is by its own demand.
    - backlog: units owed to customers at the end; days_of_backlog (MTO): working days it takes to make them, at the
      bucket's supply and that of the two before.

    Sums of items with different units of measure mean nothing, so units are given only where all items of a family and
    form have one; money, at standard cost, always. The budget's units, and its cost (revenue less margin), stand beside
    demand; a family with both forms has none, for no budget tells them apart.
    """
    about = _about(items, supply_plan, sales)
    buckets = pd.DatetimeIndex(calendar["bucket"].drop_duplicates().sort_values())
    before = buckets[buckets < start][-past:]
    whole = before.append(pd.DatetimeIndex(supply_plan["bucket"].drop_duplicates().sort_values()))
    this = supply_plan.assign(cycle=start)
    both = pd.concat([earlier_plans, this], ignore_index=True) if len(earlier_plans) else this
    plans = _planned(both, receipts, buckets)
    latest = earlier_plans["cycle"].max()
    counted = _counted(on_hands, receipts, open_orders, buckets)
    said = {
        "actual": _happened(sales, production, sources, counted, buckets),
        "plan": in_force(plans),
        "last_cycle": plans[plans["cycle"] == latest],
    }
    found = [_summed(rows, about).assign(version=name) for name, rows in said.items()]
    grid = pd.concat([*found, _budgeted(budget, about).assign(version="budget")], ignore_index=True)
    grid = grid[grid["bucket"].isin(whole)]
    days = calendar.drop_duplicates("bucket").set_index("bucket")["working_days"]
    grid = pd.concat([grid, _covers(grid, whole, start, days)], ignore_index=True)
    return _wide(grid, about)


def item_covers(
    start: pd.Timestamp, *, supply_plan: pd.DataFrame, receipts: pd.DataFrame, calendar: pd.DataFrame
) -> pd.DataFrame:
    """The cover of each item, over all locations, at the end of every bucket of one scenario's `supply_plan`.

    Gives item_id, bucket, stock (goods on the way between our locations too), use (what customers want and what goes
    into other items) and days_of_cover: working days that the stock lasts by the use that follows, beyond the horizon
    by the mean use of its days; empty where nothing follows. `receipts` are those under way at `start`.
    """
    buckets = pd.DatetimeIndex(calendar["bucket"].drop_duplicates().sort_values())
    rows = _planned(supply_plan.assign(cycle=start), receipts.assign(cycle=start), buckets)
    keys = ["item_id", "bucket"]
    used = supply_plan.groupby(keys)[["demand", "component_use"]].sum().sum(axis=1).rename("use")
    rows = rows[[*keys, "stock"]].join(used, on=keys).sort_values(keys, ignore_index=True)
    stock, use = (rows.pivot_table(index="item_id", columns="bucket", values=name) for name in ("stock", "use"))
    days = calendar.drop_duplicates("bucket").set_index("bucket")["working_days"].reindex(stock.columns).to_numpy()
    lasts = _lasting(stock.to_numpy(), use.to_numpy(), days, np.ones(len(days), dtype=bool))
    return rows.assign(days_of_cover=lasts.ravel())


def _about(items: pd.DataFrame, supply_plan: pd.DataFrame, sales: pd.DataFrame) -> pd.DataFrame:
    """By item of a family that customers buy: family, form, cost, and uom where the family and form has but one."""
    asked = {*supply_plan.loc[supply_plan["demand"] > 0, "item_id"], *sales.loc[sales["qty_ordered"] > 0, "item_id"]}
    sold = items.loc[items["item_id"].isin(asked), "family"]
    about = items[items["family"].isin(sold)].set_index("item_id")
    about = about[["family", "strategy", "unit_cost", "uom"]].rename(columns={"strategy": "form"})
    alone = about.groupby(["family", "form"])["uom"].transform("nunique") == 1
    forms = about.groupby("family")["form"].transform("nunique")
    return about.assign(uom=about["uom"].where(alone, ""), forms=forms)


def _summed(rows: pd.DataFrame, about: pd.DataFrame) -> pd.DataFrame:
    """Item rows (item_id, bucket, line columns) by family, form, measure and line; empty where an item's is unknown."""
    lines = [name for name in FLOWS if name in rows]
    rows = rows[rows["item_id"].isin(about.index)]
    rows = rows.join(about, on="item_id")
    money = rows.assign(measure="money", **{name: rows[name] * rows["unit_cost"] for name in lines})
    both = pd.concat([rows[rows["uom"] != ""].assign(measure="units"), money], ignore_index=True)
    keys = [*GROUP, "bucket"]
    unknown = both[lines].isna().groupby([both[key] for key in keys]).any()
    sums = both.groupby(keys)[lines].sum().mask(unknown)
    return sums.reset_index().melt(keys, lines, "line", "value").dropna(subset="value")


def _planned(plans: pd.DataFrame, receipts: pd.DataFrame, buckets: pd.Index) -> pd.DataFrame:
    """The lines of every cycle's plan by item and bucket; goods between our locations are stock, not supply."""
    moved = receipts[receipts["kind"] == "DO"]
    moved = _on_bucket(moved, "due", buckets)
    moved = moved.assign(bucket=moved[["bucket", "cycle"]].max(axis=1))  # what is overdue arrives in the first bucket
    came = moved.groupby(["cycle", "item_id", "bucket"])["qty"].sum().rename("came")
    keys = ["cycle", "item_id", "bucket"]
    columns = ["make", "buy", "subcontract", "receipts", "move_in", "move_out", "demand", "shipped", "backlog"]
    rows = plans.groupby(keys)[[*columns, "component_use", "written_off", "stock"]].sum().join(came)
    came = rows["came"].fillna(0.0)
    all_moved = moved.groupby(["cycle", "item_id"])["qty"].sum().reindex(rows.index.droplevel("bucket")).fillna(0.0)
    gone = (rows["move_out"] - rows["move_in"] - came).groupby(level=["cycle", "item_id"]).cumsum()
    rows = rows.assign(
        supply=rows["make"] + rows["buy"] + rows["subcontract"] + rows["receipts"] - came,
        other_use=rows["component_use"] + rows["written_off"],
        stock=rows["stock"] + all_moved.to_numpy() + gone,
    )
    return rows[FLOWS].reset_index()


def _counted(
    on_hands: pd.DataFrame, receipts: pd.DataFrame, open_orders: pd.DataFrame, buckets: pd.DatetimeIndex
) -> pd.DataFrame:
    """Stock (with goods between locations) and backlog by item at the end of the bucket before each cycle."""
    parts = {
        "stock": pd.concat([on_hands, receipts[receipts["kind"] == "DO"]]),
        "backlog": open_orders[open_orders["due"] < open_orders["cycle"]],
    }
    sums = [rows.groupby(["item_id", "cycle"])["qty"].sum().rename(name) for name, rows in parts.items()]
    rows = pd.concat(sums, axis=1).fillna(0.0).reset_index()
    last = buckets.searchsorted(rows["cycle"]) - 1
    return rows[last >= 0].assign(bucket=buckets[last[last >= 0]]).drop(columns="cycle")


def _happened(
    sales: pd.DataFrame,
    production: pd.DataFrame,
    sources: pd.DataFrame,
    counted: pd.DataFrame,
    buckets: pd.DatetimeIndex,
) -> pd.DataFrame:
    """The lines of the past by item and bucket; stock and backlog only where they were counted."""
    keys = ["item_id", "bucket"]
    sold = sales.groupby(keys)[["qty_ordered", "qty_shipped"]].sum().set_axis(["demand", "shipped"], axis=1)
    made = production.groupby(keys)["qty"].sum().rename("made")
    rows = sold.join(made, how="outer").fillna(0.0).reset_index()
    counts = counted.set_index(keys)
    known = counted["bucket"].unique()
    rows = rows.merge(counted, on=keys, how="outer").fillna({"demand": 0.0, "shipped": 0.0, "made": 0.0})
    at_end = rows["bucket"].isin(known)
    rows = rows.assign(**{name: rows[name].fillna(0.0).where(at_end) for name in ("stock", "backlog")})
    position = buckets.get_indexer(rows["bucket"])
    earlier = pd.Series(buckets[np.maximum(position - 1, 0)], index=rows.index).where(position > 0)
    stock = counts["stock"].reindex(pd.MultiIndex.from_arrays([rows["item_id"], earlier])).fillna(0.0).to_numpy()
    came = (rows["stock"] + rows["shipped"] - stock).clip(lower=0.0).where(at_end & earlier.isin(known))
    makers = sources.loc[sources["method"] == "make", "item_id"]
    return rows.assign(supply=rows["made"].where(rows["item_id"].isin(makers), came)).drop(columns="made")


def _on_bucket(rows: pd.DataFrame, date: str, buckets: pd.DatetimeIndex) -> pd.DataFrame:
    """The rows with the bucket their date lies in, without those outside all buckets."""
    position = positions(rows[date], buckets)
    inside = (position >= 0) & (position < len(buckets))
    return rows[inside].assign(bucket=buckets[position[inside]])


def _budgeted(budget: pd.DataFrame, about: pd.DataFrame) -> pd.DataFrame:
    """The last budget of each family and bucket: its units, and its cost of goods, beside demand."""
    last = budget.sort_values(["as_of", "version"], na_position="first")
    last = last.drop_duplicates(["family", "bucket"], keep="last")
    forms = about[about["forms"] == 1].drop_duplicates("family").set_index("family")
    last = last[last["family"].isin(forms.index)].join(forms[["form", "uom"]], on="family")
    cost = last.assign(measure="money", value=last["revenue"] - last["margin"]).dropna(subset="value")
    units = last.loc[last["uom"] != ""].assign(measure="units", value=last["units"])
    return pd.concat([units, cost])[[*GROUP, "bucket", "value"]].assign(line="demand")


def _covers(grid: pd.DataFrame, buckets: pd.DatetimeIndex, start: pd.Timestamp, days: pd.Series) -> pd.DataFrame:
    """Days of cover of stock (MTS) and of backlog (MTO) of every version, as rows of the grid."""
    rows = grid[grid["version"] != "budget"]
    wide = rows.set_index([*GROUP, "version", "line", "bucket"])["value"].unstack("bucket").reindex(columns=buckets)  # noqa: PD010
    worked = days.reindex(buckets).fillna(0.0).to_numpy()
    by_line = {name: values.droplevel("line") for name, values in wide.groupby(level="line")}
    nothing = pd.DataFrame(columns=buckets, dtype="float64")
    demand, supply = by_line.get("demand", nothing), by_line.get("supply", nothing)
    followed = _one_series(demand, start)
    parts = []
    for line, form, result in (("stock", "MTS", "days_of_cover"), ("backlog", "MTO", "days_of_backlog")):
        held = by_line.get(line, nothing)
        held = held[held.index.get_level_values("form") == form] if len(held) else held
        if held.empty:
            continue
        if line == "stock":
            lasts = _lasting(held.to_numpy(), followed.reindex(held.index).to_numpy(), worked, buckets >= start)
        else:
            lasts = _to_work_off(held.to_numpy(), supply.reindex(held.index), worked)
        rows = pd.DataFrame(lasts, index=held.index, columns=buckets).rename_axis(columns="bucket")
        rows = rows.melt(ignore_index=False, var_name="bucket").dropna(subset="value").reset_index()
        parts.append(rows.assign(line=result))
    return pd.concat(parts, ignore_index=True) if parts else grid.head(0)


def _to_work_off(backlog: np.ndarray, supply: pd.DataFrame, days: np.ndarray) -> np.ndarray:
    """Working days to make each backlog at the pace of its bucket and the two before, where these are known."""
    worked = supply.notna() * days
    recent, over = (rows.T.rolling(3, min_periods=1).sum().T.to_numpy() for rows in (supply, worked))
    pace = np.divide(recent, over, out=np.zeros(recent.shape), where=over > 0)
    lasts = np.divide(backlog, pace, out=np.where(backlog > 1e-6, np.nan, 0.0), where=pace > 1e-9)
    return np.where(np.isnan(backlog), np.nan, lasts)


def _one_series(demand: pd.DataFrame, start: pd.Timestamp) -> pd.DataFrame:
    """The demand that follows, by version: what came before `start`, then this plan's, or the last cycle's own."""
    if demand.empty:
        return demand
    by = {name: rows.droplevel("version") for name, rows in demand.groupby(level="version")}
    past, plan = by.get("actual", demand.head(0)), by.get("plan", demand.head(0))
    came = plan.loc[:, plan.columns >= start].combine_first(past.loc[:, past.columns < start])
    own = by["last_cycle"].combine_first(came) if "last_cycle" in by else plan.head(0)
    return pd.concat({"actual": came, "plan": came, "last_cycle": own}, names=["version"]).reorder_levels(
        demand.index.names
    )


def _lasting(stock: np.ndarray, demand: np.ndarray, days: np.ndarray, ahead: np.ndarray) -> np.ndarray:
    """Working days (rows × buckets) until the demand that follows has used up each stock at the end of a bucket.

    On the curve of demand summed up over days worked, the stock is a height above where its bucket ends; where the
    curve ends too low it goes on at the mean slope of the buckets `ahead`. NaN: no stock is known, or nothing follows.
    """
    known = ahead & ~np.isnan(demand)
    worked_ahead = (known * days).sum(axis=1, keepdims=True)
    total = np.where(known, demand, 0.0).sum(axis=1, keepdims=True)
    slope = np.divide(total, worked_ahead, out=np.zeros(total.shape), where=worked_ahead > 0)
    demand = np.where(np.isnan(demand), np.where(ahead, slope * days, 0.0), demand)
    used, worked = demand.cumsum(axis=1), days.cumsum()
    reach = used + np.where(np.isnan(stock), 0.0, np.maximum(stock, 0.0))
    rows, horizon = stock.shape
    after = (reach[:, :, None] > used[:, None, :] + 1e-9).sum(axis=2)  # buckets wholly used up, the past ones too
    last = np.minimum(after, horizon - 1)
    row = np.arange(rows)[:, None]
    begun = np.where(last > 0, used[row, last - 1], 0.0)
    part = np.divide(reach - begun, demand[row, last], out=np.zeros(reach.shape), where=demand[row, last] > 0)
    inside = np.where(last > 0, worked[last - 1], 0.0) + part * days[last]
    beyond = worked[-1] + np.divide(
        reach - used[:, -1:],
        slope,
        out=np.full(reach.shape, np.nan),
        where=(slope > 1e-12) & np.ones(reach.shape, bool),
    )
    until = np.where(after < horizon, inside, beyond)
    return np.where(np.isnan(stock), np.nan, np.maximum(until - worked, 0.0))


def _wide(grid: pd.DataFrame, about: pd.DataFrame) -> pd.DataFrame:
    """Versions side by side, with the unit of each line; lines that are zero throughout are left out."""
    keys = [*GROUP, "line", "bucket"]
    wide = grid.pivot_table(index=keys, columns="version", values="value", aggfunc="sum")
    wide = wide.reindex(columns=VERSIONS).reset_index().rename_axis(columns=None)
    alive = wide[VERSIONS].abs().max(axis=1).groupby([wide[key] for key in keys[:-1]]).transform("max") > 1e-6
    always = ~wide["line"].isin(["other_use", "backlog", "days_of_backlog"]) | (wide["form"] == "MTO")
    wide = wide[alive | (always & (wide["line"] != "other_use"))]
    uom = about.drop_duplicates(["family", "form"]).set_index(["family", "form"])["uom"]
    unit = uom.reindex(pd.MultiIndex.from_frame(wide[["family", "form"]])).to_numpy()
    unit = np.where(wide["measure"] == "money", "money", unit)
    unit = np.where(wide["line"].str.startswith("days_"), "working days", unit)
    return checked(wide.assign(unit=unit), table("sop_grid"))
