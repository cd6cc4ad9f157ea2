"""The plan in money by region or channel, and the rows behind any of its figures."""

from __future__ import annotations

from difflib import get_close_matches

import altair as alt
import pandas as pd

from sopbench.contract import PlanningError, Problem
from sopbench.contract.words import counted, in_money, in_share
from sopbench.views.numbers import bucket_labels, money_scale
from sopbench.views.theme import COLORS, titled

MOST = 6
"""Regions or channels drawn; the smaller ones are one row."""

ACROSS = 12
"""Buckets with a column of their own; later ones stand in one, so that the table fits the page."""

WHO = ["family", "item_id", "location_id", "customer_id", "region", "channel"]
"""By what a figure is opened."""

MONEY = ["revenue", "cost_of_goods", "gross_margin"]


def by_month(money_rows: pd.DataFrame, level: str, currency: str, *, width: int = 700) -> alt.TopLevelMixin:
    """Revenue of each region, channel or other column of money_rows by bucket, its gross margin as the dark part."""
    rows = _named(money_rows, level)
    sums = rows.groupby(["name", "bucket"])[["revenue", "gross_margin"]].sum().reset_index()
    total = rows.groupby("name")[["revenue", "gross_margin"]].sum().sort_values("revenue", ascending=False)
    divisor, axis = money_scale(sums["revenue"], currency)
    said = [
        f"{in_money(row.revenue)}, margin {in_share(_share(row.gross_margin, row.revenue))}"
        for row in total.itertuples()
    ]
    called = pd.Series([f"{name}: {words}" for name, words in zip(total.index, said, strict=True)], index=total.index)
    sums = sums.sort_values("bucket").assign(
        label=bucket_labels(sums["bucket"]),
        row=sums["name"].map(called),
        revenue=sums["revenue"] / divisor,
        gross_margin=sums["gross_margin"] / divisor,
    )
    base = alt.Chart(sums).encode(
        x=alt.X("label:N", sort=None, title=None, axis=alt.Axis(labelAngle=0, labelOverlap=True))
    )
    y = alt.Y("revenue:Q", title=None, axis=alt.Axis(tickCount=3))
    light = base.mark_bar(color=COLORS["plan"], opacity=0.35).encode(y=y)
    dark = base.mark_bar(color=COLORS["plan"]).encode(y=alt.Y("gross_margin:Q"))
    panel = alt.layer(light, dark).properties(width=width, height=84)
    header = alt.Header(labelAnchor="start", labelOrient="top", labelLimit=width)
    chart = panel.facet(row=alt.Row("row:N", sort=called.tolist(), title=None, header=header), spacing=6)
    return titled(chart, _message(total, level, currency), f"bars: revenue in {axis}; the dark part: its gross margin")


def across(money_rows: pd.DataFrame, level: str, line: str = "gross_margin") -> pd.DataFrame:
    """One line of money_rows by bucket, the later ones and the total, the largest row first; in thousands."""
    rows = _named(money_rows, level)
    sums = rows.pivot_table(line, "name", "bucket", "sum").fillna(0.0).sort_index(axis=1)
    sums.columns = bucket_labels(pd.Series(sums.columns)).tolist()
    total, later = sums.sum(axis=1), sums.iloc[:, ACROSS:]
    sums = sums.iloc[:, :ACROSS]
    if later.shape[1]:
        sums = sums.assign(later=later.sum(axis=1))
    sums = sums.assign(total=total)
    sums = sums.sort_values("total", ascending=False)
    sums.loc["all"] = sums.sum()
    return (sums / 1e3).rename_axis(level).reset_index()


def opened(money_rows: pd.DataFrame, *, by: str = "revenue", most: int = 20, **selection: object) -> pd.DataFrame:
    """The rows behind a figure: items, customers and places of a selection, ranked by one of its lines.

    Args:
        money_rows: the contract table.
        by: units, revenue, cost_of_goods or gross_margin.
        most: rows shown; the rest stands added up below them, so that the table is the figure.
        selection: columns of money_rows and the value, or list of values, to keep: family="Grinders",
            bucket="2025-12-01", channel=["retail", "online"].

    Raises PlanningError for a column or value that is not there.
    """
    rows = money_rows
    for column, asked in selection.items():
        values = list(asked) if isinstance(asked, list | tuple | set) else [asked]
        _known(money_rows, column, values)
        kept = pd.to_datetime(values) if column == "bucket" else values
        rows = rows[rows[column].isin(kept)]
    sums = rows.groupby(WHO, dropna=False)[["units", *MONEY]].sum()
    sums = sums.sort_values(by, ascending=False, kind="stable").reset_index()
    top, rest = sums.head(most), sums.iloc[most:]
    if len(rest):
        other = {**dict.fromkeys(WHO, ""), "family": f"{counted(len(rest), 'row')} more"}
        top = pd.concat([top, pd.DataFrame([other | rest[["units", *MONEY]].sum().to_dict()])], ignore_index=True)
    whole = sums[by].sum()
    return top.assign(share=top[by] / whole if whole else 0.0)


def _known(money_rows: pd.DataFrame, column: str, values: list) -> None:
    """Raise a PlanningError that says what there is instead."""
    columns = [*WHO, "bucket"]
    if column not in columns:
        raise PlanningError(
            Problem("money_rows", column, "", "there is no such column", f"name one of {', '.join(columns)}")
        )
    if column == "bucket":
        missing = [value for value in values if not (money_rows["bucket"] == pd.Timestamp(value)).any()]
        mend = "name the first day of a bucket of the plan"
    else:
        there = money_rows[column].unique().tolist()
        missing = [value for value in values if value not in there]
        near = get_close_matches(str(missing[0]), there, 1) if missing else []
        mend = f"did you mean {near[0]}?" if near else f"name one that is there, for instance {', '.join(there[:3])}"
    if missing:
        raise PlanningError(Problem("money_rows", column, str(missing[0]), "the plan sells nothing there", mend))


def _named(money_rows: pd.DataFrame, level: str) -> pd.DataFrame:
    """The rows with `name`: the value of the level, the smaller ones together."""
    value = money_rows[level].mask(money_rows[level] == "", f"no {level} given")
    size = money_rows.groupby(value)["revenue"].sum().sort_values(ascending=False, kind="stable")
    small = size.index[MOST:] if len(size) > MOST + 1 else size.index[:0]
    return money_rows.assign(name=value.mask(value.isin(small), f"{len(small)} others"))


def _share(part: float, whole: float) -> float:
    return part / whole if whole else 0.0


def _message(total: pd.DataFrame, level: str, currency: str) -> str:
    """Who brings most, and whether that is where the margin is."""
    if total.empty:
        return "The plan sells nothing"
    first, whole = total.iloc[0], total.sum()
    shares = [in_share(_share(first[line], whole[line])) for line in ("revenue", "gross_margin")]
    if len(total) == 1:
        return f"All revenue, {in_money(whole['revenue'], currency)}, is in one {level}: {total.index[0]}"
    revenue = in_money(whole["revenue"], currency)
    name = f"{total.index[0][:1].upper()}{total.index[0][1:]}"
    return f"{name} brings {shares[0]} of {revenue} revenue, {shares[1]} of its margin"
