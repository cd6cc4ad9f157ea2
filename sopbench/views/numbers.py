"""How figures are written in tables and charts, so that they read like the sentences beside them."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import pandas as pd

from sopbench.contract.words import in_money, in_share, in_units, month

__all__ = ["in_money", "in_share", "in_units", "money_scale", "month", "number_formats"]


def money_scale(values: Iterable[float], currency: str = "") -> tuple[float, str]:
    """What to divide money by so that an axis stays readable, and what the axis is then called: M EUR, k EUR, EUR."""
    largest = max((abs(value) for value in values if value == value), default=0.0)
    divisor, word = (1e6, "M ") if largest >= 2e6 else (1e3, "k ") if largest >= 2e3 else (1.0, "")
    return divisor, f"{word}{currency}".strip()


def number_formats(
    frame: pd.DataFrame, money: tuple[str, ...] = (), share: tuple[str, ...] = ()
) -> dict[str, str | Callable]:
    """The format of each column of a table for people."""
    formats: dict[str, str | Callable] = {}
    for name, values in frame.items():
        if name in share:
            formats[name] = in_share
        elif name in money:
            formats[name] = "{:,.0f}"
        elif pd.api.types.is_datetime64_any_dtype(values):
            formats[name] = month
        elif pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values):
            formats[name] = in_units
    return formats
