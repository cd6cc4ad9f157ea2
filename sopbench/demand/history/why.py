"""What tells that a correction of the history is needed, in words beside it in the table corrections."""

from __future__ import annotations

import numpy as np
import pandas as pd

from sopbench.demand.history.cleaning import Cleaned
from sopbench.demand.history.events import event_buckets, touched_by


def why_corrected(
    done: Cleaned, orders: pd.DataFrame, worked: np.ndarray, *, items: pd.DataFrame, events: pd.DataFrame
) -> dict[str, pd.DataFrame]:
    """By correction: row and column of a bucket (as in `done.values`), why, and the customer_id of a one-off order.

    `orders` are the customers' (see customers.customer_orders), `worked` the working days of each bucket.
    """
    steps = {step.correction: step for step in done.steps}
    changed = {name: np.nonzero(step.proposed != step.before) for name, step in steps.items()}
    lower = {name: (step.proposed < step.before)[changed[name]] for name, step in steps.items()}
    outlier = np.where(lower["outlier"], "above the most believed", "below the least believed")
    days = [f"{each:g} working days" for each in worked.tolist()]
    return {
        "one-off order": _outsized(done.one_off, orders),
        "returns": _said(changed["returns"], "more came back than was ordered"),
        "event": _event_ids(changed["event"], done.values, items=items, events=events),
        "working days": _said(changed["working days"], np.array(days, dtype=object)[changed["working days"][1]]),
        "stockout": _short(orders),
        "outlier": _said(changed["outlier"], outlier),
    }


def _said(where: tuple[np.ndarray, np.ndarray], why: str | np.ndarray) -> pd.DataFrame:
    return pd.DataFrame({"row": where[0], "column": where[1]}).assign(why=why, customer_id="")


def _outsized(excess: np.ndarray, orders: pd.DataFrame) -> pd.DataFrame:
    """Who ordered how much, and what it usually orders."""
    rows = orders.assign(usual=orders["units"] - excess)[excess > 0]
    numbers = [rows[name].round().map("{:,.0f}".format).astype(object) for name in ("units", "usual")]
    why = rows["customer_id"] + " ordered " + numbers[0] + ", usually " + numbers[1]
    return rows[["row", "column"]].assign(why=why, customer_id=rows["customer_id"])


def _short(orders: pd.DataFrame) -> pd.DataFrame:
    """On how many of those who ordered stock ran out."""
    out = orders.groupby(["row", "column"])["stockout"].agg(["sum", "size"]).reset_index()
    out = out[out["sum"] > 0]
    why = "stock ran out on " + out["sum"].astype(str) + " of " + out["size"].astype(str) + " customers"
    return out[["row", "column"]].assign(why=why, customer_id="")


def _event_ids(
    where: tuple[np.ndarray, np.ndarray], values: pd.DataFrame, *, items: pd.DataFrame, events: pd.DataFrame
) -> pd.DataFrame:
    """The events that touch each bucket, by number."""
    events = events.sort_values("event_id")
    touched, during = touched_by(values.index, items=items, events=events), event_buckets(events, values.columns)
    said = np.full(values.shape, "", dtype=object)
    for place, name in enumerate(events["event_id"]):
        here = np.ix_(np.flatnonzero(touched[:, place]), np.flatnonzero(during[place]))
        said[here] = np.where(said[here] == "", name, said[here] + ", " + name)
    return _said(where, said[where])
