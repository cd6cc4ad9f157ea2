"""How figures are written in tables and charts, so that they read like the sentences beside them."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import pandas as pd

from sopbench.contract.words import in_money, in_share, in_units, month

__all__ = [
    "bucket_labels",
    "bucket_length",
    "bucket_name",
    "bucket_word",
    "date_format",
    "in_difference",
    "in_money",
    "in_share",
    "in_units",
    "money_scale",
]
__all__ += ["number_formats", "speak"]

WORDS = {"month": "month", "week": "week", "calendar": "period"}
"""What a bucket is called where a company plans in months, in weeks or by its own calendar."""

_spoken = {"frequency": "month"}


def speak(frequency: str) -> None:
    """From now on call buckets what this company calls them: months, weeks or periods (parameter frequency)."""
    _spoken["frequency"] = frequency


def bucket_word(count: float = 1) -> str:
    """Month, week or period, or several of them."""
    return WORDS[_spoken["frequency"]] + ("" if count == 1 else "s")


def bucket_name(bucket: pd.Timestamp) -> str:
    """A bucket as people say it: Sep 2025, or its first day where buckets are not months."""
    return month(bucket) if _spoken["frequency"] == "month" else f"{bucket:%Y-%m-%d}"


def bucket_length() -> pd.DateOffset:
    """How long a bucket lasts; a period of a company's own calendar at least so long."""
    return {"month": pd.DateOffset(months=1), "week": pd.DateOffset(weeks=1)}.get(
        _spoken["frequency"], pd.DateOffset(weeks=4)
    )


def bucket_labels(buckets: pd.Series) -> pd.Series:
    """The labels of an axis: Sep 25, or the first day where buckets are not months."""
    return buckets.dt.strftime(date_format() if (buckets.dt.day == 1).all() else "%Y-%m-%d")


def date_format() -> str:
    """How an axis of time writes its days: Sep 25, or the whole date where buckets are not months."""
    return "%b %y" if _spoken["frequency"] == "month" else "%Y-%m-%d"


def in_difference(value: float) -> str:
    """A difference with its sign; 0 where it shows as nothing."""
    said = in_units(round(abs(value), 1))
    return said if said in ("0", "0.0") else f"{'−' if value < 0 else '+'}{said}"


def money_difference(value: float) -> str:
    """A difference in money with its sign, short: +1.20 M, −312 k."""
    return in_money(value).replace("-", "−") if value <= 0 else f"+{in_money(value)}"


def money_scale(values: Iterable[float], currency: str = "") -> tuple[float, str]:
    """What to divide money by so that an axis stays readable, and what the axis is then called: M EUR, k EUR, EUR."""
    largest = max((abs(value) for value in values if value == value), default=0.0)
    divisor, word = (1e6, "M ") if largest >= 2e6 else (1e3, "k ") if largest >= 2e3 else (1.0, "")
    return divisor, f"{word}{currency}".strip()


def number_formats(
    frame: pd.DataFrame, money: tuple[str, ...] = (), share: tuple[str, ...] = (), signed: tuple[str, ...] = ()
) -> dict[str, str | Callable]:
    """The format of each column of a table for people."""
    formats: dict[str, str | Callable] = {}
    for name, values in frame.items():
        if name in share:
            formats[name] = in_share
        elif name in signed:
            formats[name] = money_difference if name in money else in_difference
        elif name in money:
            formats[name] = "{:,.0f}"
        elif pd.api.types.is_datetime64_any_dtype(values):
            formats[name] = bucket_name
        elif pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values):
            formats[name] = in_units
    return formats
