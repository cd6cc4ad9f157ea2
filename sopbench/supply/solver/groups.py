"""Which items hang together: an item, and those that go into it and take time to make."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp
from scipy.sparse.csgraph import connected_components

from sopbench.supply.network.network import Network


def groups_of_items(network: Network) -> tuple[np.ndarray, np.ndarray]:
    """The items of a network and the group of each: items are of one group where one goes into the other.

    Parts that have no components and take no hours are of none (-1) and join none: each group can have its own stock
    of them.
    """
    items, of_node = np.unique(network.nodes["item_id"].to_numpy(dtype=str), return_inverse=True)
    of_edge = np.searchsorted(items, network.edges["item_id"].to_numpy(dtype=str))
    uses = network.uses.tocoo()
    part, whole = of_node[uses.row], of_edge[uses.col]
    made = np.zeros(len(items), dtype=bool)
    made[whole] = made[of_edge[np.unique(network.loads.tocoo().col)]] = True
    joined = made[part]
    goes_into = sp.coo_array((np.ones(joined.sum()), (part[joined], whole[joined])), shape=(len(items), len(items)))
    group = connected_components(goes_into, directed=False)[1]
    group[part[~joined]] = -1
    return items, group
