"""The log of what was changed in the history, change by change, and the planners' word on what is to be kept."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from sopbench.contract import Problem, checked, table
from sopbench.demand.history.cleaning import Step
from sopbench.params.demand import REVERSIBLE, Keep


def kept_buckets(
    keep: Sequence[Keep], series: pd.MultiIndex, families: pd.Series, buckets: pd.DatetimeIndex
) -> dict[str, np.ndarray]:
    """By correction: True for the series (rows) and buckets (columns) in which a rule of `keep` wants none made."""
    names = {"item_id": series.get_level_values("item_id"), "location_id": series.get_level_values("location_id")}
    rows = pd.DataFrame({name: values.to_numpy() for name, values in names.items()})
    rows["family"] = families.to_numpy()
    kept = {}
    for rule in keep:
        reached = _selected(rule, rows)[:, None] & _lasting(rule, buckets)[None, :]
        for name in [rule.correction] if rule.correction else REVERSIBLE:
            kept[name] = kept.get(name, False) | reached
    return kept


def corrections_made(
    steps: list[Step], why: dict[str, pd.DataFrame], wide: pd.DataFrame, families: pd.Series, keep: Sequence[Keep]
) -> pd.DataFrame:
    """The table corrections: a row for each change of each bucket, units, in the order done.

    `wide` has the series (rows) and buckets (columns) that the steps speak of, `families` each row's family. `why`
    holds by correction what is said beside it, with row, column, why and customer_id. A correction that a rule of
    `keep` reversed changes nothing and bears the rule's owner and reason, those of the first such rule.
    """
    parts = [_rows_of(number, step, why.get(step.correction), wide) for number, step in enumerate(steps, start=1)]
    made = pd.concat(parts, ignore_index=True)
    made["family"] = made["item_id"].map(dict(zip(wide.index.get_level_values("item_id"), families, strict=True)))
    made = made.assign(owner="", reason="")
    for rule in reversed(keep):
        here = (made["reversed"] & meant(rule, made)).to_numpy()
        made.loc[here, ["owner", "reason"]] = [rule.owner, rule.reason]
    return made.drop(columns="family")


def correction_problems(keep: Sequence[Keep], corrections: pd.DataFrame, *, items: pd.DataFrame) -> list[Problem]:
    """A warning for each rule of `keep` (parameter demand.keep) that reverses no row of the table corrections."""
    rows = corrections[corrections["reversed"]].merge(items[["item_id", "family"]], on="item_id")
    problems = []
    for rule in keep:
        if not meant(rule, rows).any():
            said = rule.model_dump(exclude_defaults=True)
            where = ", ".join(f"{name}={value}" for name, value in said.items() if name not in ("owner", "reason"))
            message = f"it keeps nothing ({rule.reason}): no such correction is made there"
            mend = "check item, family, place, time and kind against the table corrections, or remove the rule"
            problems.append(Problem("demand.keep", where, rule.owner, message, mend, "warning"))
    return problems


def meant(rule: Keep, rows: pd.DataFrame) -> np.ndarray:
    """True for the corrections (with their item's family) that a rule names; what it leaves open selects all."""
    chosen = _selected(rule, rows) & _lasting(rule, pd.DatetimeIndex(rows["bucket"]))
    return chosen & (rows["correction"] == rule.correction).to_numpy() if rule.correction else chosen


def reasons_of(steps: list[Step]) -> np.ndarray:
    """Why a bucket is not as ordered: the names of the corrections made, by series (rows) and bucket (columns)."""
    said = np.full(steps[0].before.shape, "", dtype=object)
    for step in steps:
        made = step.after != step.before
        said[made] = np.where(said[made] == "", step.correction, said[made] + ", " + step.correction)
    return said


def finished(corrections: pd.DataFrame) -> pd.DataFrame:
    """The table corrections as the contract has it, with the key that names each."""
    days = corrections["bucket"].dt.strftime("%Y-%m-%d")
    parts = [corrections["item_id"], corrections["location_id"], days, corrections["correction"]]
    key = parts[0].str.cat(parts[1:], sep="|") if len(corrections) else pd.Series(dtype=object)
    return checked(corrections.assign(correction_id=key), table("corrections"))


def _rows_of(number: int, step: Step, why: pd.DataFrame | None, wide: pd.DataFrame) -> pd.DataFrame:
    row, column = np.nonzero(step.proposed != step.before)
    found = pd.DataFrame({"row": row, "column": column, "step": number, "correction": step.correction})
    for name in ("before", "proposed", "after"):
        found[name] = getattr(step, name)[row, column]
    found["reversed"] = found["after"] != found["proposed"]
    found["item_id"] = wide.index.get_level_values("item_id").to_numpy()[row]
    found["location_id"] = wide.index.get_level_values("location_id").to_numpy()[row]
    found["bucket"] = wide.columns.to_numpy()[column]
    if why is None:
        return found.drop(columns=["row", "column"]).assign(why="", customer_id="")
    told = found.merge(why, on=["row", "column"], how="left").fillna({"why": "", "customer_id": ""})
    return told.drop(columns=["row", "column"])


def _selected(rule: Keep, rows: pd.DataFrame) -> np.ndarray:
    chosen = np.ones(len(rows), dtype=bool)
    for name in ("item_id", "family", "location_id"):
        if getattr(rule, name):
            chosen &= (rows[name] == getattr(rule, name)).to_numpy()
    return chosen


def _lasting(rule: Keep, buckets: pd.DatetimeIndex) -> np.ndarray:
    first, last = pd.Timestamp(rule.start or pd.Timestamp.min), pd.Timestamp(rule.end or pd.Timestamp.max)
    return (buckets >= first) & (buckets <= last)
