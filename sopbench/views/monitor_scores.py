"""The scoreboard's rows: each measure with its value, its target, what it was before, and whether it is on target."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import pandas as pd

from sopbench.contract.words import in_money, in_share
from sopbench.params import Monitor
from sopbench.views.numbers import bucket_word

FAR = 2
"""Lag of the second look at the error, where a plan is old enough: three buckets ahead."""


@dataclass(frozen=True)
class Measure:
    """A row of the scoreboard: values from the oldest to now, in words, and the side (good, short, empty = no target).

    `when` says what the values belong to: a bucket each, or a cycle each.
    """

    name: str
    values: tuple[float, ...]
    now: str
    target: str = ""
    before: str = ""
    side: str = ""
    when: str = ""


def scores(
    accuracies: Mapping[pd.Timestamp, pd.DataFrame],
    kpis: pd.DataFrame,
    nervousness: pd.Series,
    registers: pd.DataFrame,
    limits: Monitor,
    currency: str,
) -> list[Measure]:
    """Every measure that is known, over everything, in the order of the process.

    Args:
        accuracies: contract table accuracy of this cycle and of earlier ones, by cycle.
        kpis: contract table kpis of this cycle.
        nervousness: share of the plan in the fence that each cycle's supply step changed, by cycle.
        registers: contract table registers.
        limits: the parameters of step monitor.
        currency: the company's.
    """
    found = [
        *_foreseen(accuracies, limits),
        _at_least("Service, shipped in time", kpis, "service", in_share),
        _at_least("On time in full", kpis, "otif", in_share),
        _at_least("Attainment, made as planned", kpis, "attainment", in_share),
        *_stock(kpis, limits, currency),
        _nervousness(nervousness),
        _due(registers),
    ]
    return [each for each in found if each]


def in_words(measures: list[Measure]) -> str:
    """How many measures are on target, and which are not."""
    held = [each for each in measures if each.side]
    off = [each.name.partition(",")[0] for each in held if each.side == "short"]
    if not off:
        return "Every measure with a target is on it"
    return f"{len(held) - len(off)} of {len(held)} measures are on target; off: {', '.join(off)}"


def _foreseen(accuracies: Mapping[pd.Timestamp, pd.DataFrame], limits: Monitor) -> list[Measure | None]:
    """Error one bucket ahead and further, bias, and what the consensus gains over the naive forecast."""
    near, far = (_consensus(accuracies, lag) for lag in (0, FAR))
    if near.empty:
        return []
    one, three = (f"{count} {bucket_word(count)} ahead" for count in (1, FAR + 1))
    target, limit = limits.wape_target, limits.bias_limit
    gained = 100 * (near["wape_naive"] - near["wape"])
    wape, bias = near["wape"].iloc[-1], near["bias"].iloc[-1]
    found = [_row(f"Forecast error, {one}", near["wape"], in_share, f"≤ {in_share(target)}", wape <= target, "cycle")]
    if len(far):
        found.append(_row(f"Forecast error, {three}", far["wape"], in_share, when="cycle"))
    found.append(_row(f"Bias, {one}", near["bias"], _signed, f"± {in_share(limit)}", abs(bias) <= limit, "cycle"))
    if gained.notna().any():
        better = gained.iloc[-1] > 0
        found.append(_row("Value added, over naive", gained, _points, "> 0", better, "cycle"))
    return found


def _consensus(accuracies: Mapping[pd.Timestamp, pd.DataFrame], lag: int) -> pd.DataFrame:
    """The consensus over everything at a lag, a row a cycle that has one."""
    rows = [
        each[(each["stream"] == "consensus") & (each["level"] == "total") & (each["lag"] == lag)].assign(cycle=cycle)
        for cycle, each in sorted(accuracies.items())
    ]
    columns = ["cycle", "wape", "bias", "wape_naive"]
    rows = [each for each in rows if len(each)]
    found = pd.concat(rows)[columns] if rows else pd.DataFrame(columns=columns)
    return found.dropna(subset=["wape", "bias"])


def _at_least(name: str, kpis: pd.DataFrame, kpi: str, say: Callable[[float], str]) -> Measure | None:
    """A share that must not fall below its target."""
    rows = _total(kpis, kpi)
    if rows.empty:
        return None
    target = rows["target"].iloc[-1]
    return _row(name, rows["value"], say, f"≥ {say(target)}", rows["value"].iloc[-1] >= target, "bucket")


def _stock(kpis: pd.DataFrame, limits: Monitor, currency: str) -> list[Measure | None]:
    """Stock, turns and cover beside their plan; on target where they lie off it by no more than the limit."""
    found = []
    said = {"stock": ("Stock, at standard cost", lambda value: in_money(value, currency))}
    said["turns"] = ("Stock turns, a year", "{:.1f}".format)
    for kpi, (name, say) in said.items():
        rows = _total(kpis, kpi)
        if len(rows):
            value, plan = rows[["value", "target"]].iloc[-1]
            held = abs(value / plan - 1) <= limits.stock_limit if plan > 0 else None
            found.append(_row(name, rows["value"], say, f"plan {say(plan)}" if plan > 0 else "", held, "bucket"))
    turns = _total(kpis, "turns")
    turns = turns[turns["value"] > 0]
    if len(turns):
        plan, held = turns["target"].iloc[-1], found[-1].side
        target = f"plan {_months(12 / plan)}" if plan > 0 else ""
        cover = _row("Stock cover, at this pace", 12 / turns["value"], _months, target, None, "bucket")
        found.append(replace(cover, side=held))
    return found


def _nervousness(nervousness: pd.Series) -> Measure | None:
    known = nervousness.dropna()
    return _row("Nervousness, plan changed", known, in_share, when="cycle") if len(known) else None


def _due(registers: pd.DataFrame) -> Measure:
    is_open = registers["status"] == "open"
    overdue = int(registers["overdue"].sum())
    name = f"Registers, {int(is_open.sum()):,} open"
    return Measure(name, (), f"{overdue:,} overdue", "0", side="short" if overdue else "good")


def _total(kpis: pd.DataFrame, kpi: str) -> pd.DataFrame:
    rows = kpis[(kpis["kpi"] == kpi) & (kpis["level"] == "total")]
    return rows.dropna(subset="value").sort_values("bucket")


def _row(
    name: str,
    values: pd.Series,
    say: Callable[[float], str],
    target: str = "",
    held: bool | None = None,
    when: str = "",
) -> Measure:
    side = "" if held is None or not target else "good" if held else "short"
    before = say(values.iloc[-2]) if len(values) > 1 else ""
    return Measure(name, tuple(values.astype(float)), say(values.iloc[-1]), target, before, side, when)


def _signed(value: float) -> str:
    return f"{value:+.1%}".replace("-", "−")


def _points(value: float) -> str:
    return f"{value:+.1f} points".replace("-", "−")


def _months(value: float) -> str:
    return f"{value:.1f} months"
