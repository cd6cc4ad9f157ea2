"""Looks at resources: no hours, hours in overtime only, hours on another scale than what is made takes."""

from __future__ import annotations

import pandas as pd

from sopbench.contract import Problem
from sopbench.gather.checks.facts import Facts
from sopbench.gather.checks.told import figures, listed, rows_told

OVERLOAD = 5.0
"""A resource whose work of last year takes this many times its hours is given in another unit, not merely full."""

MINUTES = 60
"""Hours given in minutes are this many times too many ..."""

WORKED = (0.15, 1.5)
"""... which shows where a 60th of them is worked to a share within these bounds, and the whole to next to nothing."""


def resources_without_capacity(
    routings: pd.DataFrame, capacity: pd.DataFrame, resources: pd.DataFrame, horizon: pd.DatetimeIndex
) -> list[Problem]:
    """An error for each resource in use without any hours in the horizon, a warning where some buckets lack them.

    People without rows of capacity work the hours of their headcount.
    """
    hours = resources[["hours_per_head", "hours_per_day"]].notna().any(axis=1)
    people = resources.loc[hours & resources["headcount"].notna(), "resource_id"]
    used = set(routings["resource_id"]) - (set(people) - set(capacity["resource_id"]))
    given = capacity[capacity["bucket"].isin(horizon)].groupby("resource_id")["bucket"].nunique()
    given = given.reindex(sorted(used), fill_value=0)
    mend = "add a row for every bucket of the horizon, 0 hours where it stands still"
    none = [
        Problem("capacity", f"resource_id={resource}", "", "routings use it, but the horizon gives it no hours", mend)
        for resource in given[given == 0].index
    ]
    some = given[(given > 0) & (given < len(horizon))]
    message = "buckets of the horizon have no row; they count as no hours"
    return none + [
        Problem("capacity", f"resource_id={resource}", f"{len(horizon) - count}", message, mend, "warning")
        for resource, count in some.items()
    ]


def hours(facts: Facts) -> list[Problem]:
    """Warnings on resources in use: all hours of the horizon 0, overtime only, far too few for last year's
    work, or so many that they look like minutes.

    The money is the last year's revenue of all that needs an item made on the resource.
    """
    routings, capacity = facts.tables["routings"], facts.tables["capacity"]
    ahead = capacity[capacity["bucket"].isin(facts.ahead)]
    given = ahead.groupby("resource_id")[["regular_hours", "overtime_hours"]].sum()
    rows = given[given.index.isin(routings["resource_id"])].assign(money=_carried(facts), load=_load(facts))
    all_hours = rows["regular_hours"] + rows["overtime_hours"]
    none = rows[all_hours == 0]
    only_overtime = rows[(rows["regular_hours"] == 0) & (all_hours > 0)]
    work = rows["load"] * len(facts.ahead)
    times = work / rows["regular_hours"].where(rows["regular_hours"] > 0)
    over, share = times >= OVERLOAD, work / all_hours.where(all_hours > 0)
    idle = (MINUTES * share).between(*WORKED)
    return [
        *listed(
            "capacity",
            rows_told(_resource(none), "0 hours", none["money"]),
            "routings load it, but all its hours in the horizon are 0: nothing can be made on it",
            "give its hours, or route what it makes elsewhere",
            noun="resource",
        ),
        *listed(
            "capacity",
            rows_told(_resource(only_overtime), "overtime only", only_overtime["money"]),
            "it has overtime, but no regular hours in the horizon",
            "give its regular hours",
            noun="resource",
        ),
        *listed(
            "capacity",
            rows_told(
                _resource(rows[over]), figures(times[over], "{:,.0f} times its regular hours"), rows.loc[over, "money"]
            ),
            "the work of the last year takes many times the hours it has",
            "check units: hours_per_unit and capacity are in hours, capacity is for a whole bucket",
            noun="resource",
        ),
        *listed(
            "capacity",
            rows_told(_resource(rows[idle]), figures(100 * share[idle], "{:.1f} % worked"), rows.loc[idle, "money"]),
            "it has far more hours than the work of the last year takes: minutes?",
            "check units: hours_per_unit and capacity are in hours",
            noun="resource",
        ),
    ]


def _resource(rows: pd.DataFrame) -> pd.Series:
    return "resource_id=" + rows.index.to_series().astype(str)


def _carried(facts: Facts) -> pd.Series:
    """By resource: the revenue of what is sold and needs something made on it, an item counted once."""
    routings = facts.tables["routings"]
    return facts.carried_by(routings["item_id"], routings["resource_id"])


def _load(facts: Facts) -> pd.Series:
    """By resource: the hours that what was needed in the last year takes in a bucket.

    An item's needs are parted among the locations of its routings by what these made, evenly where nobody says.
    """
    routings, production = facts.tables["routings"], facts.tables["production"]
    routings = routings[routings["method"] == "make"]  # what else is loaded shows in no history of production
    place = ["item_id", "location_id"]
    made = production[production["bucket"].isin(facts.before[-facts.year :])].groupby(place)["qty"].sum()
    sites = routings[place].drop_duplicates()
    sites = sites.assign(made=made.reindex(pd.MultiIndex.from_frame(sites), fill_value=0.0).to_numpy())
    total = sites.groupby("item_id")["made"].transform("sum")
    even = 1 / sites.groupby("item_id")["made"].transform("size")
    share = (sites["made"] / total.where(total > 0)).fillna(even)
    work = routings.merge(sites.assign(units=facts.of_item(sites["item_id"], "needed") * share), on=place)
    return (work["hours_per_unit"] * work["units"]).groupby(work["resource_id"]).sum() / facts.year
