"""Tables of the consensus: what each stream weighs and why, who overrode what, and which overrides are at odds."""

from __future__ import annotations

import numpy as np
import pandas as pd

from sopbench.contract.inputs import OVERRIDE_SCOPE
from sopbench.contract.words import counted, in_money

VALUE = {"absolute": "= {:,g}", "delta": "{:+,g}", "percent": "{:+.0%}"}


def weights_table(stream_weights: pd.DataFrame) -> pd.DataFrame:
    """What each stream weighs in each family and why; where nothing was measured, one line a stream."""
    rows = stream_weights[(stream_weights["weight"] > 0) | (stream_weights["prior"] > 0)]
    rows = rows.assign(error=(rows["wmse"] / rows["wmse_statistical"]) ** 0.5)
    names = ["family", "stream", "weight", "prior", "observations", "error", "bias", "reason"]
    seen = rows[rows.groupby("family")["observations"].transform("max") > 0]
    if seen.empty:
        first = rows[rows["family"] == rows["family"].min()]
        return first.assign(family="every family")[["family", "stream", "weight", "reason"]]
    return seen.sort_values(["family", "weight", "stream"], ascending=[True, False, True])[names]


def weights_in_words(stream_weights: pd.DataFrame) -> str:
    """Where the weights come from, in a sentence."""
    seen = stream_weights[(stream_weights["observations"] > 0) & (stream_weights["stream"] != "statistical")]
    if seen.empty:
        return "The streams weigh what the parameters say: nothing of theirs was measured."
    best = (seen["wmse"] / seen["wmse_statistical"]).groupby(seen["stream"]).median().sort_values()
    better = [name for name, value in best.items() if value < 1]
    families = seen["family"].nunique()
    said = f"The streams weigh what earlier cycles were worth, measured in {families} families. "
    return said + (
        f"In most of them {better[0]} erred less than the statistical forecast."
        if better
        else "In most of them none erred less than the statistical forecast."
    )


def override_ledger(
    overrides: pd.DataFrame, override_effects: pd.DataFrame, demand_plan: pd.DataFrame, items: pd.DataFrame
) -> pd.DataFrame:
    """Who overrode what in the horizon, why, and what each moves there: units, and money at list price."""
    first, last = demand_plan["bucket"].min(), demand_plan["bucket"].max()
    rows = overrides[(overrides["end"] >= first) & (overrides["start"] <= last)].sort_values("override_id")
    change = override_effects["after"] - override_effects["before"]
    price = override_effects["item_id"].map(items.set_index("item_id")["unit_price"])
    moved = pd.DataFrame({"units": change, "money": change * price}).groupby(override_effects["override_id"]).sum()
    scopes = rows[list(OVERRIDE_SCOPE)].to_numpy()
    rows = rows.assign(
        what=[", ".join(value for value in scope if value) or "all" for scope in scopes],
        value=[VALUE[kind].format(value) for kind, value in zip(rows["kind"], rows["value"], strict=True)],
        **moved.reindex(rows["override_id"]).fillna(0.0).set_axis(rows.index),
    )
    names = ["override_id", "what", "start", "end", "value", "units", "money", "owner", "reason"]
    return rows[[*names, "note"] if (rows["note"] != "").any() else names].reset_index(drop=True)


def conflicts_table(override_conflicts: pd.DataFrame) -> pd.DataFrame:
    """The overrides at odds, those with most money first: who says what, where, which one holds and how to mend it."""
    rows = override_conflicts.sort_values(["money", "override_id", "other_id"], ascending=[False, True, True])
    one = rows["override_id"] + ", " + rows["owner"] + ": " + rows["value"]
    other = rows["other_id"] + ", " + rows["other_owner"] + ": " + rows["other_value"]
    rows = rows.assign(override=one, other=np.where(rows["other_id"] == "", "", other))
    return rows[["kind", "override", "other", "overlap", "start", "end", "holds", "units", "money", "why"]]


def conflicts_in_words(override_conflicts: pd.DataFrame, currency: str) -> str:
    """How many overrides are at odds and what hangs on it, in a sentence."""
    if override_conflicts.empty:
        return "**No override is at odds with another one or with the plan.**"
    counts = override_conflicts["kind"].value_counts()
    said = ", ".join(f"{count} {kind}" for kind, count in sorted(counts.items()))
    money = override_conflicts["money"].sum()
    many = counted(len(override_conflicts), "conflict")
    return f"**{many} among the overrides** ({said}); {in_money(money, currency)} at stake."
