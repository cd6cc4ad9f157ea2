"""Which settings of a params file can be learned from the past, and the values that are tried of each."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
import yaml
from pydantic import ValidationError

from sopbench.contract import PlanningError, Problem
from sopbench.params import Params, Supply
from sopbench.params.demand import Demand
from sopbench.params.text import Setting
from sopbench.replay.candidates import Candidate
from sopbench.replay.world import NODE

FACTOR, LEVEL, WEIGHTS = "supply.safety_factor", "supply.service_level", "demand.stream_weights"

DEFAULT_VALUES: dict[str, tuple[float, ...]] = {
    FACTOR: (0.5, 0.75, 1.0, 1.25, 1.5),
    LEVEL: (0.9, 0.95, 0.98, 0.99),
    "demand.choice_margin": (0.1, 0.3, 0.5),
    WEIGHTS: (0.0, 0.2, 0.4, 0.6),
}
"""The values tried where no file names others; of the stream weights, the share that people have together."""

SECTIONS = {"demand": Demand, "supply": Supply}

HEARD = 3
"""Buckets that streams must have spoken in before the first that is measured, to be learned from."""


@dataclass(frozen=True)
class Parameter:
    """A setting that is learned: section and name (and entry), its value as it stands, and the values tried beside it.

    `silent` says why nothing can be learned of it; then none are tried. `beside` holds the entries of the same name as
    they stand, its own among them.
    """

    path: tuple[str, ...]
    now: Setting
    values: tuple[Setting, ...] = ()
    silent: str = ""
    beside: Mapping[str, float] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """As people write it, e.g. supply.safety_factor."""
        return ".".join(self.path)

    def way(self, value: Setting) -> str:
        """The name of the way of planning that differs in this value alone."""
        return f"{self.name}: {in_text(value)}"


def in_text(value: Setting) -> str:
    """A value as a params file has it on one line."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name}: {number:g}" for name, number in value.items()) + "}"
    return f"{value:g}" if isinstance(value, float | int) else str(value)


def candidate(chosen: Sequence[tuple[Parameter, Setting]]) -> Candidate:
    """The way of planning in which these settings have these values and all else is as the params file has it."""
    settings: dict[str, dict[str, Any]] = {"demand": {}, "supply": {}}
    for parameter, value in chosen:
        section, name, *entry = parameter.path
        if entry:
            value = {**settings[section].get(name, parameter.beside), entry[0]: value}
        settings[section][name] = value
    meaning = "; ".join(parameter.way(value) for parameter, value in chosen)
    return Candidate(name=re.sub(r"[^a-z0-9]+", "_", meaning.lower())[:60], meaning=meaning, **settings)


def parameters(
    params: Params,
    tables: dict[str, pd.DataFrame],
    heard: pd.DataFrame,
    first_measured: pd.Timestamp,
    values: Mapping[str, Sequence[float]],
    by_family: bool,
) -> list[Parameter]:
    """The settings to learn, with what can be tried of each.

    Args:
        tables: items, policies and sales as known last.
        heard: which streams people spoke in, at the start of which bucket (stream, start); see `streams_heard`.
        first_measured: the first bucket that no choice may know.
        values: by setting, what is tried (see DEFAULT_VALUES).
        by_family: a safety factor for each family, instead of one for all.
    """
    found = []
    for name, tried in values.items():
        section, setting = name.split(".")
        if name == WEIGHTS:
            found.append(_weights(params, heard, first_measured, tried))
        elif name == LEVEL and not _rules(tables):
            why = (
                "the policies give service level or safety stock wherever something is sold: the setting rules nowhere"
            )
            found.append(Parameter((section, setting), params.supply.service_level, silent=why))
        elif name == FACTOR and (by_family or isinstance(params.supply.safety_factor, dict)):
            found += _factors(params, tables, tried)
        else:
            now = getattr(getattr(params, section), setting)
            found.append(Parameter((section, setting), now, tuple(each for each in tried if each != now)))
    return found


def streams_heard(forecasts: pd.DataFrame, start: pd.Timestamp) -> pd.DataFrame:
    """The streams that at `start` spoke of what is to come (stream, start), from forecasts as known then."""
    ahead = forecasts[forecasts["bucket"] >= start]
    return ahead[["stream"]].drop_duplicates().assign(start=start)


def load_values(path: Path, params: Params) -> dict[str, list[float]]:
    """Read a YAML file of settings with the values to try, e.g. `supply.safety_factor: [0.5, 1.5]`.

    Raises PlanningError for a file that cannot be read, a setting that is no number of the section demand or supply,
    and a value out of its limits.
    """
    try:
        said = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as error:
        mend = "name a YAML file like `supply.safety_factor: [0.5, 1.5]`"
        raise PlanningError(Problem(str(path), "", "", f"cannot be read: {error}", mend)) from error
    if not isinstance(said, dict) or not said:
        raise PlanningError(Problem(path.name, "", "", "it names no setting", "write `setting: [values]`, one a line"))
    problems = [problem for name, tried in said.items() for problem in _wrong(path, str(name), tried, params)]
    if problems:
        raise PlanningError(problems)
    return said


def _wrong(path: Path, name: str, tried: Any, params: Params) -> list[Problem]:
    section, _, setting = name.partition(".")
    known = SECTIONS.get(section)
    now = getattr(getattr(params, section), setting, None) if known else None
    number = isinstance(now, float | int) and not isinstance(now, bool)
    if not (number or name in (FACTOR, WEIGHTS)):
        mend = f"name a number of the section demand or supply, or {WEIGHTS}"
        return [Problem(path.name, name, "", "this is no setting that can be learned", mend)]
    numbers = isinstance(tried, list) and all(isinstance(each, float | int) for each in tried)
    if not numbers or not tried:
        return [Problem(path.name, name, str(tried)[:60], "these are no values", "write a list of numbers")]
    if name == WEIGHTS:
        wrong = [each for each in tried if not 0 <= each < 1]
        what = "no share that people can have: the statistical forecast must have some"
        return [Problem(path.name, name, str(each), what, "give a share from 0 to below 1") for each in wrong]
    found = []
    for value in tried:
        try:
            known.model_validate({**getattr(params, section).model_dump(), setting: value})
        except ValidationError as error:
            found.append(Problem(path.name, name, str(value), error.errors()[0]["msg"], "give a value within limits"))
    return found


def _rules(tables: dict[str, pd.DataFrame]) -> bool:
    """Whether the setting service_level decides anywhere: where something is sold, and no policy says otherwise."""
    sold = tables["sales"][NODE].drop_duplicates().merge(tables["policies"], on=NODE, how="left")
    return bool((sold["service_level"].isna() & sold["safety_stock"].isna()).any())


def _factors(params: Params, tables: dict[str, pd.DataFrame], tried: Sequence[float]) -> list[Parameter]:
    """A safety factor for each family that has a policy or is sold."""
    said, items = params.supply.safety_factor, tables["items"].set_index("item_id")["family"]
    held = pd.concat([tables["policies"]["item_id"], tables["sales"]["item_id"]]).unique()
    families = sorted(items.reindex(held).dropna().unique())
    now = {family: said.get(family, 1.0) if isinstance(said, dict) else said for family in families}
    return [
        Parameter(
            ("supply", "safety_factor", name), now[name], tuple(each for each in tried if each != now[name]), "", now
        )
        for name in families
    ]


def _weights(params: Params, heard: pd.DataFrame, first_measured: pd.Timestamp, tried: Sequence[float]) -> Parameter:
    """The weights of the streams that spoke in the past: what people have together, parted as it is now."""
    settings = params.demand
    measured = not isinstance(settings.stream_weights, dict)
    path = ("demand", "prior_weights" if measured else "stream_weights")
    now = dict(settings.prior_weights if measured else settings.stream_weights)
    streams = sorted(heard["stream"].unique())
    if heard.loc[heard["start"] < first_measured, "start"].nunique() < HEARD:
        return Parameter(path, now, silent=_unheard(heard, streams, first_measured))
    parts = pd.Series({name: now.get(name, 0.0) for name in streams})
    parts = parts / parts.sum() if parts.sum() > 0 else parts + 1.0 / len(parts)
    values = [{"statistical": round(1 - share, 3), **(parts * share).round(3).to_dict()} for share in tried]
    return Parameter(path, now, tuple(each for each in values if each != now))


def _unheard(heard: pd.DataFrame, streams: list[str], first_measured: pd.Timestamp) -> str:
    if not streams:
        return "no past streams to learn from: the company kept nobody's forecasts"
    counted = heard["start"].nunique()
    before = heard.loc[heard["start"] < first_measured, "start"].nunique()
    said = (
        f"no past streams to learn from: {' and '.join(streams)} spoke in {counted} buckets, {before or 'none'} of them"
    )
    return f"{said} before {first_measured:%Y-%m}, from which on it is measured"
