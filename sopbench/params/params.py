"""Every parameter of every step: what a company's params file may say, its defaults and its checks."""

from __future__ import annotations

import codecs
import os
import re
from collections.abc import Callable
from datetime import date
from difflib import get_close_matches
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal
from urllib.parse import quote

import pandas as pd
from pydantic import BaseModel, Field, ValidationError, field_validator, model_validator

from sopbench.contract.problems import PlanningError, Problem
from sopbench.params.compute import Compute
from sopbench.params.credentials import (
    database_url,
    is_url,
    misspelt_url,
    parts,
    password_problem,
    passwords_written,
)
from sopbench.params.demand import Demand
from sopbench.params.file import read_yaml
from sopbench.params.meetings import Meetings
from sopbench.params.monitor import Monitor
from sopbench.params.project import refuse_outside
from sopbench.params.risk import Risk
from sopbench.params.section import DATE, Jobs, Section

if TYPE_CHECKING:
    from sqlalchemy import URL

STEPS = ("gather", "demand", "supply", "presop", "executive", "monitor")
"""The process steps, in the order they run."""


class SetApart(Section):
    """A rule for sales that are no demand to plan for: returns, one-off project orders."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$", description="short name, e.g. returns")
    where: dict[str, str | list[str]] = Field(
        {}, description="column: value or values; family, category, channel, region too; none = all sales"
    )
    negative: bool = Field(False, description="only buckets in which more came back than was ordered")
    above: float | None = Field(
        None, gt=1, description="only what is beyond its usual amount, in buckets with more than so many times that"
    )

    @model_validator(mode="after")
    def _selects_something(self) -> SetApart:
        if not (self.where or self.negative or self.above):
            raise ValueError("the rule selects nothing: give where, negative: true or above")
        if self.negative and self.above:
            raise ValueError("what came back is not above the usual: make two rules of it")
        return self


class Csv(Section):
    """How the company's CSV files are written; files of another form are refused, never guessed at."""

    separator: str = Field(",", min_length=1, max_length=1, description='what parts the columns; a tab is "\\t"')
    decimal: Literal[".", ","] = Field(".", description="what parts units from tenths")
    thousands: Literal["", ".", ",", " ", "'"] = Field("", description="what parts thousands; none in most exports")
    encoding: str = Field("utf-8", description="how characters are written: utf-8, cp1252, utf-16, ...")
    dates: str | None = Field(None, description='form of the dates, e.g. "%d.%m.%Y"; none = ISO, 2025-09-01')

    @field_validator("separator")
    @classmethod
    def _parts(cls, separator: str) -> str:
        if separator.isalnum() or separator in '"\r\n.-+':
            raise ValueError("columns cannot be parted by this")
        return separator

    @field_validator("encoding")
    @classmethod
    def _known_encoding(cls, encoding: str) -> str:
        try:
            "".encode(encoding)
            return codecs.lookup(encoding).name
        except LookupError as error:
            raise ValueError("no such encoding; use utf-8, cp1252, latin-1 or utf-16") from error

    @field_validator("dates")
    @classmethod
    def _tells_a_month(cls, dates: str | None) -> str | None:
        day = pd.Timestamp("2025-11-01")
        try:
            told = dates is None or pd.to_datetime(day.strftime(dates), format=dates) == day
        except ValueError:
            told = False
        if not told:
            raise ValueError("dates written so do not tell year and month; write it like %d.%m.%Y")
        return dates

    @model_validator(mode="after")
    def _apart(self) -> Csv:
        if self.thousands == self.decimal:
            raise ValueError("decimal and thousands are the same")
        return self


class Gather(Section):
    """Data gathering: where the company's data is and what is let through."""

    source: str = Field(
        description="the company's data: a folder, or a database's URL; ${NAME} takes a variable of the environment"
    )
    mapping: str | None = Field(None, description="folder of .sql files, one a contract table; none = contract tables")
    csv: Csv = Field(Csv(), description="how contract tables kept as CSV are written")
    time_limit: float = Field(600, gt=0, description="seconds one SELECT of the mapping may take")
    handed_in: str | None = Field(
        None, description="folder of workbooks that came back from sales, marketing and finance"
    )
    working_days: float = Field(21, gt=0, description="days worked in a bucket where the company gives no calendar")
    set_apart: list[SetApart] = Field(
        [], description="sales that are no demand to plan for, such as returns and one-off projects"
    )


LIMITS = (
    "capacity",
    "source_limits",
    "source_shares",
    "stock_targets",
    "greatest_cover",
    "shelf_life",
    "backlog_limits",
    "frozen_buckets",
)
"""The families of limits a supply plan keeps to, each of which a params file may leave out by name."""


class Supply(Section):
    """Supply planning: how the plan is made, and what things cost that the tables do not price."""

    strategy: Literal["optimal", "level", "chase"] = Field(
        "optimal",
        description="optimal: least cost; level: the same hours and people in every bucket; chase: make what is wanted",
    )
    without: list[Literal[LIMITS]] = Field(
        [], description="limits left out, to see what they cost: " + ", ".join(LIMITS)
    )
    objective: Literal["cost", "margin"] = Field(
        "cost",
        description="cost: meet demand at least cost; margin: sell what brings more than it costs",
    )
    allocation: Literal["money", "priority", "fair_share"] = Field(
        "money",
        description="who goes without when short: whose weight by priority costs least; the lower priority, at any "
        "cost; all alike",
    )
    headcount: Literal["given", "planned", "whole"] = Field(
        "given",
        description="people: those there; hired and laid off by the plan; the same in whole people",
    )
    lot_fence: int = Field(
        0, ge=0, description="buckets at the start in which lots are whole and set up for; later ones are averaged"
    )
    service_level: float = Field(0.95, gt=0, lt=1, description="where the policies give none")
    safety_factor: Annotated[float, Field(ge=0)] | dict[str, Annotated[float, Field(ge=0)]] = Field(
        1.0, description="times the safety stock, computed or the policies' units; of all, or family: number"
    )
    safety_stock_by: Literal["quantile", "normal"] = Field(
        "quantile", description="the errors measured over the lead time as they are, or a normal distribution as wide"
    )
    safety_stock_placement: Literal["single", "multi"] = Field(
        "single", description="each place sees to itself, or stock is placed for the network as a whole"
    )
    review: int = Field(
        1, ge=0, le=1000, description="buckets from one plan to the next, which stock covers besides lead time"
    )
    holding_share: float = Field(0.02, ge=0, description="of unit cost, to hold one unit for one bucket")
    backlog_share: float = Field(0.10, ge=0, description="of unit price, for one unit late by one bucket")
    lost_sale_share: float = Field(1.0, gt=0, description="of unit price, for a unit not sold, where margin says less")
    safety_stock_price: float = Field(
        4.0, ge=0, description="times holding cost, for one unit missing from safety stock"
    )
    stability_price: float = Field(
        0.0, ge=0, description="of a unit's cost, for a unit started more or less than last cycle's plan said"
    )
    stability_fence: int = Field(3, ge=0, description="buckets at the start in which that counts")
    frozen: int = Field(
        0, ge=0, description="buckets at the start in which last cycle's plan stands: what it starts there is started"
    )
    fence: int = Field(1, ge=0, description="buckets at the start in which released orders are firm")
    time_limit: float = Field(300, gt=0, description="seconds the solver may take")
    gap: float = Field(
        0.005, ge=0, lt=1, description="share by which a plan may cost more than the best, where that saves much time"
    )


class Change(Section):
    """One change to a contract table: rows selected, and what becomes of one column; or rows that come or go."""

    table: str = Field(description="the contract table")
    column: str = Field("", description="the column changed")
    set: float | None = Field(None, description="the new value")
    add: float | None = Field(None, description="what is added")
    multiply: float | None = Field(None, description="the factor")
    shift: int | None = Field(None, description="buckets by which values come later; earlier where below 0")
    rows: list[dict[str, str | float | date]] | None = Field(None, description="rows that come; a same key is replaced")
    remove: bool = Field(False, description="the rows selected go")
    where: dict[str, str | list[str]] = Field({}, description="column: value or values; family, category, channel too")
    start: str | None = Field(None, description="first bucket it holds for")
    end: str | None = Field(None, description="last bucket it holds for")

    @field_validator("start", "end", mode="before")
    @classmethod
    def _as_written(cls, said: Any) -> Any:
        """A whole date is one to YAML already, 2025-10 is not."""
        return said.isoformat() if isinstance(said, date) else said


class Scenario(Section):
    """A named question with what it changes."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$", description="short name")
    question: str = Field(description="the question it answers")
    owner: str = Field("", description="who asked; for an option, who decides")
    kind: Literal["risk", "option"] = Field(
        "risk", description="risk: something that may happen to us; option: something we can choose to do"
    )
    cost: float = Field(0.0, ge=0, description="money an option takes once, beside what its plan shows")
    reason: str = Field("", description="why it is asked")
    expires: date | None = Field(None, description="the day from which it is no longer asked; none = never")
    parent: str = Field("", description="the scenario whose changes are made first; empty = base")
    changes: list[Change] = Field(min_length=1, description="what differs from base, or from its parent")


class Presop(Section):
    """Pre-S&OP: the scenarios compared, and what the plan risks."""

    scenarios: list[Scenario] = Field([], description="the scenarios beside base")
    jobs: Jobs = Field(-1, description="processes that share much solving; -1 = as many as there are cores")
    levers_for: int = Field(
        3,
        ge=0,
        le=1000,
        description="largest causes of shortage, and gaps to the budget, for which levers are tried; 0 = none",
    )
    lever_overtime: float = Field(0.5, gt=0, description="share of overtime hours that a lever adds")
    lever_shift: float = Field(0.15, gt=0, description="share of regular hours, or of a supplier's limit, a lever adds")
    lever_premium: float = Field(0.25, ge=0, description="share of cost that a new partner or a quicker one takes more")
    lever_price: float = Field(0.05, gt=0, lt=1, description="share by which a lever moves list prices")
    price_elasticity: Annotated[float, Field(le=0)] | dict[str, Annotated[float, Field(le=0)]] | None = Field(
        None, description="per cent of demand that one per cent of price adds, below 0; of all, or family: number"
    )
    bottleneck_from: float = Field(
        0.95, gt=0, description="share of regular hours from which a resource is a bottleneck"
    )
    receivable_days: float = Field(30, ge=0, description="days after shipping in which customers pay")
    payable_days: float = Field(30, ge=0, description="days after arrival in which suppliers and carriers are paid")
    risk: Risk = Risk()


class Executive(Section):
    """Executive S&OP: what is recommended and who approves."""

    recommend: str | None = Field(
        None, description="base or the option recommended; none = the most profitable that serves no worse than base"
    )
    material_share: float = Field(
        0.001, ge=0, lt=1, description="share of planned revenue from which something is worth the executives' time"
    )
    decide_within_days: int = Field(14, ge=1, description="days the executives have for a decision")
    owners: dict[Literal["shortage", "budget", "write_off"], str] = Field(
        {}, description="who decides on shortages, on gaps to the budget and on stock that will expire, by each's name"
    )
    approve_past_as: str | None = Field(
        None, description="who approved the past cycles that a run rebuilds; none = nobody"
    )


class Params(Section):
    """A company's parameters: a section for each step."""

    company: str = Field(pattern=r"^[a-z][a-z0-9_-]*$", description="short name; its cycles are kept under it")
    title: str = Field("", description="the company's name as people write it")
    currency: str = Field("EUR", description="code of the company's currency")
    cycle: str = Field(description="the cycle to run: its first bucket, e.g. 2025-09")
    past_cycles: int = Field(0, ge=0, le=520, description="earlier cycles that `sopbench run` rebuilds first")
    horizon: int = Field(18, ge=1, le=120, description="buckets planned")
    frequency: Literal["month", "week", "calendar"] = Field(
        "month", description="what a bucket is: a month, an ISO week, or a row of the company's table calendar (4-4-5)"
    )
    cycles: str | None = Field(None, description="folder where cycles are kept; none = cycles/ beside params/")
    gather: Gather
    demand: Demand = Demand()
    supply: Supply = Supply()
    presop: Presop = Presop()
    executive: Executive = Executive()
    monitor: Monitor = Monitor()
    meetings: Meetings = Meetings()
    compute: Compute = Compute()

    @field_validator("cycle", mode="before")
    @classmethod
    def _a_date(cls, value: Any) -> str:
        return first_day(value).strftime("%Y-%m-%d").removesuffix("-01")


def first_day(cycle: Any) -> pd.Timestamp:
    """The first day of the bucket a cycle is named by: 2025-09, 2025-09-01 or a date."""
    try:
        if not re.fullmatch(DATE, str(cycle)):
            raise ValueError(cycle)
        return pd.Timestamp(str(cycle))
    except ValueError as error:
        problem = Problem("params", "cycle", str(cycle), "not a month or a date", "write it like 2025-09")
        raise PlanningError(problem) from error


def load(path: str | Path, settings: dict[str, dict[str, Any]] | None = None) -> Params:
    """Read a params file; `settings` are put over it, a dict for each section.

    Raises PlanningError that lists every misspelt name and every value out of its limits.
    """
    path = locate(path, Path.cwd())
    said = read_yaml(path)
    if not isinstance(said, dict):
        raise PlanningError(
            Problem(path.name, "", "", "holds no parameters", "start it with company:, cycle:, gather:")
        )
    for section, values in (settings or {}).items():
        said[section] = {**(said.get(section) or {}), **values}
    if written := list(passwords_written(said)):
        raise PlanningError([password_problem(path.name, key) for key in written])
    try:
        return Params.model_validate(said)
    except ValidationError as error:
        raise PlanningError([_in_words(path.name, fault, said) for fault in error.errors()]) from error


def load_scenarios(path: str | Path) -> list[Scenario]:
    """Read a file of scenarios: one, or a list, written as in a params file. Raises PlanningError as `load`."""
    path = locate(path, Path.cwd())
    said = read_yaml(path)
    try:
        return Presop.model_validate({"scenarios": said if isinstance(said, list) else [said]}).scenarios
    except ValidationError as error:
        faults = [{**fault, "loc": ("presop", *fault["loc"])} for fault in error.errors()]
        raise PlanningError([_in_words(path.name, fault, {}) for fault in faults]) from error


def locate(path: str | Path, start: Path) -> Path:
    """The file or folder `path` names, looked for in `start` and then in the folders above it.

    `${NAME:-default}` in it takes a variable of the environment. Raises PlanningError where nothing is found.
    """
    wanted = Path(expand(str(path))).expanduser()
    for folder in (start, *start.resolve().parents):
        if (folder / wanted).exists():
            return (folder / wanted).resolve()
    mend = f"check the spelling, or run from the project's folder (looked in {start.resolve()} and above)"
    raise PlanningError(Problem(str(wanted), "", "", "there is no such file or folder", mend))


def source(said: str, start: Path) -> Path | URL:
    """Where the company's data is: a folder, found as `locate` finds it, or a database's URL, shown without password.

    Variables in the URL's user and password are taken literally: they may hold any character. Blanks and line ends
    around the URL are passed over: a variable filled from a file often ends in one.
    Raises PlanningError where there is no such folder, variable or file of a database, or it is outside of the project.
    """
    scheme, user, rest = parts(said)
    text = (expand(scheme) + expand(user, partial(quote, safe="")) + expand(rest)).strip()
    if not is_url(text) and not misspelt_url(text):
        return refuse_outside(locate(said, start), said, start, "gather.source")
    url = database_url(text)
    if url.drivername.startswith("sqlite") and url.database:
        file = refuse_outside(locate(url.database, start), said, start, "gather.source")
        return url.set(database=str(file))
    return url


def expand(said: str, encode: Callable[[str], str] = str) -> str:
    """Replace ${NAME} and ${NAME:-default} by variables of the environment."""

    def value(match: re.Match) -> str:
        found = os.environ.get(match["name"]) or match["default"]
        if found is None:
            mend = f"set it, or write ${{{match['name']}:-default}}"
            raise PlanningError(Problem("params", said, match["name"], "the environment has no such variable", mend))
        return encode(found)

    return re.sub(r"\$\{(?P<name>\w+)(?::-(?P<default>[^}]*))?\}", value, said)


def _in_words(file: str, fault: dict[str, Any], said: dict[str, Any]) -> Problem:
    key = ".".join(str(part) for part in fault["loc"])
    if fault["type"] == "extra_forbidden":
        near = get_close_matches(str(fault["loc"][-1]), _names_beside(fault["loc"]), 1)
        mend = f"did you mean {near[0]}?" if near else "remove it; the page of each step in docs/ lists its parameters"
        return Problem(file, key, str(fault["input"])[:60], "no such parameter", mend)
    if fault["type"] == "missing":
        return Problem(file, key, "", "this parameter is missing", f"add {fault['loc'][-1]}")
    return Problem(file, key, str(fault["input"])[:60], fault["msg"].removeprefix("Value error, "), "change the value")


def _names_beside(loc: tuple[Any, ...]) -> list[str]:
    """The names allowed where an unknown one stands."""
    model: Any = Params
    for part in loc[:-1]:
        if isinstance(part, int):
            continue
        kind = model.model_fields[part].annotation
        inner = [each for each in getattr(kind, "__args__", ()) if isinstance(each, type)]
        model = inner[0] if inner else kind
        if not (isinstance(model, type) and issubclass(model, BaseModel)):
            return []
    return list(model.model_fields)
