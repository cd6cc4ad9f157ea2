"""What the pack of a cycle is made from: the finished tables of its steps, read once, and the answers they give."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from sopbench.contract import PlanningError, Problem
from sopbench.cycle import Cycle
from sopbench.executive import recommend
from sopbench.views.executive_answers import Answer, against_budget, at_risk, since_last_cycle, to_decide
from sopbench.views.numbers import bucket_name, speak

NEEDED = ("gather", "demand", "supply", "presop", "executive")
"""The steps that must have finished."""


@dataclass(frozen=True)
class Material:
    """A finished cycle as the pack shows it.

    `plan` are the tables of step executive (the recommended plan), `compared` those of presop (every scenario, risks
    among them), `demand` and `gathered` those of the steps before.
    """

    cycle: Cycle
    plan_hash: str
    recommended: str
    reason: str
    plan: dict[str, pd.DataFrame]
    compared: dict[str, pd.DataFrame]
    demand: dict[str, pd.DataFrame]
    items: pd.DataFrame

    @property
    def company(self) -> str:
        """The company as people call it."""
        return self.cycle.params.title or self.cycle.params.company

    @property
    def currency(self) -> str:
        """The company's currency."""
        return self.cycle.params.currency

    @property
    def month(self) -> str:
        """The cycle as people call it: Sep 2025."""
        return bucket_name(self.cycle.start)

    @property
    def recommendation(self) -> str:
        """The plan recommended and why, in a sentence."""
        return f"Recommended: {in_words(self.recommended)} – {self.reason}."

    @property
    def approval(self) -> str:
        """Whether the plan is approved, and by whom, in a sentence."""
        said = self.cycle.approval()
        if not said:
            return "Not yet approved."
        condition = f" on condition that: {said['conditions']}" if said["conditions"] else ""
        return f"Approved by {said['by']} on {said['at'][:10]}{condition}."

    def answers(self) -> tuple[Answer, ...]:
        """The four answers of the executive meeting."""
        comparison, shortages, currency = self.plan["comparison"], self.plan["shortages"], self.currency
        scenarios, kpis = self.compared["scenarios"], self.compared["scenario_kpis"]
        return (
            against_budget(comparison, currency),
            since_last_cycle(comparison, currency),
            at_risk(shortages, scenarios, kpis, currency),
            to_decide(self.plan["decisions"], currency),
        )

    def plain(self, text: str) -> str:
        """The text with the names of families and scenarios as people say them."""
        names = [*self.items["family"].unique(), *self.compared["scenarios"]["scenario"]]
        for name in sorted(filter(lambda name: "_" in name, names), key=len, reverse=True):
            text = text.replace(name, in_words(name))
        return text


def read(cycle: Cycle) -> Material:
    """Read what the pack shows of a cycle.

    Raises PlanningError where a step has not finished, was run by hand, or ran under another params file.
    """
    for step in NEEDED:
        _refuse_unless_run(cycle, step)
    speak(cycle.params.frequency)
    plan_hash = cycle.plan_hash()
    plan, compared = cycle.tables("executive"), cycle.tables("presop")
    recommended = ", ".join(plan["financial_plan"]["scenario"].unique())
    asked = {"scenarios": compared["scenarios"], "scenario_kpis": compared["scenario_kpis"]}
    chosen, reason = recommend(cycle.params.executive, **asked, currency=cycle.params.currency)
    names = ("demand_plan", "history", "stream_weights", "method_choice")
    demand = {name: cycle.read("demand", name) for name in names}
    items = cycle.read("gather", "items")
    if chosen != recommended:
        message = f"the tables recommend {recommended}, the params file now leads to {chosen}"
        raise PlanningError(Problem("pack", "recommended", recommended, message, _again(cycle, "executive")))
    refuse_if_run_again(cycle, plan_hash)
    return Material(cycle, plan_hash, recommended, reason, plan, compared, demand, items)


def refuse_if_run_again(cycle: Cycle, plan_hash: str) -> None:
    """Raise PlanningError where the cycle's tables are no longer those that were read."""
    if cycle.plan_hash() != plan_hash:
        message = f"cycle {cycle.name} was run again while the pack was made"
        raise PlanningError(Problem("pack", "", "", message, "give the command again once the run has ended"))


def in_words(name: str) -> str:
    """A name of a table, family or scenario as people write it."""
    return name.replace("_", " ")


def _refuse_unless_run(cycle: Cycle, step: str) -> None:
    """The notebook kept of a step shows its tables only where the runner has run both."""
    record = cycle.record(step)
    if not record:
        message = f"cycle {cycle.name} of {cycle.params.company} has not been run as far as step executive"
    elif "fingerprint" not in record:
        message = f"step {step} of cycle {cycle.name} was run by hand: the notebook kept of it is an older one"
    else:
        return
    raise PlanningError(Problem("pack", "step", step, message, _again(cycle, "executive")))


def _again(cycle: Cycle, step: str) -> str:
    return f"run: sopbench run {cycle.params_name} --cycle {cycle.name} --to {step}"
