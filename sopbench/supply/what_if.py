"""Answers "what if" from a plan at hand: the changed tables' plan, from where the base plan's solver ended."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from sopbench.params import Supply
from sopbench.supply.answers.optimum import read_optimum
from sopbench.supply.model.door import fit_tables
from sopbench.supply.model.inputs import INPUTS, lay_out, model_inputs
from sopbench.supply.model.model import Inputs, Model, build_model
from sopbench.supply.network.paths import Paths
from sopbench.supply.plan import plan_tables
from sopbench.supply.solver.compile import compile_model
from sopbench.supply.solver.highs import Answer
from sopbench.supply.solver.live import LiveSolver, basis_as_numbers, basis_of_numbers
from sopbench.supply.solver.no_plan import no_plan
from sopbench.supply.solver.programme import Compiled, Programme
from sopbench.supply.solver.refilled import refill
from sopbench.supply.solver.solver import SMALL, solve_programme

LOCAL, STEPS, STEPS_OF_SMALL = 0.2, 3_000, 8_000
"""Share of the rows that a local change may touch, and steps of the simplex method from the base plan for it.

With 1,000 items one line's hours, a supplier's price or twenty items' demand take 20 to 700 steps and .2 to .9 s. In a
small company a supplier that is out for good takes up to 6,700 steps and 1 s, solving the whole .8 s.
"""

VAST = 1_000_000
"""Columns beyond which the base plan is one within the gap asked for; every question is then solved from its rough one.

With 1,000 items (400,000 columns) the best plan takes 11 s, with 10,000 it does not come in minutes.
"""


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
    before, so the order of questions changes nothing. The best plan is sought from the base's by the simplex method;
    where STEPS do not reach it, or the change is one of the network itself, or of much (LOCAL) of a large company, the
    whole is solved within the gap asked for, a large company from the base's rough solution.

    It can be sent to another process, which takes the base plan over as it is and solves nothing.
    """

    def __init__(
        self, settings: Supply, *, last_sourcing_plan: pd.DataFrame | None = None, **tables: pd.DataFrame | None
    ):
        """Plan the base case, from the tables `plan` takes. Raises PlanningError as `plan` does."""
        self._settings, self._tables, self._last = settings, fit_tables(INPUTS, tables), last_sourcing_plan
        self._case = _make_case(self._settings, self._tables, self._last)
        programme = self._case.compiled.programme
        # the best there is, so that no answer is short of it; whole numbers and vast companies take too long for that
        exact = not programme.whole.size and len(programme.cost) <= VAST
        self._base = self._solved(self._case, 0.0 if exact else settings.gap)
        self._live = LiveSolver(programme, self._base.basis) if exact else None

    def __getstate__(self) -> dict[str, Any]:
        """What cannot be made anew at once; the model and the solver are."""
        basis = None if self._live is None else basis_as_numbers(self._base.basis)
        base = replace(self._base, basis=None)
        return {"settings": self._settings, "tables": self._tables, "last": self._last, "base": base, "basis": basis}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self._settings, self._tables, self._last = state["settings"], state["tables"], state["last"]
        self._case = _make_case(self._settings, self._tables, self._last)
        basis = None if state["basis"] is None else basis_of_numbers(state["basis"])
        self._base = replace(state["base"], basis=basis)
        self._live = None if basis is None else LiveSolver(self._case.compiled.programme, basis)

    @property
    def base(self) -> Answer:
        """The base plan as the solver gave it."""
        return self._base

    def answer(self, scenario: str = "base", why: bool = True, **changed: pd.DataFrame) -> dict[str, pd.DataFrame]:
        """The plan with some tables replaced, as tables of the contract; its gap stands in `solution`.

        Without `why` its shortages have no cause, and it is there sooner.
        """
        case, answer = self._ask(changed)
        optimum = read_optimum(case.model, case.inputs, case.compiled, answer)
        return plan_tables(scenario, case.inputs, case.paths, optimum, case.items, why)

    def objective(self, **changed: pd.DataFrame) -> Answer:
        """What the plan with some tables replaced costs, and its gap, without the tables being made."""
        return self._ask(changed)[1]

    def _ask(self, changed: dict[str, pd.DataFrame]) -> tuple[_Case, Answer]:
        if not changed:
            return self._case, self._base
        case = _make_case(self._settings, self._tables | changed, self._last, self._case.compiled, self._tables)
        before, after = self._case.compiled.programme, case.compiled.programme
        answer = None
        share = changed_share(before, after)
        small = len(after.cost) <= SMALL
        if self._live is not None and share < 1 and (small or share <= LOCAL):
            answer = self._live.solve(after, self._settings.time_limit, STEPS_OF_SMALL if small else STEPS)
        return case, answer or self._solved(case, self._settings.gap, self._base)

    def _solved(self, case: _Case, gap: float, like: Answer | None = None) -> Answer:
        limit, began = self._settings.time_limit, time.monotonic()
        answer = solve_programme(case.compiled.programme, limit, gap, like)
        if answer is None:
            raise no_plan(case.compiled.programme, limit, time.monotonic() - began)
        return answer


def _make_case(
    settings: Supply,
    tables: Mapping[str, pd.DataFrame | None],
    last: pd.DataFrame | None,
    like: Compiled | None = None,
    fitted: Mapping[str, pd.DataFrame] | None = None,
) -> _Case:
    laid = lay_out(settings, fitted, **tables)
    inputs = model_inputs(settings, laid, last)
    model = build_model(inputs)
    compiled = None if like is None else refill(like, model.problem)
    return _Case(laid.tables["items"], inputs, laid.paths, model, compiled or compile_model(model, inputs))


def changed_share(before: Programme, after: Programme) -> float:
    """Right sides, costs and limits that differ, as a share of the rows, below 1; 1 where the network differs."""
    alike = before.matrix.shape == after.matrix.shape and before.equalities == after.equalities
    if not alike or before.whole.size or after.whole.size:
        return 1.0
    columns = (before.cost != after.cost) | (before.lower != after.lower) | (before.upper != after.upper)
    rows = np.count_nonzero(before.right != after.right) + np.count_nonzero(columns)
    return min(rows / max(len(after.right), 1), 0.99)
