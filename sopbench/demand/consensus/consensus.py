"""The consensus: what history, sales, marketing and finance say of each row of the plan, and what is agreed on."""

from __future__ import annotations

import numpy as np
import pandas as pd

from sopbench.demand.consensus.split import ROW

STREAMS = ("statistical", "sales", "marketing", "finance")
"""Who has a say, in the order of the plan's columns."""

UNKNOWN = "none"
"""The method of a series nothing is known of: history is silent there and leaves its weight to the others."""

SCOPES = (
    ["item_id", "location_id", "customer_id"],
    ["item_id", "location_id"],
    ["item_id", "customer_id"],
    ["item_id"],
)
"""What a forecast may be handed in for: a row, or several of them together."""


def rows_asked_for(rows: pd.DataFrame, forecasts: pd.DataFrame) -> pd.DataFrame:
    """The rows of the plan (item_id, location_id, customer_id, share) with those added that only a stream speaks of.

    A forecast for a customer who did not buy the item yet adds that customer, with a share of 0, at the location it
    names, or at every location of the item.
    """
    named = forecasts.loc[forecasts["customer_id"] != "", ROW].drop_duplicates()
    places = rows[["item_id", "location_id"]].drop_duplicates()
    here = named[named["location_id"] != ""].merge(places, on=["item_id", "location_id"])
    anywhere = named.loc[named["location_id"] == "", ["item_id", "customer_id"]].merge(places, on="item_id")
    known = pd.MultiIndex.from_frame(rows[ROW])
    more = pd.concat([here, anywhere])[ROW].drop_duplicates()
    more = more[~pd.MultiIndex.from_frame(more).isin(known)].assign(share=0.0)
    return pd.concat([rows, more]).sort_values(ROW, ignore_index=True)


def stream_units(
    rows: pd.DataFrame, statistical: np.ndarray, forecasts: pd.DataFrame, buckets: pd.DatetimeIndex
) -> dict[str, np.ndarray]:
    """Units by row and bucket of each stream that people hand in (table forecasts); NaN where it says nothing.

    What is handed in for several rows together is spread over them in proportion to the statistical forecast (to their
    shares, then evenly, where that is 0). Several entries for the same row add up.
    """
    long = pd.DataFrame({name: np.repeat(rows[name].to_numpy(), len(buckets)) for name in [*ROW, "share"]})
    long = long.assign(bucket=np.tile(buckets, len(rows)), statistical=statistical.ravel(), row=np.arange(len(long)))
    said = forecasts[forecasts["bucket"].isin(buckets)]
    given = {name: said[name] != "" for name in ROW}
    spread = []
    for keys in SCOPES:
        whole = np.logical_and.reduce([given[name] == (name in keys) for name in ROW])
        asked = said[whole].groupby(["stream", *keys, "bucket"], as_index=False)["qty"].sum()
        cells = asked.merge(long, on=[*keys, "bucket"]).sort_values(["stream", *keys, "bucket", "row"])
        group = cells.groupby(["stream", *keys, "bucket"])
        weight = cells["statistical"].where(group["statistical"].transform("sum") > 0, cells["share"])
        weight = weight.where(
            weight.groupby([cells[name] for name in ["stream", *keys, "bucket"]]).transform("sum") > 0, 1.0
        )
        total = weight.groupby([cells[name] for name in ["stream", *keys, "bucket"]]).transform("sum")
        spread.append(cells[["stream", "row"]].assign(units=cells["qty"] * weight / total))
    units = pd.concat(spread).groupby(["stream", "row"])["units"].sum()
    return {stream: _of_stream(units, stream, statistical.shape) for stream in STREAMS[1:]}


def weights_of_rows(weights: pd.DataFrame, families: pd.Series) -> dict[str, np.ndarray]:
    """Each stream's weight for each row (a column, beside rows by buckets), by the family of the row."""
    wide = weights.pivot_table(index="family", columns="stream", values="weight")
    wide = wide.reindex(index=families, columns=list(STREAMS))
    return {name: wide[name].to_numpy(dtype=float)[:, None] for name in STREAMS}


def weighted_consensus(streams: dict[str, np.ndarray], weights: dict[str, float | np.ndarray]) -> np.ndarray:
    """The weighted mean of the streams present in each cell, with the shares of `stream_shares`; 0 where none is."""
    shares = stream_shares(streams, weights)
    return sum(
        (shares[name] * np.nan_to_num(units) for name, units in streams.items()), np.zeros_like(streams[STREAMS[0]])
    )


def stream_shares(streams: dict[str, np.ndarray], weights: dict[str, float | np.ndarray]) -> dict[str, np.ndarray]:
    """How much each stream counts in each cell; an absent one shares out its weight to the others.

    Where only streams without a weight speak they count alike, as nothing else is known. A weight is one number, or one
    for each row (as a column).
    """
    there = {name: ~np.isnan(units) for name, units in streams.items()}
    given = {name: np.nan_to_num(weights.get(name, 0.0)) * there[name] for name in streams}
    nobody = sum(given.values()) <= 0
    given = {name: np.where(nobody, there[name], each).astype(float) for name, each in given.items()}
    total = sum(given.values())
    return {name: np.divide(each, total, out=np.zeros(each.shape), where=total > 0) for name, each in given.items()}


def consensus_bridge(demand_plan: pd.DataFrame, stream_weights: pd.DataFrame, items: pd.DataFrame) -> pd.DataFrame:
    """From statistical to consensus (units): what each stream and the overrides moved, row by row of demand_plan.

    Gives the key, statistical, sales, marketing, finance, overrides and consensus; the first five add up to the last.
    `stream_weights` is the table made with the plan.
    """
    family = demand_plan["item_id"].map(items.set_index("item_id")["family"])
    weights = {name: column[:, 0] for name, column in weights_of_rows(stream_weights, family).items()}
    streams = {name: demand_plan[name].to_numpy() for name in STREAMS}
    streams["statistical"] = np.where(demand_plan["method"] == UNKNOWN, np.nan, demand_plan["statistical"])
    before = weighted_consensus(streams, weights)
    overridden = demand_plan["override"].notna().to_numpy()
    on_sale = overridden | np.isclose(before, demand_plan["consensus"], rtol=1e-9, atol=1e-9)
    shares = stream_shares(streams, weights)
    moved = {
        name: np.where(on_sale, shares[name] * np.nan_to_num(units - demand_plan["statistical"]), 0.0)
        for name, units in streams.items()
        if name != "statistical"
    }
    rest = demand_plan["consensus"] - demand_plan["statistical"] - sum(moved.values())
    kept = demand_plan[[*ROW, "bucket", "statistical"]]
    return kept.assign(**moved, overrides=np.where(overridden, rest, 0.0), consensus=demand_plan["consensus"])


def _of_stream(units: pd.Series, stream: str, shape: tuple[int, int]) -> np.ndarray:
    cells = np.full(shape[0] * shape[1], np.nan)
    if stream in units.index.get_level_values("stream"):
        own = units.xs(stream, level="stream")
        cells[own.index.to_numpy()] = own.to_numpy()
    return cells.reshape(shape)
