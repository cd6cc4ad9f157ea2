"""Splits what is planned for an item and location to its customers, by what each of them bought of late."""

from __future__ import annotations

import pandas as pd

from sopbench.demand.history.history import SERIES

ROW = ["item_id", "location_id", "customer_id"]
"""What names a row of the demand plan."""


def customer_shares(
    series: pd.DataFrame, recent: pd.DataFrame, *, items: pd.DataFrame, customers: pd.DataFrame
) -> pd.DataFrame:
    """Each customer's share of each series: item_id, location_id, customer_id, share (adding up to 1 a series).

    `series` names item and location; `recent` holds the sales of the last season. A series nobody bought of late takes
    the shares of its like item there, else of its family there, else of its family anywhere, else of all that was sold;
    without any sales all customers bear the same.
    """
    about = items[["item_id", "family", "like_item_id"]]
    open_series = series[SERIES].merge(about, on="item_id").sort_values(SERIES)
    bought = recent[recent["qty_ordered"] > 0].merge(about, on="item_id").sort_values([*ROW, "bucket"])
    as_like = bought.assign(like_item_id=bought["item_id"])
    levels = [
        (bought, SERIES),
        (as_like, ["like_item_id", "location_id"]),
        (bought, ["family", "location_id"]),
        (bought, ["family"]),
        (bought.assign(all=""), ["all"]),
    ]
    found = []
    for rows, keys in levels:
        sums = rows.groupby([*keys, "customer_id"], as_index=False)["qty_ordered"].sum()
        matched = open_series.assign(all="").merge(sums, on=keys)
        found.append(matched[[*ROW, "qty_ordered"]])
        done = pd.MultiIndex.from_frame(matched[SERIES])
        open_series = open_series[~pd.MultiIndex.from_frame(open_series[SERIES]).isin(done)]
    everyone = customers[["customer_id"]] if len(customers) else pd.DataFrame({"customer_id": [""]})
    found.append(open_series[SERIES].merge(everyone, how="cross").assign(qty_ordered=1.0))
    split = pd.concat(found).sort_values(ROW, ignore_index=True)
    share = split["qty_ordered"] / split.groupby(SERIES)["qty_ordered"].transform("sum")
    return split[ROW].assign(share=share)
