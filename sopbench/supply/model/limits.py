"""The hours there are, and families of limits that a plan may be made without, to see what they cost."""

from __future__ import annotations

import numpy as np
import pandas as pd

from sopbench.params import Supply
from sopbench.supply.network.network import Network
from sopbench.supply.network.routed import OUTSIDE
from sopbench.supply.network.workforce import Workforce


def leave_out(settings: Supply, tables: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """The tables without the limits named in settings.without.

    Three are no columns of a table: capacity (the model lets hours be without limit), stock_targets (they are 0) and
    frozen_buckets (there are none).
    """
    changed = dict(tables)
    for limit in settings.without:
        for name, columns in EMPTIED.get(limit, {}).items():
            changed[name] = changed[name].assign(**dict.fromkeys(columns, np.nan))
    return changed


EMPTIED: dict[str, dict[str, list[str]]] = {
    "source_limits": {"sources": ["qty_max"]},
    "source_shares": {"sources": ["share_min", "share_max"]},
    "greatest_cover": {"policies": ["cover_max"]},
    "shelf_life": {"items": ["shelf_life"]},
    "backlog_limits": {"policies": ["backlog_max"]},
}
"""By limit: the columns, by table, in which empty means that there is none."""


def available_hours(settings: Supply, network: Network, workforce: Workforce) -> tuple[np.ndarray, np.ndarray]:
    """Most hours in regular time and in overtime, resources × buckets; inf where people or nothing limit them."""
    regular, overtime = network.regular_hours.copy(), network.overtime_hours.copy()
    if "capacity" in settings.without:  # a level plan shares out the hours there are
        regular[np.setdiff1d(np.arange(len(regular)), level_machines(settings, network, workforce))] = np.inf
    regular[workforce.at] = np.inf
    overtime[workforce.at] = np.inf
    return regular, overtime


def level_machines(settings: Supply, network: Network, workforce: Workforce) -> np.ndarray:
    """The resources whose regular hours a level plan keeps even: all of ours but those whose people it plans."""
    if settings.strategy != "level":
        return np.zeros(0, dtype=int)
    ours = np.flatnonzero(~network.resources["kind"].isin(OUTSIDE))
    return np.setdiff1d(ours, workforce.at)
