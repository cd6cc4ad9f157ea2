"""Shortages on the supply review: by cause, one by one, and for one delivery what reaches it and what is in its way."""

from __future__ import annotations

from html import escape
from typing import Any

import ipywidgets
import pandas as pd

from sopbench.contract import PlanningError
from sopbench.contract.words import counted, in_money, in_units
from sopbench.views.meetings.parts import download, figure, problem, rows_table, waiting
from sopbench.views.meetings.picker import picker
from sopbench.views.meetings.supply_review_pegging import Followed
from sopbench.views.numbers import bucket_name, bucket_word
from sopbench.views.supply_pegging import delivery_table
from sopbench.views.supply_short import delivery_in_words, hours_in_the_way, revenue_by_cause, short_chart

REACHES = 14
"""Supplies named that reach a delivery; the table to take away has all."""

WAITS = "Following the plan …"


def short(shown: Any, followed: Followed, currency: str) -> ipywidgets.Widget:
    """Revenue at risk by cause, the deliveries ranked by it, and one of them followed to what reaches it."""
    ranked = shown.shortages.sort_values("revenue_at_risk", ascending=False, kind="stable", ignore_index=True)
    if ranked.empty:
        return ipywidgets.HTML("<p class=good>Every order is shipped in the time it is wanted in.</p>")
    detail = ipywidgets.HTML().add_class("behind")
    at = 0

    def draw(follow: bool = False) -> None:
        row = ranked.loc[at]
        if follow or followed.ready:
            try:
                pegged = _reaches(followed.reaches(row), shown.items)
            except PlanningError as error:
                pegged = problem(str(error))
        else:
            pegged = waiting(WAITS if followed.beforehand else "Choose a delivery to see what reaches it.")
        detail.value = (
            f"<h3>{escape(delivery_in_words(row, currency))}</h3>" + _in_the_way(shown, row, currency) + pegged
        )

    def choose(key: str) -> None:
        nonlocal at
        at = int(key)
        if not followed.ready:
            detail.value = waiting(WAITS)
        draw(follow=True)

    options = list(zip(_said(ranked, shown.items, currency), ranked.index.astype(str), strict=True))
    listed = picker(options, choose, "Delivery", "0")
    taken = download(ranked, "shortages")
    note = f"<p class=hint>{counted(len(ranked), 'delivery')}, the most revenue first {taken}</p>"
    draw()
    followed.when_ready(draw)
    chart = ipywidgets.HTML(figure(short_chart(ranked, currency), revenue_by_cause(ranked), "shortages_by_cause"))
    chosen = ipywidgets.VBox([listed, ipywidgets.HTML(note)]).add_class("chosen")
    return ipywidgets.HBox([chart.add_class("by-cause"), chosen, detail]).add_class("three")


def _said(ranked: pd.DataFrame, items: pd.DataFrame, currency: str) -> list[str]:
    """Each delivery in a line of the list."""
    names = ranked["item_id"].map(items.set_index("item_id")["description"]).fillna("")
    when = ranked["bucket"].map({each: bucket_name(each) for each in ranked["bucket"].unique()})
    return [
        f"{in_money(money, currency)}: {f'{item} {name}'.strip()}, {customer or 'all customers'}, {said}"
        for money, item, name, customer, said in zip(
            ranked["revenue_at_risk"], ranked["item_id"], names, ranked["customer_id"], when, strict=True
        )
    ]


def _in_the_way(shown: Any, row: pd.Series, currency: str) -> str:
    """Why it is short, in words; of a resource that is full, the hours of the buckets before."""
    said = f"<p><b>In the way:</b> {escape(row['because'])}.</p>"
    hours = hours_in_the_way(shown.capacity_plan, row["cause_id"], row["bucket"])
    if row["cause"] != "resource" or hours.empty:
        return said
    rows = [
        (bucket_name(bucket), f"{load:,.0f}", f"{available:,.0f}", in_money(worth))
        for bucket, load, available, worth in hours.itertuples(index=False)
    ]
    return said + rows_table((row["cause_id"], "hours used", "of", f"one more saves, {currency}"), rows)


def _reaches(pegged: pd.DataFrame, items: pd.DataFrame) -> str:
    """What is shipped to this customer in that bucket all the same, and what it is made of, level by level."""
    if pegged.empty:
        return f"<p><b>What reaches it:</b> nothing, none of it is shipped to them in this {bucket_word()}.</p>"
    found = delivery_table(pegged, items)
    units = found.loc[(found["level"] == 0) & (found["unit"] == "units"), "amount"].sum()
    rows = [
        (
            f"{'· ' * row.level}{row.item_id} {row.description}",
            f"{row.method} {row.source}".strip(),
            bucket_name(row.start_bucket) if pd.notna(row.start_bucket) else "",
            bucket_name(row.arrives),
            f"{in_units(round(row.amount, 1))}{' h' if row.unit == 'hours' else ''}",
        )
        for row in found.head(REACHES).itertuples()
    ]
    if len(found) > REACHES:
        rows.append((f"{len(found) - REACHES:,} more", "", "", "", ""))
    taken = download(found, "what_reaches_it")
    said = f"<p><b>What reaches it:</b> {in_units(round(units))} units all the same. {taken}</p>"
    return said + rows_table(("", "from", "start", "arrives", "amount"), rows, text_columns=2)
