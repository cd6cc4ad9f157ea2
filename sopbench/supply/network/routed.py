"""Which resource a source loads: routings meet sources, whichever way an item arrives."""

from __future__ import annotations

import pandas as pd

NODE = ["item_id", "location_id"]

OUTSIDE = ("supplier", "lane")
"""Kinds of resource that are none of ours: what a supplier gives, or a lane carries, over all its items."""


def routed(sources: pd.DataFrame, routings: pd.DataFrame) -> pd.DataFrame:
    """Sources with the routings that load them, a row for each pair: of the same method, and origin where one is named.

    A routing without an origin is of every one. Routings from before there were methods are of what is made.
    """
    said = routings.assign(
        method=routings.get("method", "make"),
        of_origin=routings.get("origin_id", ""),
    ).drop(columns="origin_id", errors="ignore")
    both = sources.merge(said, on=[*NODE, "method"])
    named = (both["of_origin"] == "") | (both["of_origin"] == both["origin_id"])
    return both[named].drop(columns="of_origin").reset_index(drop=True)
