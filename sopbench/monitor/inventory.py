"""What lies on the shelf against plan and use: stock, turns, cover, excess, obsolete."""

from __future__ import annotations

import pandas as pd

from sopbench.monitor.levels import KEYS, levels, positive, valued

COVER_AHEAD = 3
"""Buckets of planned use that cover is reckoned with: one alone would be as restless as a single month is."""


def inventory(
    plan: pd.DataFrame,
    plans: pd.DataFrame,
    sold: pd.DataFrame,
    on_hands: pd.DataFrame,
    items: pd.DataFrame,
    before: pd.Series,
    buckets_a_year: int,
    excess_after: int,
) -> list[pd.DataFrame]:
    """Stock, turns, cover, excess and obsolete of the buckets at whose end a count is known.

    `plan` is the one in force for each bucket, `plans` are all of them (with `cycle`); `before` gives the bucket before
    each. Turns only where a count is known at the bucket's start too.
    """
    cost = items.set_index("item_id")["unit_cost"]
    counts = on_hands.assign(bucket=on_hands["cycle"].map(before)).dropna(subset="bucket")
    closing = levels(valued(counts, items, cost, value="qty"), "stock").set_index(KEYS)["value"]
    opening = levels(valued(on_hands.assign(bucket=on_hands["cycle"]), items, cost, value="qty"), "stock")
    opening = opening.set_index(KEYS)["value"]
    planned = levels(valued(plan, items, cost, value="shipped", target="stock"), "stock")
    rows = planned[planned["bucket"].isin(counts["bucket"])]
    opened = rows["bucket"].isin(opening.index.get_level_values("bucket"))
    at_start, at_end = _at(opening, rows).where(opened), _at(closing, rows)
    went = _at(levels(valued(sold, items, cost, value="qty_shipped"), "stock").set_index(KEYS)["value"], rows)
    real = buckets_a_year * went / positive((at_start + at_end) / 2)
    meant = buckets_a_year * rows["value"] / positive((at_start + rows["target"]) / 2)
    ahead = _use_ahead(plan, plans)
    near = ahead[ahead["ahead"] <= COVER_AHEAD]
    use = levels(valued(near, items, cost, value="use"), "stock").set_index(KEYS)["value"]
    spans = near.groupby("bucket")["ahead"].nunique()
    use = positive(_at(use, rows) / rows["bucket"].map(spans))
    return [
        rows.assign(value=at_end),
        rows.assign(kpi="turns", value=real, target=meant),
        rows.assign(kpi="cover", value=at_end / use, target=rows["target"] / use),
        *_too_much(counts, ahead, items, excess_after),
    ]


def _at(values: pd.Series, rows: pd.DataFrame) -> pd.Series:
    """The values (by level, key, bucket) of the rows; 0 where there is none."""
    found = values.reindex(pd.MultiIndex.from_frame(rows[KEYS]), fill_value=0.0)
    return pd.Series(found.to_numpy(), rows.index)


def _use_ahead(plan: pd.DataFrame, plans: pd.DataFrame) -> pd.DataFrame:
    """Planned use of each item after each bucket, as the plan in force for it had it: bucket, ahead (1 = the next)."""
    made = plan[["cycle", "bucket"]].drop_duplicates()
    later = plans.rename(columns={"bucket": "used_in"}).merge(made, on="cycle")
    later = later[later["used_in"] > later["bucket"]]
    ahead = later.groupby("bucket")["used_in"].rank("dense").astype("int64")
    use = (later["demand"] + later["component_use"]).round(6)  # what a solver leaves of nothing is no use
    return later.assign(ahead=ahead, use=use)


def _too_much(counts: pd.DataFrame, ahead: pd.DataFrame, items: pd.DataFrame, excess_after: int) -> list[pd.DataFrame]:
    """Excess: stock beyond the planned use of the next buckets. Obsolete: stock no later bucket of the plan uses."""
    keys = ["item_id", "bucket"]
    soon = ahead[ahead["ahead"] <= excess_after].groupby(keys)["use"].sum().rename("soon")
    ever = ahead.groupby(keys)["use"].sum().rename("ever")
    held = counts.groupby(keys)["qty"].sum().to_frame().join([soon, ever]).fillna(0.0).reset_index()
    held = held[held["bucket"].isin(ahead["bucket"])]
    used = held["ever"] > 0
    held = held.assign(
        excess=(held["qty"] - held["soon"]).clip(lower=0.0).where(used, 0.0), obsolete=held["qty"].mask(used, 0.0)
    )
    cost = items.set_index("item_id")["unit_cost"]
    return [levels(valued(held, items, cost, value=name), name) for name in ("excess", "obsolete")]
