"""The gaps of base, largest in money first, and the levers that would close the one that is picked."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import ipywidgets
import pandas as pd

from sopbench.contract.words import in_money, in_units
from sopbench.views.meetings.grid import Grid
from sopbench.views.meetings.parts import rows_table
from sopbench.views.numbers import bucket_name

KINDS = {"shortage": "Late or lost", "budget": "Under budget", "bottleneck": "Where capacity ends"}
"""The kinds of gaps, and what people call them."""

SHOWN = 8
"""Gaps that are listed."""


def gaps_with_levers(
    gaps: pd.DataFrame, levers: pd.DataFrame, shortages: pd.DataFrame, items: pd.DataFrame, currency: str
) -> ipywidgets.Widget:
    """A list of gaps to pick from, and beside it the levers on what causes the one picked.

    Args:
        gaps, levers: of step presop.
        shortages: of base, which tell what causes a gap.
        items: family by item.
        currency: of the money.
    """
    kind = ipywidgets.ToggleButtons(
        options=[(said, name) for name, said in KINDS.items()],
        description="Gaps",
        tooltips=[f"Show gaps: {said.lower()}" for said in KINDS.values()],
    )
    grid, beside = Grid(), ipywidgets.HTML().add_class("levers-of")
    left = ipywidgets.VBox([kind.add_class("meeting-asked"), grid]).add_class("card")
    caused = causes(shortages, items)

    def listed() -> pd.DataFrame:
        rows = gaps[(gaps["scenario"] == "base") & (gaps["kind"] == kind.value)]
        return rows.sort_values(["money", "size", "key", "bucket"], ascending=[False, False, True, True]).head(SHOWN)

    def show(_: object = None) -> None:
        rows = listed()
        if len(rows):
            pick(0, 0)
            return
        grid.show([], [], [], [])
        beside.value = '<section class="card"><p class="good">Base has no gap of this kind.</p></section>'

    def pick(row: int, _: int) -> None:
        rows = listed()
        texts = [[in_money(money)] for money in rows["money"]]
        heads = [f"worth, {currency}"]
        if kind.value != "budget":  # of a budget what is missing is money
            heads = ["above the limit" if kind.value == "bottleneck" else "missing", *heads]
            sizes = [_size(*each) for each in zip(rows["size"], rows["unit"], strict=True)]
            texts = [[size, *worth] for size, worth in zip(sizes, texts, strict=True)]
        looks = [["heat-2" if number == row else ""] * len(heads) for number in range(len(rows))]
        grid.show(heads, _names(kind.value, rows, items), texts, ["picked"] * len(rows), looks)
        gap = rows.iloc[row]
        found = levers_of(kind.value, gap["key"], gap["bucket"], levers, caused)
        beside.value = _levers(gap["message"], found, currency)

    grid.on_pick(pick)
    kind.observe(show, "value")
    show()
    return ipywidgets.HBox([left, beside])


def causes(shortages: pd.DataFrame, items: pd.DataFrame) -> pd.DataFrame:
    """What is short for want of what: item, family, bucket, cause, cause_id (shortages of base, items)."""
    rows = shortages[["item_id", "bucket", "cause", "cause_id"]].drop_duplicates()
    return rows.merge(items[["item_id", "family"]], on="item_id")


def levers_of(kind: str, key: str, bucket: pd.Timestamp, levers: pd.DataFrame, caused: pd.DataFrame) -> pd.DataFrame:
    """The levers on what causes a gap, those that close most money first.

    A shortage hangs on the causes of that item and bucket, a bottleneck on the resource itself, a missed budget on what
    its family sells and on the causes of all its shortages from the quarter's first bucket on.
    """
    if kind == "bottleneck":
        found = levers[(levers["cause"] == "resource") & (levers["cause_id"] == key)]
    else:
        same = caused["item_id"] == key if kind == "shortage" else caused["family"] == key
        when = caused["bucket"] == bucket if kind == "shortage" else caused["bucket"] >= bucket
        on = caused.loc[same & when, ["cause", "cause_id"]].drop_duplicates()
        if kind == "budget":
            on = pd.concat([on, pd.DataFrame({"cause": ["budget"], "cause_id": [key]})])
        found = levers.merge(on, on=["cause", "cause_id"])
    return found.sort_values(["closes_money", "rank"], ascending=[False, True], kind="stable")


def _names(kind: str, rows: pd.DataFrame, items: pd.DataFrame) -> list[str]:
    """What is short and when; a missed budget is one of a quarter, which begins then."""
    description = items.set_index("item_id")["description"] if kind == "shortage" else pd.Series(dtype=object)
    named = rows["key"].map(description).fillna("").astype(str)
    named = named + named.ne("").map({True: " (", False: ""}) + rows["key"] + named.ne("").map({True: ")", False: ""})
    when = (", quarter from " if kind == "budget" else ", ") + rows["bucket"].map(bucket_name).astype(str)
    return (named.str.replace("_", " ") + when).tolist()


def _levers(message: str, found: pd.DataFrame, currency: str) -> str:
    head = f'<section class="card"><h2>What would close it?</h2><p>{escape(message)}</p>'
    if found.empty:
        said = "No lever was tried on what causes it; levers are tried on the largest causes of orders late or lost."
        return f'{head}<p class="hint">{said}</p></section>'
    columns = ["question", "closes_money", "costs", "earns", "cost_per_unit"]
    rows = [_row(each) for each in found[columns].itertuples(index=False)]
    heads = ("lever", f"closes, {currency}", "costs", "earns after that", "a unit costs")
    note = "Closes: all revenue late or lost, of a lever on the budget what its family sells more. Costs: beyond base."
    return f'{head}{rows_table(heads, rows)}<p class="hint">{note}</p></section>'


def _row(lever: Sequence) -> tuple[str, ...]:
    earns = f"{'−' if lever.earns < 0 else '+'}{in_money(abs(lever.earns))}"
    unit = "–" if pd.isna(lever.cost_per_unit) else in_money(lever.cost_per_unit).replace("-", "−")
    closes, costs = (in_money(value).replace("-", " −") for value in (lever.closes_money, lever.costs))
    return (lever.question, closes, costs, earns, unit)


def _size(size: float, unit: str) -> str:
    return f"{in_units(round(size))} {'h' if unit == 'hours' else unit}"
