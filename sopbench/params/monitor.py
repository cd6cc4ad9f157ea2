"""The parameters of step monitor: targets, limits, alerts and where a release goes."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from sopbench.params.section import Section

RULES = ("bias", "accuracy", "tracking signal", "service", "attainment", "purchases", "stock", "excess")
"""The rules that raise an exception."""


class Limits(Section):
    """Targets and limits of one family; what is left out is as for all."""

    service_target: float | None = Field(None, gt=0, le=1)
    otif_target: float | None = Field(None, gt=0, le=1)
    wape_target: float | None = Field(None, gt=0)
    bias_limit: float | None = Field(None, gt=0)
    tracking_signal_limit: float | None = Field(None, gt=0)
    attainment_target: float | None = Field(None, gt=0, le=1)
    adherence_target: float | None = Field(None, gt=0, le=1)
    purchase_target: float | None = Field(None, gt=0, le=1)
    stock_limit: float | None = Field(None, gt=0)
    excess_limit: float | None = Field(None, gt=0)
    nervousness_limit: float | None = Field(None, gt=0)


class Monitor(Section):
    """Implementation and monitoring: targets, when to raise an exception, where a release goes."""

    service_target: float = Field(0.97, gt=0, le=1, description="share of ordered units shipped on time")
    otif_target: float = Field(0.95, gt=0, le=1, description="share of order lines shipped on time and in full")
    wape_target: float = Field(
        0.30, gt=0, description="weighted absolute percentage error at item level, one bucket ahead"
    )
    bias_limit: float = Field(0.10, gt=0, description="bias beyond which an exception is raised")
    attainment_target: float = Field(0.95, gt=0, description="share of planned production made")
    adherence_target: float = Field(0.90, gt=0, le=1, description="1 less the share by which output strays from plan")
    purchase_target: float = Field(0.95, gt=0, le=1, description="share of purchases due that arrived")
    tracking_signal_limit: float = Field(4.0, gt=0, description="tracking signal beyond which an exception is raised")
    stock_limit: float = Field(
        0.20, gt=0, description="share by which stock may lie off its plan before an exception is raised"
    )
    excess_after: int = Field(6, ge=1, description="buckets of planned use beyond which stock is excess")
    excess_limit: float = Field(0.10, gt=0, description="share of stock that may be excess or obsolete")
    nervousness_limit: float = Field(0.30, gt=0, description="share of the near plan that may change in a cycle")
    rules_off: list[Literal[RULES]] = Field([], description="rules that raise no exception")
    family_limits: dict[str, Limits] = Field({}, description="by family: its own targets and limits")
    owners: dict[Literal[RULES], str] = Field({}, description="by rule: who looks after what it finds")
    due_days: int = Field(14, ge=1, description="days from the cycle's first day until an exception is due")
    exceptions_shown: int = Field(20, ge=1, description="exceptions shown, those with most money")
    release_to: str | None = Field(None, description="URL of the database that `sopbench release` also writes to")
    release_schema: str = Field(
        "sopbench", pattern=r"^[a-z_][a-z0-9_]*$", description="schema in that database; SQLite has none"
    )
