"""What of the book each step has seen, so that nobody approves a plan that lacks what was said since."""

from __future__ import annotations

from typing import Any

import pandas as pd
import sqlalchemy as sa

from sopbench.book import Book
from sopbench.book.tables import OVERRIDES, REGISTERS, SCENARIOS

READ_BY = {"demand": OVERRIDES, "presop": SCENARIOS, "executive": REGISTERS}
"""The table of the book that each step plans with."""

CALLED = {"demand": "override", "presop": "scenario", "executive": "entry"}


def standing(book: Book, cycle: str, step: str) -> list[int]:
    """The numbers of what a step would take from the book now; none where it takes nothing."""
    if step == "demand":
        return [int(each.removeprefix("book-")) for each in book.overrides(cycle)["override_id"]]
    if step == "presop":
        return book.scenarios_written(cycle)["id"].tolist()
    return book.entries(cycle)["id"].tolist() if step == "executive" else []


def said_since(book: Book, cycle: str, step: str, seen: list[int]) -> list[tuple[str, str]]:
    """What stands in the book and was not seen, and what was seen and is gone: which it is, and who said what when."""
    now = set(standing(book, cycle, step))
    into = READ_BY[step]
    rows = pd.read_sql(sa.select(into).where(into.c.cycle <= cycle).order_by(into.c.id), book.engine)
    new = rows[rows["id"].isin(now - set(seen))]
    replaced = set(new["replaces"].dropna())
    gone = rows[rows["id"].isin(set(seen) - now - replaced)]
    by = rows[rows["replaces"].isin(gone["id"])].set_index("replaces")
    said = [(f"{CALLED[step]} {each['id']}", _words(each)) for each in new.to_dict("records")]
    for each in gone.to_dict("records"):
        took = by.loc[each["id"]].to_dict() if each["id"] in by.index else each
        said.append((f"{CALLED[step]} {each['id']}", f"{_words(took)}; it is no longer in force"))
    return said


def _words(row: dict[str, Any]) -> str:
    """Who said what, and when."""
    text = row.get("text") or ": ".join(filter(None, (row.get("name"), row["reason"])))
    return f"{row['owner']} on {row['made_at'][:16].replace('T', ' ')} UTC: {text}"
