"""Answers "what if" from a plan at hand: the changed tables' plan, from where the base plan's solver ended."""

from __future__ import annotations

import time
from dataclasses import dataclass

import pandas as pd

from sopbench.params import Supply
from sopbench.supply.answers.optimum import read_optimum
from sopbench.supply.model.inputs import lay_out, model_inputs
from sopbench.supply.model.model import Inputs, Model, build_model
from sopbench.supply.network.paths import Paths
from sopbench.supply.plan import plan_tables
from sopbench.supply.solver.highs import Answer
from sopbench.supply.solver.no_plan import no_plan
from sopbench.supply.solver.programme import Compiled, compile_problem
from sopbench.supply.solver.restricted import SHARE, find_items, solve_restricted, touched_items
from sopbench.supply.solver.solver import SMALL, solve_from, solve_programme

LOCAL_GAP = 5e-4
"""Proven gap up to which the plan of the touched items alone is the answer."""


@dataclass(frozen=True)
class _Case:
    """The tables of one case and the programme made of them."""

    items: pd.DataFrame
    inputs: Inputs
    paths: Paths
    model: Model
    compiled: Compiled


class WhatIf:
    """The base plan of a company, ready for questions.

    A question is a set of tables that replace the base's. Every question starts from the base plan, whatever was asked
    before, so the order of questions changes nothing. Small programmes are solved to the optimum from the base's
    basis. Large ones are first planned anew for the items that a change touches, all else held: where the proven
    gap is then at most LOCAL_GAP, that is the answer; else the whole is solved.
    """

    def __init__(
        self, settings: Supply, *, last_sourcing_plan: pd.DataFrame | None = None, **tables: pd.DataFrame | None
    ):
        """Plan the base case, from the tables `plan` takes. Raises PlanningError as `plan` does."""
        self._settings, self._tables, self._last = settings, tables, last_sourcing_plan
        self._case = _make_case(settings, tables, last_sourcing_plan)
        # the best there is: what it is short of it, every answer would be; whole numbers can take too long for that
        whole = self._case.compiled.programme.whole.size > 0
        self._base = self._solved(self._case, settings.gap if whole else 0.0)
        self._items = find_items(self._case.model, self._case.inputs, self._case.compiled)

    @property
    def base(self) -> Answer:
        """The base plan as the solver gave it."""
        return self._base

    def answer(self, scenario: str = "base", **changed: pd.DataFrame) -> dict[str, pd.DataFrame]:
        """The plan with some tables replaced, as tables of the contract; its gap stands in `solution`."""
        case, answer = self._ask(changed)
        optimum = read_optimum(case.model, case.inputs, case.compiled, answer)
        return plan_tables(scenario, case.inputs, case.paths, optimum, case.items)

    def objective(self, **changed: pd.DataFrame) -> Answer:
        """What the plan with some tables replaced costs, and its gap, without the tables being made."""
        return self._ask(changed)[1]

    def _ask(self, changed: dict[str, pd.DataFrame]) -> tuple[_Case, Answer]:
        if not changed:
            return self._case, self._base
        case = _make_case(self._settings, {**self._tables, **changed}, self._last)
        before, after, gap = self._case.compiled.programme, case.compiled.programme, self._settings.gap
        if before.matrix.shape != after.matrix.shape or before.equalities != after.equalities or after.whole.size:
            return case, self._solved(case, gap)
        if len(after.cost) <= SMALL:
            answer = solve_from(after, self._base.basis, self._settings.time_limit)
            return case, answer or self._solved(case, gap)
        touched = touched_items(before, after, self._items)
        if touched.mean() <= SHARE:
            of_column = self._items.of_column
            answer = solve_restricted(
                after, self._base, (of_column < 0) | touched[of_column], self._settings.time_limit
            )
            if answer is not None and answer.gap <= LOCAL_GAP:
                return case, answer
        return case, self._solved(case, gap, self._base)

    def _solved(self, case: _Case, gap: float, like: Answer | None = None) -> Answer:
        limit, began = self._settings.time_limit, time.monotonic()
        answer = solve_programme(case.compiled.programme, limit, gap, like)
        if answer is None:
            raise no_plan(case.compiled.programme, limit, time.monotonic() - began)
        return answer


def _make_case(settings: Supply, tables: dict[str, pd.DataFrame | None], last: pd.DataFrame | None) -> _Case:
    laid = lay_out(settings, **tables)
    inputs = model_inputs(settings, laid, last)
    model = build_model(inputs)
    return _Case(laid.tables["items"], inputs, laid.paths, model, compile_problem(model.problem))
