"""What is said where the solver finds no plan: that time ran out only where it did."""

from __future__ import annotations

import numpy as np

from sopbench.contract import PlanningError, Problem
from sopbench.supply.solver.programme import Programme


def no_plan(programme: Programme, time_limit: float, seconds: float) -> PlanningError:
    """The error where `time_limit` seconds brought no plan, and the solver gave up after so many `seconds`."""
    if seconds >= time_limit:
        mend = "raise time_limit in the supply section, or plan fewer buckets"
        message = "no plan that is fit for use was found in that many seconds"
        return PlanningError(Problem("supply", "time_limit", f"{time_limit:g}", message, mend))
    sizes = np.abs(np.concatenate([programme.cost, programme.right, programme.matrix.data]))
    found = f"{sizes[sizes > 0].min(initial=1.0):.0e} to {sizes.max(initial=1.0):.0e}"
    message = "the solver found no plan, and not for want of time: its figures are too far apart in size"
    mend = "look for units, money or hours that are far too large or too small: pieces for pallets, minutes for hours"
    return PlanningError(Problem("supply", "size of figures", found, message, mend))
