"""Forecast value added: who made the demand plan better or worse, step by step, and which overrides to drop.

Gilliland, The Business Forecasting Deal (2010), holds every step of the process against the one before it; Fildes,
Goodwin, Lawrence & Nikolopoulos (International Journal of Forecasting 25, 2009) found that many overrides, above all
small and hopeful ones, make forecasts worse.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from sopbench.contract import checked, table
from sopbench.contract.past import compared, list_value
from sopbench.contract.words import counted, in_money

AGAINST = {
    "naive": "",
    "statistical": "naive",
    "sales": "statistical",
    "marketing": "statistical",
    "finance": "statistical",
    "agreed": "statistical",
    "consensus": "agreed",
    "executive": "consensus",
}
"""The stairs, and what each step is held against; "agreed" is the consensus before overrides."""

LEVELS = {"total": "all", "family": "family"}
"""Level of the table, and the column whose values are its keys."""

ENOUGH = 6
"""Observations (an item's bucket) below which it is too early to judge."""

ENOUGH_BUCKETS = 2
"""Buckets these must lie in: what one month has in common is one accident, however many items it moves."""

BEYOND_NOISE = 2.0
"""Standard errors from 0 at which a mean gain or loss is taken for real."""

SUREST = 99.0
"""Standard errors told at most: where every bucket gains just the same there is no noise to compare with."""

CELL = ["cycle", "item_id", "location_id", "customer_id", "bucket"]


def value_added(
    demand_plans: pd.DataFrame,
    executive_plans: pd.DataFrame,
    override_effects: pd.DataFrame,
    sales: pd.DataFrame,
    items: pd.DataFrame,
    start: pd.Timestamp,
) -> pd.DataFrame:
    """The stairstep from naive to the approved plan, by family, in all, and by lag; contract table value_added.

    Takes what earlier cycles' demand step wrote (`demand_plans`, `override_effects`) and what their executive step
    approved (`executive_plans`: its consensus), each with `cycle`. Errors are those of an item's bucket before `start`,
    at list price. A step and the one it is held against are compared on the same item buckets: those of which both
    spoke. Value added = wape of the step before - wape of this one; in money, the absolute error taken away.
    """
    plans = _with_all_steps(demand_plans, executive_plans, override_effects)
    pairs = compared(plans, sales, start, [step for step in AGAINST if step != "naive"])
    if pairs.empty:
        return table("value_added").empty()
    keys = ["cycle", "bucket", "item_id"]
    before = pairs[[*keys, "stream", "forecast"]].rename(columns={"stream": "against", "forecast": "said_before"})
    pairs = pairs.assign(against=pairs["stream"].map(AGAINST)).merge(before, on=[*keys, "against"], how="left")
    pairs = pairs[(pairs["against"] == "") | pairs["said_before"].notna()]
    price = pairs["item_id"].map(list_value(items))
    error = (pairs["forecast"] - pairs["actual"]) * price
    pairs = pairs.assign(
        all="all",
        family=pairs["item_id"].map(items.set_index("item_id")["family"]),
        off=error,
        size=error.abs(),
        size_before=(pairs["said_before"] - pairs["actual"]).abs() * price,
        demand=pairs["actual"] * price,
    ).sort_values([*keys, "stream"])
    found = pd.concat([_stairs(pairs, level, column) for level, column in LEVELS.items()], ignore_index=True)
    return checked(found, table("value_added"))


def override_value(
    override_effects: pd.DataFrame,
    current: pd.DataFrame,
    sales: pd.DataFrame,
    items: pd.DataFrame,
    start: pd.Timestamp,
    currency: str = "",
) -> pd.DataFrame:
    """What each override and each owner was worth (also by family and lag), and an advice; contract override_value.

    Takes earlier cycles' `override_effects` (with `cycle`) and those of this cycle (`current`), whose overrides are in
    force. An override is held against the plan just before it, on the rows it moved: an observation is an item's
    bucket that is over, the mean of the cycles that spoke of it. Its gain is the absolute error before less after, at
    list price. The advice is "drop" or "keep" where the mean gain lies more than BEYOND_NOISE standard errors from 0
    (a paired t test) over at least ENOUGH observations in ENOUGH_BUCKETS buckets, else "too early".
    """
    errors = _errors(override_effects[override_effects["bucket"] < start], sales, items)
    named = ["override_id", "owner", "reason"]
    known = pd.concat([override_effects[[*named, "cycle"]], current[named].assign(cycle=start)])
    known = known.sort_values(["cycle", *named]).drop_duplicates("override_id", keep="last")
    forced = set(current.loc[current["bucket"] >= start, "override_id"])
    known = known.assign(in_force=known["override_id"].isin(forced)).drop(columns="cycle")
    each = known.assign(level="override", key=known["override_id"])
    each = each.merge(_judged(_observations(errors, ["override_id", "item_id", "bucket"]), "override_id"), how="left")
    rows = pd.concat([*_of_owners(errors, known), each], ignore_index=True)
    rows = rows.fillna(dict.fromkeys(("observations", *_SUMS), 0.0)).assign(advice=rows["advice"].fillna("too early"))
    return checked(rows.assign(message=_messages(rows, currency)), table("override_value"))


_SUMS = ("before_value", "after_value", "added_value", "bias_value")


def _with_all_steps(plans: pd.DataFrame, executive: pd.DataFrame, effects: pd.DataFrame) -> pd.DataFrame:
    """The demand plans with the columns agreed (the consensus before overrides) and executive."""
    first = effects.sort_values("position").drop_duplicates(CELL)
    agreed = plans[CELL].merge(first[[*CELL, "before"]], on=CELL, how="left")["before"].to_numpy()
    approved = plans[CELL].merge(executive[[*CELL, "consensus"]], on=CELL, how="left")["consensus"].to_numpy()
    return plans.assign(agreed=np.where(np.isnan(agreed), plans["consensus"], agreed), executive=approved)


def _stairs(pairs: pd.DataFrame, level: str, column: str) -> pd.DataFrame:
    """The rows of one level."""
    names = {"observations": "size", "demand_value": "sum", "size_": "sum", "size_before": "sum", "off": "sum"}
    data = pairs.rename(columns={"size": "size_", "demand": "demand_value", "stream": "step", column: "key"})
    data = data.assign(observations=1)
    sums = data.groupby(["key", "lag", "step", "against"]).agg(names).reset_index()
    demand = sums["demand_value"].where(sums["demand_value"] > 0)
    before = sums["size_before"].where(sums["against"] != "")
    return sums.assign(
        level=level,
        wape=sums["size_"] / demand,
        wape_against=before / demand,
        bias=sums["off"] / demand,
        added=(before - sums["size_"]) / demand,
        added_value=before - sums["size_"],
    )[table("value_added").names]


def _errors(effects: pd.DataFrame, sales: pd.DataFrame, items: pd.DataFrame) -> pd.DataFrame:
    """By cycle, override, item and bucket: error before, after and off (money, over the rows moved), and the lag."""
    rows = ["item_id", "location_id", "customer_id", "bucket"]
    came = sales.groupby(rows, as_index=False)["qty_ordered"].sum()
    moved = effects.merge(came, on=rows, how="left").fillna({"qty_ordered": 0.0}).sort_values([*CELL, "position"])
    keys = ["cycle", "override_id", "item_id", "bucket"]
    sums = moved.groupby(keys, as_index=False)[["before", "after", "qty_ordered"]].sum()
    price, buckets = sums["item_id"].map(list_value(items)), np.sort(sales["bucket"].unique())
    lag = np.searchsorted(buckets, sums["bucket"].to_numpy()) - np.searchsorted(buckets, sums["cycle"].to_numpy())
    before, after = sums["before"] - sums["qty_ordered"], sums["after"] - sums["qty_ordered"]
    gains = {"before_value": before.abs() * price, "after_value": after.abs() * price, "bias_value": after * price}
    return sums.assign(lag=lag, family=sums["item_id"].map(items.set_index("item_id")["family"]), **gains)


def _observations(errors: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """The errors of each key, the mean of the cycles that spoke of it, with the gain."""
    mean = errors.groupby(keys)[["before_value", "after_value", "bias_value"]].mean().reset_index()
    return mean.assign(added_value=mean["before_value"] - mean["after_value"])


def _of_owners(errors: pd.DataFrame, known: pd.DataFrame) -> list[pd.DataFrame]:
    """What each owner's overrides were worth: in all, in each family, and by how far ahead they were made."""
    errors = errors.merge(known[["override_id", "owner"]], on="override_id")
    errors = errors.assign(family=errors["owner"] + ": " + errors["family"])
    errors = errors.assign(ahead=errors["owner"] + ": " + (errors["lag"] + 1).astype(str) + " ahead")
    owner = known.groupby("owner", as_index=False)["in_force"].any().assign(reason="")
    cell = ["override_id", "item_id", "bucket", "owner"]
    found = [
        owner.assign(key=owner["owner"], level="owner").merge(_judged(_observations(errors, cell), "owner"), how="left")
    ]
    for name, level in (("family", "owner and family"), ("ahead", "owner and lag")):
        judged = _judged(_observations(errors, [*cell, name]), name)
        whose = errors[["owner", name]].drop_duplicates().rename(columns={name: "key"})
        found.append(whose.merge(owner, on="owner").merge(judged, on="key").assign(level=level))
    return found


def _judged(seen: pd.DataFrame, by: str) -> pd.DataFrame:
    """By override or owner: observations, sums of money, t, and the advice."""
    groups = seen.groupby(by)
    sums = groups[list(_SUMS)].sum()
    count, buckets = groups.size(), groups["bucket"].nunique()
    mean, error = groups["added_value"].mean(), groups["added_value"].std() / count**0.5
    t = (mean / error.where(error > 0)).where(error != 0, np.sign(mean) * SUREST).clip(-SUREST, SUREST)
    enough = (count >= ENOUGH) & (buckets >= ENOUGH_BUCKETS)
    advice = np.select([enough & (t <= -BEYOND_NOISE), enough & (t >= BEYOND_NOISE)], ["drop", "keep"], "too early")
    found = sums.assign(observations=count, t=t, advice=advice)
    return found.rename_axis("key").reset_index()


def _messages(rows: pd.DataFrame, currency: str) -> list[str]:
    """The advice in words, with the money."""
    owners = rows[rows["level"] == "owner"].set_index("owner")
    return [_message(row, owners.loc[row.owner], currency) for row in rows.itertuples(index=False)]


def _message(row: tuple, owner: pd.Series, currency: str) -> str:
    side = "worse" if row.added_value < 0 else "better"
    whose = "it" if row.level == "override" else "their overrides"
    money = in_money(abs(row.added_value), currency)
    told = f"{whose} made the plan {side} by {money} in {counted(int(row.observations), 'bucket')} of items"
    if row.observations == 0:
        record = f"; other overrides of {row.owner} made the plan worse by {in_money(-owner['added_value'], currency)}"
        return "nothing it moved is over yet" + (record if owner["advice"] == "drop" else "")
    if row.advice == "too early":
        return f"{told}, which may be chance"
    if row.advice == "keep":
        return f"keep: {told}, beyond chance"
    if row.level != "override":
        return f"drop: {told}, beyond chance; take none of them without evidence"
    return f"drop: {told}, beyond chance" + ("" if row.in_force else "; it has ended, do not renew it")
