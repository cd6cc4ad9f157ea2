"""How much each stream counts in the consensus: as the parameters say, or by what it was worth in earlier cycles."""

from __future__ import annotations

import numpy as np
import pandas as pd

from sopbench.contract import checked, table
from sopbench.contract.past import compared, list_value
from sopbench.demand.consensus.consensus import STREAMS
from sopbench.params.demand import Demand

HALFWAY = 40
"""Observations at which what was measured counts as much as what is believed without it."""

MOST = 9.0
"""Most that a stream may weigh against the statistical forecast, however good it was."""

BEYOND_NOISE = 2.0
"""Standard errors by which a stream must have made the plan worse to be left out of it."""


def stream_weights(
    settings: Demand, start: pd.Timestamp, earlier: pd.DataFrame | None, *, items: pd.DataFrame, sales: pd.DataFrame
) -> pd.DataFrame:
    """The weight of each stream in each family; contract table stream_weights.

    As stated in the parameters, or, where they say `measured`, from earlier cycles' demand plans (contract
    demand_plan, with `cycle`) held against the `sales` known at `start`:

    - A stream is measured where it spoke of all rows of an item and bucket, beside the statistical forecast on the same
      item and bucket: its weight against that is the inverse of their mean squared errors, statistical / stream (Bates
      & Granger, Operational Research Quarterly 20, 1969, without covariances, as Newbold & Granger, JRSS A 137, 1974,
      found best). A squared error holds the bias too. Each is taken relative to the item's mean demand and weighted by
      its value, so that no single item decides.
    - A stream that would have made the blend with the statistical forecast worse, beyond noise, gets 0.
    - Few observations prove little: a family's weight is drawn to that of all families, and that to `prior_weights`
      (all streams alike where those say nothing), n observations counting n / (n + HALFWAY).
    """
    families = np.sort(items["family"].unique())
    stated = settings.stream_weights if isinstance(settings.stream_weights, dict) else settings.prior_weights
    prior = pd.Series({name: stated.get(name, 0.0 if stated else 1.0) for name in STREAMS})
    rows = pd.MultiIndex.from_product([families, STREAMS], names=["family", "stream"]).to_frame(index=False)
    rows = rows.assign(prior=rows["stream"].map(prior / prior.sum()), observations=0, reason="as the parameters say")
    if isinstance(settings.stream_weights, dict):
        return checked(rows.assign(weight=rows["prior"]), table("stream_weights"))
    cells = _cells(earlier, sales, items, start)
    whole = _measured(cells.assign(family="")).droplevel("family").reindex(list(STREAMS))
    own = _measured(cells).reindex(pd.MultiIndex.from_frame(rows[["family", "stream"]]))
    against = prior / prior["statistical"]
    everywhere = _drawn(whole, against).where(~whole["harms"].eq(True), 0.0)
    weight = _drawn(own, everywhere.loc[rows["stream"]].set_axis(own.index))
    weight = weight.where(~own["harms"].eq(True), 0.0).to_numpy()
    rows = rows.assign(
        weight=weight / pd.Series(weight).groupby(rows["family"]).transform("sum"),
        observations=own["observations"].fillna(0).astype("int64").to_numpy(),
        **{name: own[name].to_numpy(dtype=float) for name in ("wmse", "wmse_statistical", "bias")},
    )
    return checked(rows.assign(reason=_reasons(rows, own["harms"].eq(True).to_numpy(), whole)), table("stream_weights"))


def _cells(earlier: pd.DataFrame | None, sales: pd.DataFrame, items: pd.DataFrame, start: pd.Timestamp) -> pd.DataFrame:
    """What each stream said of each item and bucket of each earlier cycle, beside statistical and what was ordered."""
    columns = ["family", "item_id", "bucket", "stream", "error", "error_statistical", "worth", "demand", "price"]
    if earlier is None or earlier.empty:
        return pd.DataFrame(columns=columns).astype(dict.fromkeys(columns[4:], "float64"))
    pairs = compared(earlier, sales, start)
    keys = ["cycle", "bucket", "item_id"]
    base = pairs[pairs["stream"] == "statistical"].set_index(keys)["forecast"].rename("statistical")
    pairs = pairs[pairs["stream"].isin(STREAMS)].join(base, on=keys).merge(items[["item_id", "family"]], on="item_id")
    pairs = pairs.sort_values([*keys, "stream"], ignore_index=True)
    mean = pairs["item_id"].map(_mean_demand(sales, start))
    price = pairs["item_id"].map(list_value(items))
    said = pairs.assign(
        error=pairs["forecast"] - pairs["actual"],
        error_statistical=pairs["statistical"] - pairs["actual"],
        worth=price / mean,
        demand=mean * price,
        price=price,
    )
    return said[mean > 0]


def _mean_demand(sales: pd.DataFrame, start: pd.Timestamp) -> pd.Series:
    """Units an item is ordered in a bucket, on average since its first order."""
    known = sales[sales["bucket"] < start].sort_values(["item_id", "bucket", "location_id", "customer_id"])
    buckets = np.sort(known["bucket"].unique())
    sums = known.groupby("item_id").agg(units=("qty_ordered", "sum"), first=("bucket", "min"))
    return sums["units"] / (len(buckets) - np.searchsorted(buckets, sums["first"].to_numpy()))


def _measured(cells: pd.DataFrame) -> pd.DataFrame:
    """By family and stream: observations, wmse, that of statistical, bias, the weight against it, and whether it harms.

    An item and bucket that several cycles spoke of is one observation.
    """
    parts = cells.assign(
        squared=cells["worth"] * cells["error"] ** 2,
        squared_statistical=cells["worth"] * cells["error_statistical"] ** 2,
        off=cells["price"] * cells["error"],
        ordered=cells["price"] * (cells["actual"] if "actual" in cells else cells["error"]),
    )
    keys = ["family", "stream"]
    names = ["squared", "squared_statistical", "demand", "off", "ordered"]
    sums = parts.groupby(keys)[names].sum()
    against = (sums["squared_statistical"] / sums["squared"].where(sums["squared"] > 0)).fillna(MOST).clip(upper=MOST)
    share = (against / (1.0 + against)).rename("share")
    mixed = parts.join(share, on=keys)
    blend = mixed["share"] * mixed["error"] + (1.0 - mixed["share"]) * mixed["error_statistical"]
    loss = mixed.assign(loss=mixed["worth"] * blend**2 - mixed["squared_statistical"])
    loss = loss.groupby([*keys, "item_id", "bucket"])["loss"].mean().groupby(keys).agg(["mean", "std", "size"])
    error = loss["std"] / loss["size"] ** 0.5
    return pd.DataFrame(
        {
            "observations": loss["size"],
            "wmse": sums["squared"] / sums["demand"],
            "wmse_statistical": sums["squared_statistical"] / sums["demand"],
            "bias": sums["off"] / sums["ordered"].where(sums["ordered"] > 0),
            "against": against,
            "harms": loss["mean"] > BEYOND_NOISE * error.fillna(np.inf),
        }
    )


def _drawn(measured: pd.DataFrame, believed: pd.Series) -> pd.Series:
    """The weight against statistical: what was measured, drawn to what is believed without it."""
    seen = measured["observations"].fillna(0.0).astype("float64")
    share = seen / (seen + HALFWAY)
    return share * measured["against"].fillna(0.0).astype("float64") + (1.0 - share) * believed


def _reasons(rows: pd.DataFrame, harms: np.ndarray, whole: pd.DataFrame) -> np.ndarray:
    """Why each stream weighs what it does, in words."""
    relative = (rows["wmse"] / rows["wmse_statistical"]) ** 0.5
    error = relative.map("{:.2f} times the statistical forecast's error".format)
    silent = rows["stream"].map(whole["observations"].isna()).eq(True)
    out = harms | ((rows["weight"] == 0) & (rows["prior"] > 0)).to_numpy()
    return np.select(
        [rows["stream"] == "statistical", silent, out, rows["observations"] == 0],
        ["what the others are measured by", "never measured: as it was believed", "it made the plan worse beyond noise",
         "not measured in this family: as in all of them"],
        error,
    )  # fmt: skip
