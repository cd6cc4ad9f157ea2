"""What a replay compares: ways of planning, each told by what differs from the company's own params file."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError

from sopbench.contract import PlanningError, Problem
from sopbench.params import Change, Params, Supply
from sopbench.params.demand import Demand
from sopbench.params.file import read_yaml
from sopbench.params.section import Section


class Candidate(Section):
    """One way of planning: settings put over those of the params file, and changes of the tables planned from."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$", description="short name, e.g. service_99")
    meaning: str = Field("", description="what is tried, in words")
    demand: dict[str, Any] = Field({}, description="settings of the section demand that differ")
    supply: dict[str, Any] = Field({}, description="settings of the section supply that differ")
    changes: list[Change] = Field([], description="changes of tables, as in a scenario; demand_plan among them")
    overrides: Literal["taken", "left_out"] = Field("taken", description="what people put over the forecast")
    foresight: bool = Field(False, description="plans with the orders that truly came: a bound, no policy")

    def demand_settings(self, params: Params) -> Demand:
        """The section demand as this candidate has it; one process, as the replay itself works on several."""
        return Demand.model_validate({**params.demand.model_dump(), **self.demand, "jobs": 1})

    def supply_settings(self, params: Params) -> Supply:
        """The section supply as this candidate has it."""
        return Supply.model_validate({**params.supply.model_dump(), **self.supply})


LAST_YEAR = {
    "methods": {},
    "combine": ["seasonal_naive"],
    "choose_by": "combination",
    "choice_margin": 0.99,
    "reconcile": {"method": "bottom_up"},
    "stream_weights": {"statistical": 1.0},
}
"""Demand settings by which the forecast is what was sold a year before, with what is known of events put over it."""

ONE_METHOD = {
    "methods": {"theta": "SmoothingPanel('theta', season_length={season})"},
    "combine": ["theta"],
    "choose_by": "combination",
    "choice_margin": 0.99,
}
"""Demand settings by which every series is forecast by the Theta method (Assimakopoulos & Nikolopoulos 2000)."""

BOUNDS = (
    Candidate(
        name="naive",
        meaning="Last year's sales as the forecast, one bucket's demand as the stock everywhere",
        demand=LAST_YEAR,
        changes=[
            Change(table="policies", column="safety_stock", set=0.0),
            Change(table="policies", column="cover_min", set=1.0),
        ],
        overrides="left_out",
    ),
    Candidate(
        name="foresight",
        meaning="The orders that truly came, known beforehand: the best any plan could do",
        foresight=True,
    ),
)
"""What every candidate is held against: the naive policy and perfect foresight, computed like any other."""

DEFAULT_CANDIDATES = (
    Candidate(name="as_planned", meaning="The params file as it stands"),
    Candidate(
        name="one_method",
        meaning="The Theta method for everything, instead of the choice the backtest makes",
        demand=ONE_METHOD,
    ),
    Candidate(
        name="last_year",
        meaning="Last year's sales as the forecast, stock by the params file",
        demand=LAST_YEAR,
        overrides="left_out",
    ),
    Candidate(
        name="service_99",
        meaning="99 % service asked of everything",
        changes=[Change(table="policies", column="service_level", set=0.99)],
    ),
    Candidate(
        name="steady",
        meaning="The last plan's first three buckets are changed only where it pays",
        supply={"stability_price": 0.02},
    ),
)
"""What is compared where no file names anything else: a method, no method, a stock rule and a supply policy."""


def load_candidates(path: Path, params: Params) -> list[Candidate]:
    """Read a YAML file with a list of candidates.

    Raises PlanningError for a file that cannot be read, an unknown or wrong setting, and a name used twice or taken by
    a bound.
    """
    said = read_yaml(path)
    problems, found = [], []
    for number, each in enumerate(said if isinstance(said, list) else [said]):
        try:
            candidate = Candidate.model_validate(each)
            candidate.demand_settings(params), candidate.supply_settings(params)
            found.append(candidate)
        except ValidationError as error:
            problems += [_in_words(path, number, fault) for fault in error.errors()]
    names = [each.name for each in found]
    taken = {each.name for each in BOUNDS}
    for name in dict.fromkeys(names):
        if names.count(name) > 1 or name in taken:
            what = "a bound bears this name" if name in taken else "two candidates bear this name"
            problems.append(Problem(path.name, "name", name, what, "give it another"))
    if not found and not problems:
        problems.append(Problem(path.name, "", "", "it names no candidate", "list at least one, with a name"))
    if problems:
        raise PlanningError(problems)
    return found


def _in_words(path: Path, number: int, fault: Any) -> Problem:
    key = ".".join(str(part) for part in (number + 1, *fault["loc"]))
    message = "no such setting" if fault["type"] == "extra_forbidden" else fault["msg"].removeprefix("Value error, ")
    return Problem(path.name, key, str(fault["input"])[:60], message, "see docs/replay.md")
