"""Load against capacity as cells to pick, and what stands behind one of them, in words and figures."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from sopbench.contract.words import in_money
from sopbench.views.numbers import bucket_name, bucket_word

ALMOST = 1 - 1e-6
"""Share of the hours from which a resource is full: a solver's rounding is no hour left."""

MIDDLE, HIGH = 0.5, 0.8
"""Shares of regular hours from which a cell is darker."""


@dataclass(frozen=True)
class Heat:
    """Resources by buckets, the tightest first: what each cell says and how it looks (heat-0 to heat-5)."""

    resources: list[str]
    buckets: list[pd.Timestamp]
    texts: list[list[str]]
    looks: list[list[str]]


def full(capacity_plan: pd.DataFrame) -> pd.Series:
    """Whether each row uses all its hours, overtime included."""
    available = capacity_plan["regular_available"] + capacity_plan["overtime_available"]
    return (capacity_plan["load"] > 0) & (capacity_plan["load"] >= available * ALMOST)


def heat(capacity_plan: pd.DataFrame) -> Heat:
    """Utilisation by resource and bucket (contract table capacity_plan): those where an hour is worth most come first.

    Cells say per cent. heat-5: no hour is left, overtime included; heat-4: takes overtime; heat-3 to heat-1: regular
    hours, ever less of them; heat-0: nothing is loaded.
    """
    rows = capacity_plan.assign(full=full(capacity_plan))
    peak = rows.groupby("resource_id").agg(
        worth=("shadow_price", "sum"), full=("full", "sum"), peak=("utilisation", "max")
    )
    order = peak.sort_values(["worth", "full", "peak"], ascending=False, kind="stable").index
    look = pd.Series("heat-1", index=rows.index)
    look = look.mask(rows["utilisation"] >= MIDDLE, "heat-2").mask(rows["utilisation"] >= HIGH, "heat-3")
    look = look.mask(rows["overtime"] > 1e-6 * rows["load"], "heat-4").mask(rows["full"], "heat-5")
    look = look.mask(rows["load"] <= 0, "heat-0")
    said = (100 * rows["utilisation"]).map("{:,.0f}".format).mask(rows["load"] <= 0, "–")
    cells = rows.assign(look=look, said=said)
    texts = cells.pivot_table(index="resource_id", columns="bucket", values="said", aggfunc="first").reindex(order)
    looks = cells.pivot_table(index="resource_id", columns="bucket", values="look", aggfunc="first").reindex(order)
    return Heat(
        order.tolist(), list(texts.columns), texts.fillna("–").values.tolist(), looks.fillna("heat-0").values.tolist()
    )


def tight_in_words(capacity_plan: pd.DataFrame) -> str:
    """Which resources have no hour left, and in how many buckets."""
    count = full(capacity_plan).groupby(capacity_plan["resource_id"]).sum()
    count = count[count > 0].sort_values(ascending=False, kind="stable")
    if count.empty:
        return "No resource is ever full"
    first = ", ".join(f"{name} in {number} {bucket_word(number)}" for name, number in count.head(2).items())
    more = f", and {len(count) - 2} more" if len(count) > 2 else ""
    return f"Full, overtime included: {first}{more}"


def cell_in_words(cell: pd.Series, currency: str) -> str:
    """One resource in one bucket (a row of capacity_plan) in a sentence or two."""
    available = cell["regular_available"] + cell["overtime_available"]
    said = f"{cell['load']:,.0f} of {available:,.0f} hours are used"
    if cell["load"] > 0 and cell["load"] >= available * ALMOST:
        said = f"All {available:,.0f} hours are used"
    if cell["overtime"] >= 0.5:
        said += f", {cell['overtime']:,.0f} of them overtime"
    elif cell["overtime_available"] >= 0.5:
        said += ", no overtime"
    if cell["shadow_price"] >= 0.5:
        said += f"; one more hour would save {in_money(cell['shadow_price'], currency)}"
    return said + "."


def cell_name(resource: str, bucket: pd.Timestamp) -> str:
    """A resource in a bucket, as people say it."""
    return f"{resource}, {bucket_name(bucket)}"
