"""The rows of the demand review's grid: a year ago, statistical, consensus to type in, percent, money or units."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from sopbench.contract.words import in_units
from sopbench.views.meetings.demand_review_charts import ahead_of, past_of
from sopbench.views.meetings.demand_review_draft import MONEY, PERCENT, UNITS, Said
from sopbench.views.meetings.demand_review_read import Shown
from sopbench.views.meetings.demand_review_scope import Scope
from sopbench.views.numbers import bucket_labels, money_scale

TYPED = 2
"""The row that is typed in."""


@dataclass(frozen=True)
class Rows:
    """What the grid shows: heads, names, texts and looks; `price` is the money shown of one unit, by bucket."""

    columns: list[str]
    names: list[str]
    texts: list[list[str]]
    looks: list[list[str]]
    price: np.ndarray


def grid_rows(
    shown: Shown, scope: Scope, unit: str, now: np.ndarray, then: np.ndarray, draft: Mapping[int, Said]
) -> Rows:
    """The grid of a selection.

    Args:
        shown: the finished tables.
        scope: the selection.
        unit: units, money, or percent (the typed row is then the change on top).
        now: the plan (rows by buckets, units) with all that is saved.
        then: the same with the draft.
        draft: what is typed, by bucket.
    """
    at, currency = scope.places(shown.rows), shown.cycle.params.currency
    plan, before = (_sum(units, at) for units in (then, now))
    money, before_money = (_sum(units, at, shown.price) for units in (then, now))
    price = np.divide(before_money, before, out=np.full(len(before), _mean_price(shown, at)), where=before > 1e-9)
    statistical = ahead_of(shown, scope, unit == MONEY)["statistical"].to_numpy()
    ago = _year_ago(shown, past_of(shown, scope, unit == MONEY))
    against = plan if unit != MONEY else money
    scale, axis = money_scale(np.concatenate([money, before_money]), currency)
    divisor = scale if unit == MONEY else 1.0
    say = _money_say(scale) if unit == MONEY else in_units
    shares = [_signed(share) for share in _share(against, statistical)]
    typed = against / divisor if unit != PERCENT else _share(plan, before)
    heads = {UNITS: "units", MONEY: axis, PERCENT: "units"}[unit]
    name = {UNITS: "Consensus, units", MONEY: f"Consensus, {axis}", PERCENT: "Change on top"}[unit]
    last = ([in_units(value) for value in plan], "Units") if unit == MONEY else (None, f"Revenue, {axis}")
    texts = [
        [say(value / divisor) if value == value else "–" for value in ago],
        [say(value / divisor) for value in statistical],
        [say(value) if unit != PERCENT else _signed(value) for value in typed],
        shares,
        last[0] or [_money_say(scale)(value / scale) for value in money],
    ]
    names = [f"A year ago, {heads}", f"Statistical, {heads}", name, "against statistical", last[1]]
    looks = [[""] * len(plan) for _ in texts]
    looks[TYPED] = ["changed" if place in draft else "" for place in range(len(plan))]
    return Rows(bucket_labels(pd.Series(shown.buckets)).tolist(), names, texts, looks, price / divisor)


def _sum(units: np.ndarray, at: np.ndarray, price: np.ndarray | None = None) -> np.ndarray:
    found = units[at] if price is None else units[at] * price[at, None]
    return found.sum(axis=0)


def _mean_price(shown: Shown, at: np.ndarray) -> float:
    """The plain mean of the selected items' prices, where nothing is planned to weigh them by."""
    return float(shown.price[at].mean()) if len(at) else 0.0


def _year_ago(shown: Shown, past: pd.DataFrame) -> np.ndarray:
    """What was ordered a year before each bucket planned; NaN where that is not over or not known."""
    days = pd.DatetimeIndex(sorted(set(past["bucket"]) | set(shown.buckets)))
    place = days.get_indexer(shown.buckets) - shown.year
    known = past.set_index("bucket")["ordered"].reindex(days).to_numpy()
    return np.where(place >= 0, known[np.maximum(place, 0)], np.nan)


def _share(value: np.ndarray, base: np.ndarray) -> np.ndarray:
    return np.divide(value, base, out=np.full(len(base), np.nan), where=base > 1e-9) - 1


def _money_say(scale: float) -> Callable[[float], str]:
    """How money already divided by its scale is written: 1.24 (M), 312.4 (k), 87."""
    return {1e6: "{:,.2f}", 1e3: "{:,.1f}"}.get(scale, "{:,.0f}").format


def _signed(share: float) -> str:
    if share != share:
        return "–"
    sign = "+" if share > 5e-5 else "−" if share < -5e-5 else ""
    return sign + (f"{abs(share):.1%}" if abs(share) < 0.1 else f"{abs(share):.0%}")
