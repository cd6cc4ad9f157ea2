"""Small companies for the tests of the demand history: one family, monthly, series written as lists of units."""

import numpy as np
import pandas as pd

from sopbench.contract import checked, table
from sopbench.demand.history.history import History, demand_history
from sopbench.params.demand import Demand

START = pd.Timestamp("2025-01-01")
MONTHS = pd.date_range("2020-01-01", START, freq="MS", inclusive="left")
CELL = ["item_id", "location_id", "bucket"]


def items(*names, family="F", **columns):
    said = {"item_id": list(names or ["A"]), "family": family, "unit_cost": 1.0, "unit_price": 2.0, **columns}
    return checked(pd.DataFrame(said), table("items"))


def calendar(days=21.0):
    buckets = MONTHS.append(pd.date_range(START, periods=12, freq="MS"))
    return checked(pd.DataFrame({"bucket": buckets, "working_days": days}), table("calendar"))


def sales(units, item="A", customer="C", location="L", buckets=MONTHS, **columns):
    said = {"item_id": item, "location_id": location, "customer_id": customer, "bucket": buckets, "qty_ordered": units}
    return checked(pd.DataFrame({**said, **columns}), table("sales"))


def events(*rows):
    return checked(pd.DataFrame(rows, columns=["event_id", "scope", "start", "end", "uplift"]), table("events"))


def cleaned(sold, goods=None, happened=None, days=21.0, season=12, **settings) -> History:
    goods = items(*sorted(sold["item_id"].unique())) if goods is None else goods
    happened = events() if happened is None else happened
    said = {"items": goods, "calendar": calendar(days), "sales": sold, "events": happened}
    return demand_history(Demand(**settings), START, season, **said)


def chain_holes(made: History) -> list[str]:
    """Buckets whose corrections do not lead from ordered to cleaned without a hole, exactly."""
    rows = made.corrections.sort_values([*CELL, "step"])
    before = rows.groupby(CELL)["before"].first()
    after = rows.groupby(CELL)["after"].last()
    both = made.history.set_index(CELL)
    started = before.reindex(both.index).fillna(both["ordered"])
    ended = after.reindex(both.index).fillna(both["ordered"])
    inner = rows["before"].ne(rows.groupby(CELL)["after"].shift()) & rows.duplicated(CELL)
    holes = [f"starts elsewhere: {key}" for key in both.index[started != both["ordered"]]]
    holes += [f"ends elsewhere: {key}" for key in both.index[ended != both["cleaned"]]]
    holes += [f"jumps: {key}" for key in rows.loc[inner, "correction_id"]]
    lost = ~pd.MultiIndex.from_frame(rows[CELL]).isin(both.index)
    return holes + [f"of no bucket: {key}" for key in rows.loc[lost, "correction_id"]]


def steady(level=100.0, noise=0.05, seed=1):
    """A steady series with a little of the unforeseen."""
    return level * (1 + noise * np.random.default_rng(seed).standard_normal(len(MONTHS)))
