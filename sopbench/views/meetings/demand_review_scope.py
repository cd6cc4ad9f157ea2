"""What one looks at in the demand review: an item, family, category or all, somewhere, for somebody."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from sopbench.contract.inputs import OVERRIDE_SCOPE
from sopbench.views.meetings.demand_review_read import Shown

EVERYTHING = "everything"

MOST = 60
"""Places or customers a list offers; more of them are left to their regions and channels."""


@dataclass(frozen=True)
class Scope:
    """A selection of the plan: each is a column of an override's scope and its value, or empty for all."""

    what: tuple[str, str] | tuple[()] = ()
    where: tuple[str, str] | tuple[()] = ()
    who: tuple[str, str] | tuple[()] = ()

    def of_override(self) -> dict[str, str]:
        """The scope as an override says it."""
        return {**dict.fromkeys(OVERRIDE_SCOPE, ""), **dict(each for each in (self.what, self.where, self.who) if each)}

    def places(self, rows: pd.DataFrame) -> np.ndarray:
        """The rows of the plan it selects."""
        found = np.ones(len(rows), dtype=bool)
        for each in (self.what, self.where, self.who):
            if each:
                found &= (rows[each[0]] == each[1]).to_numpy()
        return np.flatnonzero(found)

    def said(self, names: pd.Series) -> str:
        """The selection in words."""
        what = self.what[1] if self.what else EVERYTHING
        if self.what and self.what[0] == "item_id":
            what = names.get(what, what)
        elif self.what:
            what = what.replace("_", " ")
        return ", ".join([what, *(each[1].replace("_", " ") for each in (self.where, self.who) if each)])


def key_of(pair: tuple[str, str] | tuple[()]) -> str:
    """A part of a scope as a control's value."""
    return ":".join(pair)


def part_of(key: str) -> tuple[str, str] | tuple[()]:
    """A part of a scope from a control's value; a value may hold a colon itself."""
    name, _, value = key.partition(":")
    return (name, value) if value else ()


def whats(shown: Shown) -> list[tuple[str, str]]:
    """Everything, families, items and categories to choose from (text and key), those with most money first."""
    rows, worth = shown.rows, np.nansum(shown.streams["consensus"], axis=1) * shown.price
    found = [(EVERYTHING.capitalize(), "")]
    for name, word in (("family", "Family: "), ("item_id", ""), ("category", "Category: ")):
        sums = pd.Series(worth).groupby(rows[name].to_numpy()).sum().sort_values(ascending=False, kind="stable")
        texts = shown.names.reindex(sums.index) if name == "item_id" else sums.index.str.replace("_", " ")
        pairs = zip(texts, sums.index, strict=True)
        found += [(f"{word}{text}", f"{name}:{value}") for text, value in pairs if value]
    return found


def wheres(shown: Shown) -> list[tuple[str, str]]:
    """Everywhere, and the regions and locations that are planned (text and key)."""
    return _offered(shown.rows, "Everywhere", (("region", "Region: "), ("location_id", "")))


def whos(shown: Shown) -> list[tuple[str, str]]:
    """Everyone, and the channels and customers that are planned (text and key)."""
    return _offered(shown.rows, "Everyone", (("channel", "Channel: "), ("customer_id", "")))


def _offered(rows: pd.DataFrame, everything: str, columns: tuple[tuple[str, str], ...]) -> list[tuple[str, str]]:
    found = [(everything, "")]
    for name, word in columns:
        values = sorted(value for value in rows[name].unique() if value)
        found += [(f"{word}{value}".replace("_", " "), f"{name}:{value}") for value in values if len(values) <= MOST]
    return found
