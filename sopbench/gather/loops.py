"""Finds the loops in a network given as pairs of names."""

from __future__ import annotations

import numpy as np
import pandas as pd


def loops(heads: pd.Series, tails: pd.Series) -> list[list[str]]:
    """One loop out of each tangle of pairs that lead back to themselves, as the names in turn, the first again last.

    Tangles are the strongly connected components of the network (Tarjan 1972, in scipy).
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    pairs = pd.DataFrame({"head": heads, "tail": tails}).dropna().drop_duplicates()
    names = np.sort(pd.unique(pd.concat([pairs["head"], pairs["tail"]])))
    head, tail = np.searchsorted(names, pairs["head"]), np.searchsorted(names, pairs["tail"])
    if not len(names):
        return []
    network = coo_array((np.ones(len(pairs)), (head, tail)), shape=(len(names), len(names)))
    _, tangle = connected_components(network, connection="strong")
    inside = pairs[tangle[head] == tangle[tail]].sort_values(["head", "tail"]).drop_duplicates("head")
    following = dict(zip(inside["head"], inside["tail"], strict=True))
    found, seen = [], set()
    for name in following:
        number = tangle[np.searchsorted(names, name)]
        if number not in seen:
            seen.add(number)
            found.append(_walk(following, name))
    return found


def _walk(following: dict[str, str], name: str) -> list[str]:
    path = [name]
    while following[path[-1]] not in path:
        path.append(following[path[-1]])
    again = following[path[-1]]
    return [*path[path.index(again) :], again]
