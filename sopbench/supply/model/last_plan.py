"""Last cycle's plan in this one: it stands in the frozen buckets, and changing it further on has a price."""

from __future__ import annotations

import numpy as np

from sopbench.params import Supply
from sopbench.supply.model.prices import Prices


def frozen_buckets(settings: Supply) -> int:
    """Buckets at the start in which last cycle's plan stands."""
    return 0 if "frozen_buckets" in settings.without else settings.frozen


def watched_buckets(settings: Supply, planned_before: np.ndarray | None) -> int:
    """Buckets at the start in which changes of last cycle's plan count; 0 where there is no such plan.

    `planned_before` (edges × buckets) is what that plan starts.
    """
    if planned_before is None:
        return 0
    return min(max(frozen_buckets(settings), settings.stability_fence), planned_before.shape[1])


def change_prices(settings: Supply, prices: Prices, buckets: int) -> dict[str, np.ndarray]:
    """Money for a unit started more or less than last cycle's plan said, by cost line: edges × first `buckets`.

    A frozen bucket has the price of a rule, so that a plan exists where it cannot stand, and nothing else breaks it.
    """
    bucket = np.arange(buckets)
    frozen = bucket < frozen_buckets(settings)
    fence = ~frozen & (bucket < settings.stability_fence)
    return {"changes_of_plan": prices.change[:, None] * fence, "frozen_plan": prices.frozen[:, None] * frozen}
