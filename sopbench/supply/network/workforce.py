"""People whom the plan may hire and lay off: how long they work, what they are paid, how many there may be."""

from __future__ import annotations

from dataclasses import dataclass

import cvxpy as cp
import numpy as np
import pandas as pd

from sopbench.contract import Problem, stop_on_errors
from sopbench.params import Supply


@dataclass(frozen=True)
class Workforce:
    """The labour resources that are staffed by the plan; rows in the order of `at`, their places among the resources.

    A person works `hours` in regular time and up to `overtime` more, and is paid `wage` a bucket, worked or not.
    """

    at: np.ndarray
    hours: np.ndarray  # staffed × buckets
    overtime: np.ndarray  # staffed × buckets
    wage: np.ndarray  # staffed × buckets
    hire: np.ndarray  # staffed: money a person; inf = nobody can be hired
    lay_off: np.ndarray  # staffed: money a person; inf = nobody can be laid off
    least: np.ndarray  # staffed × buckets
    most: np.ndarray  # staffed × buckets
    start: np.ndarray  # staffed: people before the first bucket


@dataclass(frozen=True)
class People:
    """What the plan decides on people: how many, hired and laid off, staffed × buckets."""

    heads: cp.Variable
    hired: cp.Variable
    laid_off: cp.Variable


def hours_of_a_person(resources: pd.DataFrame, calendar: pd.DataFrame, buckets: pd.DatetimeIndex) -> np.ndarray:
    """Regular hours one person of each resource works in each bucket; NaN where the resources table does not say.

    Takes resources (hours_per_head, or hours_per_day for each working day of calendar).
    """
    days = calendar.set_index("bucket")["working_days"].reindex(buckets).to_numpy(dtype=float)
    a_day = resources["hours_per_day"].to_numpy(dtype=float)[:, None] * days
    a_bucket = resources["hours_per_head"].to_numpy(dtype=float)[:, None]
    return np.where(np.isnan(a_bucket), a_day, np.repeat(a_bucket, len(buckets), axis=1))


def find_workforce(
    settings: Supply,
    resources: pd.DataFrame,
    capacity: pd.DataFrame,
    calendar: pd.DataFrame,
    buckets: pd.DatetimeIndex,
    loaded: np.ndarray,
) -> Workforce:
    """The labour resources whose people the plan decides on: none where the setting headcount is "given".

    `resources` are the network's, in its order. Those of kind labour with a headcount and hours for each person are
    staffed if anything can be made on them (`loaded`); where cost_hire or cost_layoff is empty nobody is hired or laid
    off. Raises PlanningError that names every resource whose least and greatest headcount cannot be kept.
    """
    hours = hours_of_a_person(resources, calendar, buckets)
    staffed = (resources["kind"] == "labour") & resources["headcount"].notna() & ~np.isnan(hours).any(axis=1)
    at = np.flatnonzero(staffed & loaded & (settings.headcount != "given"))
    rows = resources.iloc[at]
    limits = capacity.set_index(["resource_id", "bucket"])[["headcount_min", "headcount_max"]]
    key = pd.MultiIndex.from_product([rows["resource_id"], buckets], names=["resource_id", "bucket"])
    shape = (len(at), len(buckets))
    limits = limits.reindex(key)
    by_hour = rows["cost_regular"].to_numpy()[:, None] * hours[at]
    wage = rows["wage"].to_numpy(dtype=float)[:, None]
    found = Workforce(
        at=at,
        hours=hours[at],
        overtime=np.repeat(rows["overtime_per_head"].fillna(0.0).to_numpy()[:, None], len(buckets), axis=1),
        wage=np.where(np.isnan(wage), by_hour, wage),
        hire=rows["cost_hire"].fillna(np.inf).to_numpy(),
        lay_off=rows["cost_layoff"].fillna(np.inf).to_numpy(),
        least=limits["headcount_min"].fillna(0.0).to_numpy().reshape(shape),
        most=limits["headcount_max"].fillna(np.inf).to_numpy().reshape(shape),
        start=rows["headcount"].to_numpy(dtype=float),
    )
    names = rows["resource_id"].to_numpy()
    whole, level = settings.headcount == "whole", settings.strategy == "level"
    stop_on_errors(_in_parts(found, names) if whole else [])
    stop_on_errors(_impossible(found, names, buckets, whole, level))
    return found


def define_people(workforce: Workforce, whole: bool) -> People:
    """Variables: people within their limits, hired and laid off where that can be done; whole people if asked."""
    shape = workforce.hours.shape
    can = [np.repeat(np.where(np.isfinite(each), np.inf, 0.0)[:, None], shape[1], axis=1) for each in (
        workforce.hire, workforce.lay_off)]  # fmt: skip
    return People(
        heads=cp.Variable(shape, bounds=[workforce.least, workforce.most], integer=whole),
        hired=cp.Variable(shape, bounds=[np.zeros(shape), can[0]]),
        laid_off=cp.Variable(shape, bounds=[np.zeros(shape), can[1]]),
    )


def people_balance(workforce: Workforce, people: People, level: bool) -> list[cp.Constraint]:
    """People = people before + hired - laid off; a level plan changes them in the first bucket only."""
    if not len(workforce.at):
        return []
    before = cp.hstack([workforce.start[:, None], people.heads[:, :-1]])
    rules = [people.heads == before + people.hired - people.laid_off]
    if level and workforce.hours.shape[1] > 1:
        rules.append(people.heads[:, 1:] == people.heads[:, :-1])
    return rules


def _in_parts(workforce: Workforce, names: np.ndarray) -> list[Problem]:
    """Resources whose people are no whole number at the start, and cannot become one."""
    fixed = np.isinf(workforce.hire) & np.isinf(workforce.lay_off) & (workforce.start % 1 > 0)
    message = "headcount is no whole number, and where nobody is hired or laid off it stays so"
    mend = "give a whole headcount, or cost_hire or cost_layoff, or plan with headcount: planned"
    return [
        Problem("resources", f"resource_id={names[row]}", f"{workforce.start[row]:g}", message, mend)
        for row in np.flatnonzero(fixed)
    ]


def _impossible(
    workforce: Workforce, names: np.ndarray, buckets: pd.DatetimeIndex, whole: bool, level: bool
) -> list[Problem]:
    """Resources whose limits on headcount contradict each other, or the people there and no way to change them.

    People may have to be `whole`, and in a `level` plan the same in all buckets.
    """
    lowest, highest = workforce.least.copy(), workforce.most.copy()
    stay, closed = np.isinf(workforce.lay_off), np.isinf(workforce.hire)
    for bucket in range(len(buckets)):
        before_low = workforce.start if bucket == 0 else lowest[:, bucket - 1]
        before_high = workforce.start if bucket == 0 else highest[:, bucket - 1]
        lowest[:, bucket] = np.where(stay, np.maximum(lowest[:, bucket], before_low), lowest[:, bucket])
        highest[:, bucket] = np.where(closed, np.minimum(highest[:, bucket], before_high), highest[:, bucket])
        if whole:
            lowest[:, bucket], highest[:, bucket] = np.ceil(lowest[:, bucket]), np.floor(highest[:, bucket])
    if level:
        lowest[:] = lowest.max(axis=1, keepdims=True, initial=0.0)
        highest[:] = highest.min(axis=1, keepdims=True, initial=np.inf)
    row, bucket = np.nonzero(lowest > highest)
    first = np.unique(row, return_index=True)[1]
    people = "whole headcount" if whole else "headcount"
    message = f"there is no {people} that keeps to its limits with the people there"
    mend = "widen headcount_min and headcount_max, or give cost_hire and cost_layoff"
    if level:
        message = f"there is no {people}, the same in all buckets as the strategy level wants, that keeps to its limits"
        mend += ", or take another strategy"
    return [
        Problem(
            "capacity",
            f"resource_id={names[row[each]]}, bucket={buckets[bucket[each]]:%Y-%m-%d}",
            f"at least {lowest[row[each], bucket[each]]:g}, at most {highest[row[each], bucket[each]]:g}",
            message,
            mend,
        )
        for each in first
    ]
