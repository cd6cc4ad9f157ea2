"""Rows of figures as rows of table kpis: valued in money, and summed over families and all."""

from __future__ import annotations

import pandas as pd

ALL = "all"
"""The key of the level total."""

KEYS = ["level", "key", "bucket"]


def valued(
    frame: pd.DataFrame,
    items: pd.DataFrame,
    worth: pd.Series | None = None,
    value: str | None = None,
    target: str | None = None,
) -> pd.DataFrame:
    """Two columns of a frame as money (or as they are) named value and target, with family and bucket."""
    factor = frame["item_id"].map(worth) if worth is not None else 1.0
    said = {name: frame[column] * factor if column else 0.0 for name, column in (("value", value), ("target", target))}
    family = frame["item_id"].map(items.set_index("item_id")["family"])
    return pd.DataFrame({"family": family, "bucket": frame["bucket"], **said})


def levels(rows: pd.DataFrame, kpi: str) -> pd.DataFrame:
    """The rows of `valued` summed by bucket over everything and by family: kpi, level, key, bucket, value, target."""
    families = rows.groupby(["family", "bucket"], as_index=False)[["value", "target"]].sum()
    total = families.groupby("bucket", as_index=False)[["value", "target"]].sum().assign(level="total", key=ALL)
    families = families.rename(columns={"family": "key"}).assign(level="family")
    both = pd.concat([total, families], ignore_index=True).assign(kpi=kpi)
    return both[["kpi", *KEYS, "value", "target"]]


def share(rows: pd.DataFrame, kpi: str) -> pd.DataFrame:
    """Value over target as a measure of its own; its target is that of the parameters, put in later."""
    return rows.assign(kpi=kpi, value=rows["value"] / positive(rows["target"]), target=float("nan"))


def positive(values: pd.Series) -> pd.Series:
    """The values above 0, the others empty: what may be divided by."""
    return values.where(values > 0)
