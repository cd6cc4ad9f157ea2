"""How figures are written in sentences: things counted, money short, shares in per cent, months by name."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from sopbench.contract.buckets import are_months

Naming = Callable[[pd.Timestamp], str]
"""How a bucket is called."""


def plain(name: str) -> str:
    """A name of a family, scenario or measure as people write it: home machines."""
    return name.replace("_", " ")


def first_upper(said: str) -> str:
    """A sentence's beginning; what follows, ids among it, stays as it is."""
    return said[:1].upper() + said[1:]


def in_money(value: float, currency: str = "") -> str:
    """Money short enough to say aloud: 1.24 M EUR, 312 k EUR, 87 EUR."""
    size = abs(value)
    if size >= 999_500:
        said = f"{value / 1e6:,.2f} M"
    elif size >= 9_995:
        said = f"{value / 1e3:,.0f} k"
    else:
        said = f"{value:,.0f}"
    return f"{said} {currency}".strip()


def counted(number: int, noun: str) -> str:
    """A number of things in words: 1 row, 1,200 rows, 2 families."""
    if number == 1:
        return f"1 {noun}"
    return f"{number:,} {noun[:-1]}ies" if noun.endswith(("ly", "cy", "ry")) else f"{number:,} {noun}s"


def in_units(value: float) -> str:
    """Units with thousands separated; a fraction only below ten."""
    return f"{value:,.1f}" if abs(value) < 10 and value % 1 else f"{value:,.0f}"


def in_share(value: float) -> str:
    """A share in per cent with one decimal."""
    return f"{value:.1%}"


def in_chance(share: float) -> str:
    """A probability from counted paths, never said to be more certain than they are."""
    return "more than 99 %" if share > 0.99 else "less than 1 %" if share < 0.01 else f"{share:.0%}".replace("%", " %")


def month(bucket: pd.Timestamp) -> str:
    """A bucket as people say it: Sep 2025, or its date where buckets are not months."""
    return f"{bucket:%b %Y}" if bucket.day == 1 else f"{bucket:%Y-%m-%d}"


def naming(buckets: pd.Series | pd.DatetimeIndex) -> Naming:
    """How each of a plan's buckets is called in sentences: Sep 2025 where all are months, else its first day."""
    return month if are_months(buckets) else "{:%Y-%m-%d}".format
