"""What needs someone's attention: the few rules that were broken, in words, ranked by money."""

from __future__ import annotations

import numpy as np
import pandas as pd

from sopbench.contract import checked, table
from sopbench.contract.words import in_money, in_share
from sopbench.monitor.limits import limit
from sopbench.params import Monitor
from sopbench.params.monitor import Limits

OWNERS = {
    "bias": "demand planning",
    "accuracy": "demand planning",
    "tracking signal": "demand planning",
    "service": "supply planning",
    "attainment": "production",
    "purchases": "purchasing",
    "stock": "supply planning",
    "excess": "supply planning",
}
"""Rule, and the function that looks after what it finds where the parameters name nobody."""


def exceptions(
    settings: Monitor,
    start: pd.Timestamp,
    currency: str = "",
    *,
    accuracy: pd.DataFrame,
    kpis: pd.DataFrame,
    items: pd.DataFrame,
    silences: pd.DataFrame,
) -> pd.DataFrame:
    """Find what lies beyond the limits of `settings`, the costliest first to be shown; contract table exceptions.

    From `accuracy`, the consensus one bucket ahead (lag 0): a family's bias beyond bias_limit (worth: its net error
    at list price), an item's wape above wape_target (worth: its absolute errors at list price) and an item's tracking
    signal beyond tracking_signal_limit (worth: its net error). From `kpis`, the last bucket measured, by family:
    service below target (worth: orders not shipped in their bucket, at list price), attainment below target (worth:
    planned output not made, at standard cost), purchases below target (worth: what was due and did not arrive, at
    cost), stock off its plan by more than stock_limit (worth: the difference) and excess and obsolete stock above
    excess_limit of the stock (worth: both, at cost).
    A family in family_limits has its own limits, and so do its items; rules of rules_off find nothing.

    Severity says how far beyond its limit a figure lies: high from twice, medium from one and a half times the
    limit (for shares that should be high, of what was allowed to be missing). What stands in `silences` (contract
    table) until a day after `start` is kept as silenced; of the others the exceptions_shown with most money are shown.
    Due is due_days after `start`; the bucket is the last one before `start` that was measured.
    """
    measured = kpis.loc[kpis["bucket"] < start, "bucket"]
    last = measured.max() if len(measured) else start
    ahead = accuracy[(accuracy["stream"] == "consensus") & (accuracy["lag"] == 0)]
    families = _limited(ahead[ahead["level"] == "family"], ahead["key"], settings)
    each = ahead[ahead["level"] == "item"]
    each = _limited(each, each["key"].map(items.set_index("item_id")["family"]), settings)
    now = kpis[(kpis["level"] == "family") & (kpis["bucket"] == last)]
    now = _limited(now, now["key"], settings)
    found = [
        _bias(families, currency),
        _accuracy(each, currency),
        _tracking_signal(each),
        _service(now, currency),
        _attainment(now, currency),
        _purchases(now, currency),
        _stock(now, currency),
        _excess(now, currency),
    ]
    rows = pd.concat([rows for rows in found if len(rows)] or found[:1], ignore_index=True)
    rows = rows[~rows["rule"].isin(settings.rules_off)]
    if rows.empty:
        return table("exceptions").empty()
    severity = np.select([rows["times"] >= 2, rows["times"] >= 1.5], ["high", "medium"], "low")
    owner = rows["rule"].map(OWNERS | settings.owners)
    due = start + pd.Timedelta(days=settings.due_days)
    rows = rows.drop(columns="times").assign(bucket=last, severity=severity, owner=owner, due=due)
    rows = rows.sort_values(["value_at_risk", "rule", "key"], ascending=[False, True, True], ignore_index=True)
    return checked(_silenced(rows, silences, start, settings.exceptions_shown), table("exceptions"))


def _silenced(rows: pd.DataFrame, silences: pd.DataFrame, start: pd.Timestamp, shown: int) -> pd.DataFrame:
    """The ranked rows with who silenced them, why and until when; the first `shown` of the others are shown."""
    said = silences[silences["until"] > start].rename(columns={"by": "silenced_by"})
    rows = rows.assign(alert=rows["rule"] + "/" + rows["key"]).merge(said, on="alert", how="left")
    silent = rows["until"].notna()
    rows = rows.fillna({"silenced_by": "", "reason": ""})
    return rows.drop(columns="alert").assign(
        status=np.where(silent, "silenced", "open"), shown=~silent & ((~silent).cumsum() <= shown)
    )


def _limited(rows: pd.DataFrame, families: pd.Series, settings: Monitor) -> pd.DataFrame:
    """The rows with every limit as a column, the family's own where it has one."""
    families = families.reindex(rows.index)
    return rows.assign(**{name: limit(settings, name, families) for name in Limits.model_fields})


def _bias(families: pd.DataFrame, currency: str) -> pd.DataFrame:
    rows = families[families["bias"].abs() > families["bias_limit"]]
    net = rows["over_value"] - rows["under_value"]
    messages = [
        f"{key}: planned {in_share(abs(bias))} {_side(bias)} than was ordered, {in_money(abs(money), currency)} net"
        for key, bias, money in zip(rows["key"], rows["bias"], net, strict=True)
    ]
    return _found("bias", rows, rows["bias"].abs() / rows["bias_limit"], net.abs(), messages)


def _accuracy(items: pd.DataFrame, currency: str) -> pd.DataFrame:
    """Items off by more than the target; where nothing was ordered, any plan is off by more."""
    size = items["over_value"] + items["under_value"]
    off = ~(items["wape"] <= items["wape_target"])
    rows = items.assign(size=size, wape=items["wape"].fillna(np.inf))[(size > 0) & off]
    messages = [
        f"{key}: off by {in_share(wape)} of what was ordered (target {in_share(target)}), {in_money(money, currency)}"
        if np.isfinite(wape)
        else f"{key}: {in_money(money, currency)} planned and nothing ordered"
        for key, wape, target, money in zip(rows["key"], rows["wape"], rows["wape_target"], rows["size"], strict=True)
    ]
    return _found("accuracy", rows, rows["wape"] / rows["wape_target"], rows["size"], messages)


def _tracking_signal(items: pd.DataFrame) -> pd.DataFrame:
    limits = items["tracking_signal_limit"]
    rows = items[items["tracking_signal"].abs() > limits]
    messages = [
        f"{key}: planned {_side(signal)} than was ordered time and again: tracking signal {signal:+.1f} "
        f"(limit {most:g})"
        for key, signal, most in zip(rows["key"], rows["tracking_signal"], limits[rows.index], strict=True)
    ]
    net = (rows["over_value"] - rows["under_value"]).abs()
    return _found("tracking signal", rows, rows["tracking_signal"].abs() / limits[rows.index], net, messages)


def _service(now: pd.DataFrame, currency: str) -> pd.DataFrame:
    said = "of what was ordered was shipped in its bucket"
    return _short(now, "service", "service", _of(now, "demand", "value"), said, "was not", currency)


def _attainment(now: pd.DataFrame, currency: str) -> pd.DataFrame:
    said = "of the planned output was made"
    return _short(now, "attainment", "attainment", _of(now, "production", "target"), said, "was not", currency)


def _purchases(now: pd.DataFrame, currency: str) -> pd.DataFrame:
    said, due = "of the purchases due arrived", _of(now, "purchases", "target")
    return _short(now, "purchases", "purchase_attainment", due, said, "did not", currency)


def _short(
    now: pd.DataFrame, rule: str, kpi: str, whole: pd.Series, said: str, was_not: str, currency: str
) -> pd.DataFrame:
    """Families whose share `kpi` of `whole` (money by family) lies below its target, which the row bears."""
    rows = now[(now["kpi"] == kpi) & (now["value"] < now["target"])]
    missing = (1 - rows["value"]) * rows["key"].map(whole)
    messages = [
        f"{key}: {in_share(share)} {said} (target {in_share(target)}), {in_money(money, currency)} {was_not}"
        for key, share, target, money in zip(rows["key"], rows["value"], rows["target"], missing, strict=True)
    ]
    times = (1 - rows["value"]) / (1 - rows["target"]).clip(lower=1e-9)
    return _found(rule, rows, times, missing, messages)


def _stock(now: pd.DataFrame, currency: str) -> pd.DataFrame:
    stock = now[(now["kpi"] == "stock") & (now["target"] > 0)]
    off = stock["value"] - stock["target"]
    share = off / stock["target"]
    rows = stock[share.abs() > stock["stock_limit"]]
    messages = [
        f"{key}: stock {in_share(abs(part))} {'above' if part > 0 else 'below'} its plan, "
        f"{in_money(abs(money), currency)}"
        for key, part, money in zip(rows["key"], share[rows.index], off[rows.index], strict=True)
    ]
    return _found("stock", rows, share[rows.index].abs() / rows["stock_limit"], off[rows.index].abs(), messages)


def _excess(now: pd.DataFrame, currency: str) -> pd.DataFrame:
    stock = now[(now["kpi"] == "stock") & (now["value"] > 0)]
    excess, obsolete = (stock["key"].map(_of(now, kpi, "value")).fillna(0.0) for kpi in ("excess", "obsolete"))
    share = (excess + obsolete) / stock["value"]
    rows = stock[share > stock["excess_limit"]]
    messages = [
        f"{key}: {in_share(part)} of the stock is more than the plan soon uses (limit {in_share(most)}): "
        f"{in_money(much, currency)} excess, {in_money(dead, currency)} obsolete"
        for key, part, most, much, dead in zip(
            rows["key"], share[rows.index], rows["excess_limit"], excess[rows.index], obsolete[rows.index], strict=True
        )
    ]
    worth = (excess + obsolete)[rows.index]
    return _found("excess", rows, share[rows.index] / rows["excess_limit"], worth, messages)


def _of(now: pd.DataFrame, kpi: str, column: str) -> pd.Series:
    """A measure's value or target by family."""
    return now[now["kpi"] == kpi].set_index("key")[column]


def _found(rule: str, rows: pd.DataFrame, times: pd.Series, worth: pd.Series, messages: list[str]) -> pd.DataFrame:
    """What one rule found: where, how often over its limit, its money and words."""
    return pd.DataFrame(
        {"rule": rule, "key": rows["key"], "times": times, "value_at_risk": worth, "message": messages}
    ).reset_index(drop=True)


def _side(size: float) -> str:
    return "more" if size > 0 else "less"
