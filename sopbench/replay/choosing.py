"""Choosing settings by what they earned: at each origin from what had been earned before it, measured on what came.

A choice looks best on the buckets it was made on: of several values that differ by luck alone, one was luckiest. So
what a choice is worth is measured on later buckets that it did not know, and made anew as more is known (rolling
origin; Tashman, Int. J. Forecasting 16, 2000).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from sopbench.contract import PlanningError, Problem, checked, table
from sopbench.replay.parameters import Parameter, in_text
from sopbench.replay.score import paired_interval

NOW = "as_planned"
"""The way of planning in which every setting is as it stands."""

TOGETHER = "all together"
"""The learner that chooses every setting at once."""

LEAST = 3
"""Buckets that a first choice is made on, and that are measured, at least."""


def origins(scored: pd.DatetimeIndex, measured: int, step: int) -> list[pd.Timestamp]:
    """The buckets at whose start is chosen anew: every `step` of the last `measured`."""
    return list(scored[len(scored) - measured :: step])


def refuse_too_few(months: int, measured: int) -> None:
    """Raise PlanningError where of `months` buckets too few are left to choose on, or to measure on."""
    most = months - LEAST
    if not LEAST <= measured <= most:
        message = f"of {months} buckets at least {LEAST} are to be chosen on and {LEAST} measured"
        mend = f"measure {LEAST} to {most}" if most >= LEAST else f"replay at least {2 * LEAST}, with --months"
        raise PlanningError(Problem("learn", "measured", str(measured), message, mend))


def margins(months: pd.DataFrame) -> pd.DataFrame:
    """Money earned by bucket (rows, scored ones) and way of planning (columns), from replay_months."""
    rows = months[months["scored"]]
    return rows.pivot_table(index="bucket", columns="candidate", values="margin")


def choices(margin: pd.DataFrame, learned: Sequence[Parameter], at: Sequence[pd.Timestamp]) -> pd.DataFrame:
    """The table replay_choices: of each parameter, at each origin, the value that had earned most before it.

    `margin` as from `margins`, of NOW and of every value's way. Equals leave the value as it stands.
    """
    rows = []
    for parameter in learned:
        ways = {NOW: parameter.now, **{parameter.way(value): value for value in parameter.values}}
        for bucket in at if parameter.values else []:
            seen = margin.loc[margin.index < bucket, list(ways)]
            earned = (seen.mean() - seen[NOW].mean()).round(2)
            best = earned.idxmax()  # the first of equals
            rows.append((parameter.name, in_text(ways[best]), bucket, len(seen), earned[best]))
    names = ["parameter", "value", "bucket", "chosen_on", "gained"]
    return checked(pd.DataFrame(rows, columns=names), table("replay_choices"))


def learned_table(
    margin: pd.DataFrame, chosen: pd.DataFrame, learned: Sequence[Parameter], measured: int
) -> pd.DataFrame:
    """The table replay_learned: of each parameter what it should be, and the money choosing it made out of sample.

    `margin` holds, beside NOW and the values, each learner by its parameter's name, and all of them TOGETHER if there
    are several; `chosen` is replay_choices, whose last origin knows all buckets. The last `measured` buckets count.
    """
    rows = [_row(margin, chosen, parameter, measured) for parameter in learned]
    if TOGETHER in margin:
        told = _out_of_sample(margin, TOGETHER, measured)
        reason = "each chosen for itself, all planned with at once"
        rows.append({"parameter": TOGETHER, "proposed": False, "reason": reason, **told})
    return checked(pd.DataFrame(rows), table("replay_learned"))


def _row(margin: pd.DataFrame, chosen: pd.DataFrame, parameter: Parameter, measured: int) -> dict:
    now = in_text(parameter.now)
    row = {"parameter": parameter.name, "now": now, "tried": ", ".join(map(in_text, parameter.values))}
    if not parameter.values:
        return row | {"buckets": 0, "proposed": False, "reason": parameter.silent or "no other value was to be tried"}
    mine = chosen[chosen["parameter"] == parameter.name].sort_values("bucket")
    best, seen = mine["value"].iloc[-1], float(mine["gained"].iloc[-1])
    told = _out_of_sample(margin, parameter.name, measured)
    moved = bool((mine["value"].iloc[:-1] != now).any())
    proposed = bool(moved and best != now and told["low"] > 0)
    reason = _reason(moved, best != now, told)
    return row | {"best": best, "seen": seen, "proposed": proposed, "reason": reason, **told}


def _out_of_sample(margin: pd.DataFrame, learner: str, measured: int) -> dict:
    gap = (margin[learner] - margin[NOW]).to_numpy()[-measured:]
    mean, low, high = paired_interval(gap)
    return {"buckets": len(gap), "difference": mean, "low": low, "high": high}


def _reason(moved: bool, differs: bool, told: dict) -> str:
    if not moved:
        late = "; only what came last speaks for another" if differs else ""
        return f"the value as it stands had earned most each time{late}: keep it"
    if not np.isfinite(told["low"]) or told["low"] <= 0 <= told["high"]:
        return "what choosing it earned may be luck: keep what you have"
    if told["high"] < 0:
        return "choosing it by the past lost money: keep what you have"
    return "choosing it earned more than luck" if differs else "with all that is known it is best as it stands: keep it"
