"""Where the consensus should be doubted: what it differs by from what else is known, where it fell short, launches."""

from __future__ import annotations

import numpy as np
import pandas as pd

from sopbench.contract.words import in_money
from sopbench.views.meetings.demand_review_read import Shown
from sopbench.views.numbers import bucket_name

AGAINST = {
    "statistics": "against statistics",
    "budget": "against budget",
    "last_cycle": "against last cycle",
    "accuracy": "error grew",
    "launch": "launch or end",
}
"""The columns of doubts, and their heads."""

MONEY = ("statistics", "budget", "last_cycle")
"""Those that are a difference in money."""

LAUNCHED = pd.DateOffset(months=6)
"""For how long after its launch an item is still told as one."""


def doubts(shown: Shown, level: str) -> pd.DataFrame:
    """One row an item or family: money by which the consensus differs over the next year, and the rest of AGAINST.

    `level` is item_id or family. statistics and last_cycle: consensus less the other, at list price (last cycle: over
    the buckets both plan); budget: units less budgeted units, at the budget's price (families only); accuracy: how many
    points of demand more the consensus missed than a cycle before; accuracy_money: the same in money; launch: a day.
    """
    keys, ahead = shown.rows[level].to_numpy(), slice(0, shown.year)
    consensus, statistical = (shown.streams[name][:, ahead] for name in ("consensus", "statistical"))
    found = pd.DataFrame({"worth": _sums(consensus, shown, keys)})
    found = found.assign(statistics=_sums(consensus - statistical, shown, keys))
    found = found.assign(budget=_budget_gap(shown) if level == "family" else np.nan)
    if shown.last_cycle:
        at = shown.last_cycle.buckets.get_indexer(shown.buckets[ahead])
        moved = consensus[:, at >= 0] - shown.last_cycle.units[:, at[at >= 0]]
        found = found.assign(last_cycle=_sums(np.nan_to_num(moved), shown, keys))
    found = found.join(_accuracy(shown, "item" if level == "item_id" else level))
    found["launch"] = _launches(shown) if level == "item_id" else pd.NaT
    found = found.reindex(columns=["worth", *AGAINST, "accuracy_money"])
    money = found[[*MONEY, "accuracy_money"]].astype(float).abs()
    return found.assign(most=money.max(axis=1).fillna(0.0)).rename_axis(level)


def ranked(found: pd.DataFrame, first: str, count: int) -> pd.DataFrame:
    """The rows one sees first: by most money in any column, or by one of AGAINST."""
    if first == "launch":
        return found.dropna(subset="launch").sort_values(["launch", "worth"], ascending=[True, False]).head(count)
    by = {"": "most", "accuracy": "accuracy_money"}.get(first, first)
    size = found[by].astype(float)
    size = size.clip(lower=0) if first == "accuracy" else size.abs()
    return found.assign(size_=size).sort_values("size_", ascending=False, kind="stable").head(count)


def columns_of(level: str) -> list[str]:
    """The columns of AGAINST that items or families have."""
    return [name for name in AGAINST if name != ("budget" if level == "item_id" else "launch")]


def texts(found: pd.DataFrame, level: str) -> tuple[list[list[str]], list[list[str]]]:
    """What stands in the cells of `columns_of` the level, and how each looks: the larger the money, the hotter."""
    said, looks = [], []
    most = max(found["most"].max(), 1.0) if len(found) else 1.0
    names = columns_of(level)
    money = found[list(MONEY)].abs().assign(accuracy=found["accuracy_money"].clip(lower=0), launch=np.nan)
    heat = (money[names].astype(float) / most).to_numpy()
    for place in range(len(found)):
        said.append([_said(name, found[name].iloc[place]) for name in names])
        looks.append([_heat(share) for share in heat[place]])
    return said, looks


def in_words(found: pd.DataFrame, names: pd.Series, currency: str) -> str:
    """Where the consensus should be doubted most, in a sentence."""
    if found.empty or found["most"].max() < 0.5:
        return "Nothing differs: the consensus is what was said before."
    key = found["most"].idxmax()
    row = found.loc[key]
    name = max([*MONEY, "accuracy"], key=lambda each: _size(row, each))
    what = str(names.get(key, str(key).replace("_", " ")))
    if name == "accuracy":
        return f"{what}: the consensus missed {row['accuracy'] * 100:.1f} points more of demand than a cycle ago."
    side = "above" if row[name] > 0 else "below"
    than = {"statistics": "what history says", "budget": "the budget", "last_cycle": "last cycle"}[name]
    return f"{what}: {in_money(abs(row[name]), currency)} {side} {than}."


def _size(row: pd.Series, name: str) -> float:
    value = row["accuracy_money"] if name == "accuracy" else abs(row[name])
    return float(value) if value == value else -1.0


def _said(name: str, value: float | pd.Timestamp) -> str:
    if value is None or value != value:
        return "–"
    if name == "launch":
        return bucket_name(value)
    if name == "accuracy":
        return f"{value * 100:+.1f} pts".replace("-", "−")
    return ("+" if value > 0.5 else "−" if value < -0.5 else "") + in_money(abs(value))


def _heat(share: float) -> str:
    """A class of the style sheet for a share of the largest money shown."""
    return f"heat-{int(min(share, 0.999) * 4)}" if share == share and share >= 0.1 else ""


def _sums(units: np.ndarray, shown: Shown, keys: np.ndarray) -> pd.Series:
    return pd.Series(np.nansum(units, axis=1) * shown.price).groupby(keys).sum()


def _budget_gap(shown: Shown) -> pd.Series:
    """Consensus less budget over the next year's buckets that have one, by family, at the budget's price."""
    buckets = shown.buckets[: shown.year]
    wide = pd.DataFrame(shown.streams["consensus"][:, : shown.year], columns=buckets)
    units = wide.groupby(shown.rows["family"].to_numpy()).sum().rename_axis(index="family", columns="bucket")
    last = shown.budget.sort_values(["as_of", "version"], na_position="first")
    last = last.drop_duplicates(["family", "bucket"], keep="last")
    both = last.merge(units.stack().rename("planned").reset_index(), on=["family", "bucket"])  # noqa: PD013
    price = both["revenue"] / both["units"].where(both["units"] > 0)
    return ((both["planned"] - both["units"]) * price).groupby(both["family"]).sum(min_count=1)


def _accuracy(shown: Shown, level: str) -> pd.DataFrame:
    """How many points of demand more the consensus misses than a cycle before, and what that is in money."""
    if len(shown.measured) < 2:
        return pd.DataFrame({"accuracy": [], "accuracy_money": []}, dtype=float)
    now, before = (_missed(cycle.read("monitor", "accuracy"), level) for cycle in shown.measured)
    points = now["missed"] - before["missed"]
    return pd.DataFrame({"accuracy": points, "accuracy_money": points * now["demand_value"]})


def _missed(accuracy: pd.DataFrame, level: str) -> pd.DataFrame:
    rows = accuracy[(accuracy["stream"] == "consensus") & (accuracy["level"] == level) & (accuracy["lag"] == 0)]
    rows = rows.set_index("key")
    missed = (rows["over_value"] + rows["under_value"]) / rows["demand_value"].where(rows["demand_value"] > 0)
    return rows[["demand_value"]].assign(missed=missed)


def _launches(shown: Shown) -> pd.Series:
    """The day an item is launched or ends, where that lies in the horizon or shortly before it."""
    days = shown.items.set_index("item_id")[["launch", "discontinue"]]
    first, last = shown.buckets[0] - LAUNCHED, shown.buckets[-1]
    launch = days["launch"].where(days["launch"].between(first, last))
    return launch.fillna(days["discontinue"].where(days["discontinue"].between(shown.buckets[0], last)))
