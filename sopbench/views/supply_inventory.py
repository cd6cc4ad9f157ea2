"""Where safety stock is held, each place by itself and placed for the network as a whole, and what that would save."""

from __future__ import annotations

import altair as alt
import pandas as pd

from sopbench.contract.words import in_money
from sopbench.views.numbers import bucket_word, money_scale
from sopbench.views.theme import COLORS, titled

LITTLE = 0.02
"""Share of the money in safety stock below which a difference is not worth a headline."""

WAYS = {"single_value": "each by itself", "multi_value": "placed together"}
"""The two placements in words."""

RULES = {"computed": COLORS["plan"], "policy": COLORS["stock"]}
"""Where units come from: computed here, or said by the policies."""


def where_stock_is_held(inventory_targets: pd.DataFrame, currency: str) -> alt.TopLevelMixin:
    """Money tied up in safety stock by location, each place by itself against placed for all together."""
    rows = inventory_targets.groupby(["location_id", "rule"])[list(WAYS)].sum().reset_index()
    rows = rows[rows["rule"].isin(list(RULES))]
    order = rows.groupby("location_id")["single_value"].sum().sort_values(ascending=False, kind="stable").index
    divisor, unit = money_scale(rows.groupby("location_id")[list(WAYS)].sum().max(axis=1), currency)
    long = rows.melt(["location_id", "rule"], list(WAYS), "way", "money")
    long = long.assign(way=long["way"].map(WAYS), money=long["money"] / divisor)
    bars = (
        alt.Chart(long)
        .mark_bar()
        .encode(
            y=alt.Y("way:N", sort=list(WAYS.values()), title=None),
            x=alt.X("money:Q", title=unit, axis=alt.Axis(tickCount=6)),
            color=alt.Color("rule:N", title=None, scale=alt.Scale(domain=list(RULES), range=list(RULES.values()))),
            order=alt.Order("rule:N", sort="descending"),
        )
        .properties(width=520, height=alt.Step(18))
    )
    head = alt.Header(labelAngle=0, labelAlign="left", labelOrient="left")
    chart = bars.facet(row=alt.Row("location_id:N", sort=order.tolist(), title=None, header=head), spacing=8)
    single, multi = (inventory_targets[name].sum() for name in WAYS)
    message = f"Safety stock ties up {in_money(single, currency)}"
    little = abs(single - multi) < LITTLE * single
    message += "; placing it together changes little" if little else f", or {in_money(multi, currency)} placed together"
    saved = inventory_targets["saving"].sum()
    note = f"{unit} at standard cost by location; placed together, {in_money(saved, currency)} a {bucket_word()} less"
    return titled(chart, message, note + " to hold", "grey: units the policies say, which placement leaves as they are")


def placement_table(inventory_targets: pd.DataFrame, items: pd.DataFrame, most: int = 12) -> pd.DataFrame:
    """What placing stock for all together changes, item by item over its locations; what saves most first.

    `held_at` names the locations that then hold stock, `saving` is money a bucket.
    """
    rows = inventory_targets.assign(
        at=inventory_targets["location_id"].where(inventory_targets["multi_safety_stock"] > 0.5, "")
    )
    sums = rows.groupby("item_id").agg(
        held_at=("at", _named),
        single_value=("single_value", "sum"),
        multi_value=("multi_value", "sum"),
        saving=("saving", "sum"),
    )
    changed = sums[(sums["saving"].abs() > 0.005) | ((sums["single_value"] - sums["multi_value"]).abs() > 0.005)]
    ranked = changed.reset_index().merge(items[["item_id", "description"]], on="item_id", how="left")
    ranked = ranked.sort_values("saving", ascending=False, kind="stable").head(most)
    return ranked[["item_id", "description", "held_at", "single_value", "multi_value", "saving"]]


def in_words(inventory_targets: pd.DataFrame, freed: pd.DataFrame, currency: str) -> str:
    """What placement would save in a few sentences; `freed` is the same table with no units said by the policies."""
    single, multi = (inventory_targets[name].sum() for name in WAYS)
    said = inventory_targets.loc[inventory_targets["rule"] == "policy", "single_value"].sum()
    return (
        f"Where each place sees to itself, safety stock ties up {in_money(single, currency)}; placed for the"
        f" whole network **{in_money(multi, currency)}**, {in_money(inventory_targets['saving'].sum(), currency)} a"
        f" {bucket_word()} less to hold. Policies say {in_money(said, currency)} of it in units, which nothing here"
        f" changes. Were those computed too, it would be {in_money(freed['single_value'].sum(), currency)} each by"
        f" itself and {in_money(freed['multi_value'].sum(), currency)} placed together."
    )


def _named(places: pd.Series) -> str:
    """The locations that hold stock, or that none does."""
    return ", ".join(sorted(name for name in places.unique() if name)) or "nowhere"
