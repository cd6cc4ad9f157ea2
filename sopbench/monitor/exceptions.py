"""What needs someone's attention: the few rules that were broken, in words, ranked by money."""

from __future__ import annotations

import numpy as np
import pandas as pd

from sopbench.contract import checked, table
from sopbench.contract.words import in_money, in_share
from sopbench.params import Monitor

OWNERS = {
    "bias": "demand planning",
    "accuracy": "demand planning",
    "tracking signal": "demand planning",
    "attainment": "production",
    "service": "supply planning",
    "stock": "supply planning",
}
"""Rule, and the function that looks after what it finds."""


def exceptions(
    settings: Monitor, start: pd.Timestamp, currency: str = "", *, accuracy: pd.DataFrame, kpis: pd.DataFrame
) -> pd.DataFrame:
    """Find what lies beyond the limits of `settings`; contract table exceptions, the costliest of them only.

    From `accuracy`, the consensus one bucket ahead (lag 0): a family's bias beyond bias_limit (worth: its net error
    at list price), an item's wape above wape_target (worth: its absolute errors at list price) and an item's tracking
    signal beyond tracking_signal_limit (worth: its net error). From `kpis`, the last bucket measured, by family:
    attainment below target (worth: planned output not made, at standard cost), service below target (worth: orders
    not shipped in their bucket, at list price), stock off its plan by more than stock_limit (worth: the difference).
    Severity says how far beyond its limit a figure lies: high from twice, medium from one and a half times the
    limit (for shares that should be high, of what was allowed to be missing). Ranked by money, at most
    exceptions_shown are kept; the bucket is the last one before `start` that was measured.
    """
    last = kpis["bucket"].max() if len(kpis) else start
    ahead = accuracy[(accuracy["stream"] == "consensus") & (accuracy["lag"] == 0)]
    families = kpis[(kpis["level"] == "family") & (kpis["bucket"] == last)]
    found = [
        _bias(ahead[ahead["level"] == "family"], settings.bias_limit, currency),
        _accuracy(ahead[ahead["level"] == "item"], settings.wape_target, currency),
        _tracking_signal(ahead[ahead["level"] == "item"], settings.tracking_signal_limit),
        _attainment(families, settings.attainment_target, currency),
        _service(families, settings.service_target, currency),
        _stock(families, settings.stock_limit, currency),
    ]
    found = [rows for rows in found if len(rows)]
    if not found:
        return table("exceptions").empty()
    rows = pd.concat(found, ignore_index=True)
    severity = np.select([rows["times"] >= 2, rows["times"] >= 1.5], ["high", "medium"], "low")
    rows = rows.assign(bucket=last, severity=severity, owner=rows["rule"].map(OWNERS))
    rows = rows.sort_values(["value_at_risk", "rule", "key"], ascending=[False, True, True])
    return checked(rows.head(settings.exceptions_shown).drop(columns="times"), table("exceptions"))


def _bias(families: pd.DataFrame, limit: float, currency: str) -> pd.DataFrame:
    rows = families[families["bias"].abs() > limit]
    net = rows["over_value"] - rows["under_value"]
    messages = [
        f"{key}: planned {in_share(abs(bias))} {_side(bias)} than was ordered, {in_money(abs(money), currency)} net"
        for key, bias, money in zip(rows["key"], rows["bias"], net, strict=True)
    ]
    return _found("bias", rows, rows["bias"].abs() / limit, net.abs(), messages)


def _accuracy(items: pd.DataFrame, target: float, currency: str) -> pd.DataFrame:
    """Items off by more than the target; where nothing was ordered, any plan is off by more."""
    size = items["over_value"] + items["under_value"]
    rows = items.assign(size=size, wape=items["wape"].fillna(np.inf))[(size > 0) & ~(items["wape"] <= target)]
    messages = [
        f"{key}: off by {in_share(wape)} of what was ordered (target {in_share(target)}), {in_money(money, currency)}"
        if np.isfinite(wape)
        else f"{key}: {in_money(money, currency)} planned and nothing ordered"
        for key, wape, money in zip(rows["key"], rows["wape"], rows["size"], strict=True)
    ]
    return _found("accuracy", rows, rows["wape"] / target, rows["size"], messages)


def _tracking_signal(items: pd.DataFrame, limit: float) -> pd.DataFrame:
    rows = items[items["tracking_signal"].abs() > limit]
    messages = [
        f"{key}: planned {_side(signal)} than was ordered time and again: tracking signal {signal:+.1f} "
        f"(limit {limit:g})"
        for key, signal in zip(rows["key"], rows["tracking_signal"], strict=True)
    ]
    net = (rows["over_value"] - rows["under_value"]).abs()
    return _found("tracking signal", rows, rows["tracking_signal"].abs() / limit, net, messages)


def _attainment(families: pd.DataFrame, target: float, currency: str) -> pd.DataFrame:
    planned = families.loc[families["kpi"] == "production"].set_index("key")["target"]
    rows = families[(families["kpi"] == "attainment") & (families["value"] < target)]
    missing = (1 - rows["value"]) * rows["key"].map(planned)
    messages = [
        f"{key}: {in_share(share)} of the planned output was made (target {in_share(target)}), "
        f"{in_money(money, currency)} was not"
        for key, share, money in zip(rows["key"], rows["value"], missing, strict=True)
    ]
    return _found("attainment", rows, _times_allowed(rows["value"], target), missing, messages)


def _service(families: pd.DataFrame, target: float, currency: str) -> pd.DataFrame:
    ordered = families.loc[families["kpi"] == "demand"].set_index("key")["value"]
    rows = families[(families["kpi"] == "service") & (families["value"] < target)]
    missing = (1 - rows["value"]) * rows["key"].map(ordered)
    messages = [
        f"{key}: {in_share(share)} of orders shipped on time (target {in_share(target)}), "
        f"{in_money(money, currency)} were not"
        for key, share, money in zip(rows["key"], rows["value"], missing, strict=True)
    ]
    return _found("service", rows, _times_allowed(rows["value"], target), missing, messages)


def _stock(families: pd.DataFrame, limit: float, currency: str) -> pd.DataFrame:
    rows = families[(families["kpi"] == "stock") & (families["target"] > 0)]
    rows = rows[(rows["value"] / rows["target"] - 1).abs() > limit]
    off = rows["value"] - rows["target"]
    share = off / rows["target"]
    messages = [
        f"{key}: stock {in_share(abs(part))} {'above' if part > 0 else 'below'} its plan, "
        f"{in_money(abs(money), currency)}"
        for key, part, money in zip(rows["key"], share, off, strict=True)
    ]
    return _found("stock", rows, share.abs() / limit, off.abs(), messages)


def _found(rule: str, rows: pd.DataFrame, times: pd.Series, worth: pd.Series, messages: list[str]) -> pd.DataFrame:
    """What one rule found: where, how often over its limit, its money and words."""
    return pd.DataFrame(
        {"rule": rule, "key": rows["key"], "times": times, "value_at_risk": worth, "message": messages}
    ).reset_index(drop=True)


def _times_allowed(share: pd.Series, target: float) -> pd.Series:
    """How often what is missing of a share goes into what may be missing."""
    return (1 - share) / max(1 - target, 1e-9)


def _side(size: float) -> str:
    return "more" if size > 0 else "less"
