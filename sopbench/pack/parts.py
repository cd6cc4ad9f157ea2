"""What several slides of the deck are built of: messages, ranked tables that say what they cut, waterfalls."""

from __future__ import annotations

from typing import Any

import pandas as pd

from sopbench.contract.words import in_money, in_share
from sopbench.pack.material import Material
from sopbench.pack.slides import EDGE, QUIET, WIDE, Box, Series, Table, columns, label_tops, money_format, table, text
from sopbench.views.executive_answers import Answer
from sopbench.views.theme import COLORS

LONGEST = 230
"""Letters of a text in a table; the pre-read has the whole of it."""

HALF = (WIDE - 2 * EDGE - 0.3) / 2
"""The width of one of two things side by side."""


def message(material: Material, chart: Any) -> str:
    """The message of a chart of the notebooks."""
    said = chart.title.text
    return material.plain(said if isinstance(said, str) else " ".join(said))


def figures_of(material: Material, answer: Answer) -> Table:
    """The figures behind an answer."""
    rows = [tuple(map(material.plain, row)) for row in answer.rows]
    shares = (3.0, *(0.6 for _ in answer.heads[1:]))
    return Table(answer.heads, rows, shares, tuple(range(1, len(answer.heads))))


def ranked(slide: Any, box: Box, shown: Table, money: pd.Series, material: Material, sides: dict | None = None) -> None:
    """A table, the dearest first, and below it what had no room: how many more, worth how much."""
    count = table(slide, box, shown, (13, 12, 11, 10), sides)
    rest = money.iloc[count:]
    if len(rest):
        said = f"and {len(rest)} more, {in_money(rest.sum(), material.currency)}".replace("-", "−")
        text(slide, Box(box.left, box.top + box.height + 0.05, box.width, 0.3), said, 11, colour=QUIET)


def short_of(said: str, longest: int = LONGEST) -> str:
    """A text, or its beginning where it is long."""
    return said if len(said) <= longest else f"{said[: longest - 2].rsplit(' ', 1)[0]} …"


def waterfall(slide: Any, box: Box, names: list[str], values: pd.Series, ends: pd.Series, level: pd.Series) -> None:
    """Steps between two totals, as stacked columns: what carries a step is not drawn, so that all can be edited."""
    start = (level - values).where(~ends, 0.0)
    both, size = pd.concat([start, level], axis=1), values.abs()
    low, top = both.min(axis=1), both.max(axis=1)
    series = [
        Series("carries", _only(low, ~ends), ""),
        Series("total", _only(size, ends), COLORS["plan"]),
        Series("adds", _only(size, ~ends & (values >= 0)), COLORS["good"]),
        Series("takes", _only(size, ~ends & (values < 0)), COLORS["short"]),
        Series("top", values_of(top), ""),
    ]
    spread = level.max() - level.min() or abs(level.max()) * 0.1 or 1.0
    floor = max(level.min() - 1.2 * spread, 0.0)
    unit = 10 ** (len(str(int(spread))) - 1)
    chart = columns(
        slide, box, names, series,
        number_format=money_format(values), stacked=True, least=floor // unit * unit or None, gap=25,
    )  # fmt: skip
    said = [in_money(value) if end else signed(value) for value, end in zip(values, ends, strict=True)]
    label_tops(chart, "top", said)
    chart.has_legend, chart.plots[0].overlap = False, 100


def _only(values: pd.Series, where: pd.Series) -> list[float | None]:
    return [value if one else None for value, one in zip(values, where, strict=True)]


def values_of(values: pd.Series) -> list[float | None]:
    """A series as a chart takes it: nothing where nothing is known."""
    return [None if pd.isna(value) else float(value) for value in values]


def signed(value: float) -> str:
    """A difference in money, with its sign."""
    said = in_money(abs(value))
    return said if said == "0" else f"{'−' if value < 0 else '+'}{said}"


def share_of(value: float, whole: float) -> str:
    """A difference as a share of a whole, with its sign."""
    return f"{'−' if value < 0 else '+'}{in_share(abs(value) / whole)}" if whole else "–"
