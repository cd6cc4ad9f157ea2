"""The section demand of a params file: cleaning, methods, levels, consensus."""

from __future__ import annotations

import re
from datetime import date
from difflib import get_close_matches
from typing import Annotated, Any, Literal

import pandas as pd
from pydantic import Discriminator, Field, Tag, ValidationInfo, field_validator, model_validator

from sopbench.params.section import DATE, Jobs, Section


class Backtest(Section):
    """How methods are tried on the past."""

    windows: int = Field(6, ge=1, le=1000, description="origins rolled through the past")
    step: int = Field(2, ge=1, le=1000, description="buckets between two origins")
    horizon: int = Field(6, ge=1, le=1000, description="buckets forecast at each origin")


DEFAULT_METHODS = {
    "theta": "SmoothingPanel('theta', season_length={season})",
    "holt_winters": "SmoothingPanel('holt_winters', season_length={season})",
    "damped_smoothing": (
        "StatsForecastPanel('AutoETS', season_length={season}, adjusted=True, refit=False, "
        "params={'model': 'AAN', 'damped': True})"
    ),
    "complex_smoothing": "StatsForecastPanel('AutoCES', season_length={season}, params={'model': 'P'})",
    "dynamic_theta": "StatsForecastPanel('DynamicOptimizedTheta', season_length={season}, refit=False)",
    "slow_movers": "FamilyShare(season_length={season})",
    "croston": "StatsForecastPanel('CrostonSBA')",
    "imapa": "StatsForecastPanel('IMAPA')",
    "fading_demand": "StatsForecastPanel('TSB', params={'alpha_d': 0.1, 'alpha_p': 0.1})",
}
"""Methods every series is tried with where a company names none; {season} is the number of buckets in a season."""

NAIVE = {
    "naive": "StatsForecastPanel('Naive')",
    "seasonal_naive": "StatsForecastPanel('SeasonalNaive', season_length={season})",
}
"""The methods every other one is measured against: as last bucket, as a season ago."""

FAMILY_SEASON = "family_season"
"""The method of a series too short for a backtest: its own level in its family's season."""

ALWAYS = {**NAIVE, FAMILY_SEASON: "FamilySeason(season_length={season})"}
"""The methods that are tried whatever a params file names."""

RESERVED = ("", "combination", "none")
"""What no method may be called: the combination of methods bears its own name, as does the want of any."""

COMBINED = ["theta", "holt_winters", "damped_smoothing", "complex_smoothing", "dynamic_theta"]
"""The methods whose middle is the forecast: chosen on earlier origins of M3's training parts and the two companies."""


REVERSIBLE = ("one-off order", "event", "stockout", "outlier")
"""Corrections of the history that a planner may reverse; methods take no less than 0, and days are told by family."""


class Keep(Section):
    """A correction of the history that is not to be made: what was ordered there is demand to learn from."""

    item_id: str = Field("", description="the item; empty = all")
    family: str = Field("", description="the family; empty = all")
    location_id: str = Field("", description="the location; empty = all")
    start: str | None = Field(None, description="first bucket, e.g. 2024-03; none = from the first on")
    end: str | None = Field(None, description="last bucket; none = up to the last")
    correction: Literal["", *REVERSIBLE] = Field("", description="the kind of correction; empty = all of these")
    owner: str = Field("", description="who says so")
    reason: str = Field(min_length=1, description="why")

    @field_validator("start", "end", mode="before")
    @classmethod
    def _a_bucket(cls, said: Any) -> Any:
        """A whole date is one to YAML already, 2025-10 is not."""
        said = said.isoformat() if isinstance(said, date) else said
        if said is not None and not re.fullmatch(DATE, str(said)):
            raise ValueError("not a month or a date: write it like 2025-09 or 2025-09-01")
        if said is not None:
            pd.Timestamp(said)  # a day that the month does not have is a ValueError
        return said

    @model_validator(mode="after")
    def _selects_something(self) -> Keep:
        if not (self.item_id or self.family or self.location_id or self.start or self.end or self.correction):
            raise ValueError("it would keep all history: name an item, a family, a location, a time or a correction")
        if self.start and self.end and pd.Timestamp(self.end) < pd.Timestamp(self.start):
            raise ValueError("it ends before it starts")
        return self


class Reconcile(Section):
    """How forecasts of several levels are made to add up.

    The default was measured on the example company (6 origins, 12 months each) and AdventureWorks (4 origins): see
    docs/2_demand.md. Levels of single items or mint_shrink did not do better on both.
    """

    method: Literal["bottom_up", "top_down", "middle_out", "ols", "wls_structural", "wls_variance", "mint_shrink"] = (
        Field("wls_variance", description="bottom_up leaves the series as they are; see docs/2_demand.md")
    )
    levels: list[list[str]] = Field(
        [[], ["family"], ["region"], ["family", "region"]],
        description="levels forecast for themselves, each a list of columns of items or locations; [] is the total",
    )
    level: list[str] = Field([], description="the level that middle_out believes, one of levels")

    @field_validator("levels")
    @classmethod
    def _names_a_column_once(cls, levels: list[list[str]]) -> list[list[str]]:
        twice = [level for level in levels if len(set(level)) < len(level)]
        if twice:
            raise ValueError(f"the level {twice[0]} names a column twice: name it once")
        return levels

    @model_validator(mode="after")
    def _believes_a_level_it_has(self) -> Reconcile:
        if self.method == "middle_out" and self.level not in self.levels:
            raise ValueError("level is the one middle_out believes: name one of levels")
        return self


Weights = dict[Literal["statistical", "sales", "marketing", "finance"], float]
"""A weight for each stream."""


class Demand(Section):
    """Demand planning: cleaning, methods, consensus."""

    methods: dict[str, str] = Field(DEFAULT_METHODS, description="name: sktime spec string; naive ones are always in")
    more_methods: dict[str, str] = Field(
        {}, description="name: sktime spec string of methods beside those of `methods`"
    )
    modules: list[str] = Field([], description="Python modules beside the params file whose forecasters specs may name")
    season: int | None = Field(None, ge=1, le=1000, description="buckets in a season; none = a year of them")
    backtest: Backtest = Field(Backtest(), description="how methods are tried on the past")
    outlier_threshold: float = Field(4.0, gt=0, description="robust standard deviations beyond which a bucket is cut")
    keep: list[Keep] = Field([], description="corrections of history that are not to be made, with owner and reason")
    day_elasticity: dict[str, float] = Field(
        {},
        description="by family: how demand follows working days; 0 = not, 1 = in proportion; others are measured",
    )
    choose_by: Literal["combination", "weighted", "segment", "best"] = Field(
        "combination",
        description="the mean of the methods in combine without lowest and highest, or weighted by backtest; or one "
        "method: the best of each segment, or of each series",
    )
    combine: list[str] = Field(COMBINED, description="the methods that are combined; of one it is that method")
    choice_margin: float = Field(
        0.3, ge=0, lt=1, description="share by which a method must beat the combination (by best: the naive one)"
    )
    jobs: Jobs = Field(-1, description="processes that share long backtests; -1 = as many as there are cores")
    reconcile: Reconcile = Field(Reconcile(), description="how forecasts of several levels are made to add up")
    stream_weights: Annotated[
        Annotated[Weights, Tag("weights")] | Annotated[Literal["measured"], Tag("measured")],
        Discriminator(lambda said: "weights" if isinstance(said, dict) else "measured"),
    ] = Field(
        {"statistical": 1.0},
        description="weight of each stream in the consensus, those absent share out theirs; or the word measured: by "
        "what each was worth in earlier cycles",
    )
    prior_weights: Weights = Field(
        {}, description="what measured weights start from, where little was measured yet; none = all streams alike"
    )

    @field_validator("methods", "more_methods")
    @classmethod
    def _names_of_methods_are_free(cls, methods: dict[str, str]) -> dict[str, str]:
        taken = [name for name in methods if name.strip() in RESERVED]
        if taken:
            raise ValueError(f"no method may be called {taken[0]!r}: give it a name of its own")
        return methods

    @field_validator("combine")
    @classmethod
    def _combines_methods_there_are(cls, combine: list[str], info: ValidationInfo) -> list[str]:
        known = [*ALWAYS, *info.data.get("methods", {}), *info.data.get("more_methods", {})]
        told = {"methods", "more_methods"} <= set(info.data)  # where these are wrong, that is told first
        unknown = [name for name in combine if name not in known] if told else []
        if unknown:
            near = get_close_matches(unknown[0], known, 1)
            mend = f"did you mean {near[0]}?" if near else f"there are {', '.join(known)}"
            raise ValueError(f"there is no method {unknown[0]!r}: {mend}")
        if not combine and info.data.get("choose_by") in ("combination", "weighted"):
            raise ValueError("it names no method: name one, or choose_by: best")
        twice = [name for name in combine if combine.count(name) > 1]
        if twice:
            raise ValueError(f"{twice[0]!r} stands there twice: a method is combined once")
        return combine

    @field_validator("stream_weights", "prior_weights")
    @classmethod
    def _weights_carry_the_consensus(cls, weights: Any, info: ValidationInfo) -> Any:
        given = weights if isinstance(weights, dict) else {"statistical": 1.0}
        nothing = info.field_name == "prior_weights" and not given
        if not nothing and (min(given.values(), default=0) < 0 or given.get("statistical", 0) <= 0):
            raise ValueError("weights must be 0 or more, and statistical above 0")
        return weights
