"""The solver: what it gives is best or within a proven gap, by every method, and handed back to cvxpy whole."""

import time
from dataclasses import replace

import cvxpy as cp
import numpy as np
import pytest
import scipy.optimize
import scipy.sparse as sp
from supply_cases import random_inputs, violations

from sopbench.params import Supply
from sopbench.supply import plan
from sopbench.supply.model.inputs import lay_out, model_inputs
from sopbench.supply.model.model import build_model
from sopbench.supply.solver import dealt
from sopbench.supply.solver import solver as by_size
from sopbench.supply.solver.bound import implied_upper, lower_bound
from sopbench.supply.solver.compile import compile_model
from sopbench.supply.solver.dealt import deal_out, solve_dealt
from sopbench.supply.solver.first_order import Point, approach, scaled_programme
from sopbench.supply.solver.highs import OPTIMAL, WITHIN_GAP, Answer
from sopbench.supply.solver.large import solve_large
from sopbench.supply.solver.live import LiveSolver
from sopbench.supply.solver.mended_prices import find_outputs, mended_prices, without_surplus
from sopbench.supply.solver.programme import compile_problem
from sopbench.supply.solver.solver import solve_programme

SEEDS = range(3)


def mixing(seed, whole=False):
    """A problem with a finite optimum: cover needs with packs that cost something, from a limited lot."""
    rng = np.random.default_rng(seed)
    packs = cp.Variable(12, integer=whole, bounds=[0, 6])
    missing = cp.Variable(5, nonneg=True)
    inside, needs = rng.uniform(0, 3, (5, 12)), rng.uniform(10, 30, 5)
    covered, lot = inside @ packs + missing == needs, cp.sum(packs) <= 14.5
    cost = rng.uniform(1, 4, 12) @ packs + 9.0 * cp.sum(missing) + 7.0
    return cp.Problem(cp.Minimize(cost), [covered, lot]), packs


@pytest.mark.parametrize("seed", SEEDS)
def test_values_duals_and_cost_are_those_cvxpy_finds_itself(seed):
    problem, packs = mixing(seed)
    compiled = compile_problem(problem)
    answer = solve_programme(compiled.programme, 60.0, 0.0)
    compiled.hand_back(answer.columns, answer.prices)
    ours = problem.objective.value, packs.value, [rule.dual_value for rule in problem.constraints]
    problem.solve(solver=cp.HIGHS)
    assert problem.status == cp.OPTIMAL
    assert ours[0] == pytest.approx(problem.value, rel=1e-9) == answer.objective
    assert ours[1] == pytest.approx(packs.value, abs=1e-7)
    for found, rule in zip(ours[2], problem.constraints, strict=True):
        assert found == pytest.approx(rule.dual_value, abs=1e-7)


@pytest.mark.parametrize("seed", SEEDS)
def test_whole_numbers_come_whole_with_a_gap_and_with_prices(seed):
    problem, packs = mixing(seed, whole=True)
    compiled = compile_problem(problem)
    answer = solve_programme(compiled.programme, 60.0, 0.0)
    compiled.hand_back(answer.columns, answer.prices)
    assert packs.value == pytest.approx(np.round(packs.value), abs=1e-9)
    assert all(rule.dual_value is not None for rule in problem.constraints)
    theirs = mixing(seed, whole=True)[0].solve(solver=cp.SCIPY)
    assert answer.objective == pytest.approx(theirs, rel=1e-6)
    assert answer.gap < 1e-6


@pytest.mark.parametrize("seed", SEEDS)
def test_a_plan_with_whole_numbers_stops_within_the_gap_asked_for(seed):
    programme = compile_problem(mixing(seed, whole=True)[0]).programme
    best, loose = (solve_programme(programme, 60.0, gap) for gap in (0.0, 0.2))
    assert loose.gap <= 0.2
    assert loose.bound <= best.objective + 1e-9 <= loose.objective + 2e-9


def test_no_answer_where_time_runs_out_before_a_plan_is_found():
    programme = compile_problem(mixing(0)[0]).programme
    assert solve_programme(programme, 1e-12, 0.0) is None


@pytest.mark.parametrize("seed", SEEDS)
def test_the_bound_holds_whatever_the_prices_and_is_the_optimum_at_the_best_ones(seed):
    rng = np.random.default_rng(seed)
    programme = compile_problem(mixing(seed)[0]).programme
    best = solve_programme(programme, 60.0, 0.0)
    assert lower_bound(programme, best.prices, best.objective) == pytest.approx(best.objective, rel=1e-9)
    for size in (1e-6, 1e-2, 1.0, 30.0):
        prices = best.prices + size * rng.normal(size=len(best.prices))
        assert lower_bound(programme, prices, best.objective) <= best.objective + 1e-9
        assert lower_bound(programme, prices, 2 * best.objective) <= best.objective + 1e-9


@pytest.mark.parametrize("seed", SEEDS)
def test_an_implied_limit_is_never_below_what_the_rows_allow(seed):
    programme = compile_problem(mixing(seed)[0]).programme
    limits = implied_upper(programme)
    assert np.isfinite(limits).all()
    equal = programme.equalities
    matrix = programme.matrix.toarray()
    for column in range(matrix.shape[1]):
        most = scipy.optimize.linprog(
            -np.eye(matrix.shape[1])[column], matrix[equal:], programme.right[equal:], matrix[:equal],
            programme.right[:equal], np.column_stack([programme.lower, programme.upper]),
        )  # fmt: skip
        assert -most.fun <= limits[column] + 1e-7


def company_programme(seed):
    inputs = random_inputs(seed)
    tables = lay_out(Supply(), **inputs)
    return compile_problem(build_model(model_inputs(Supply(), tables)).problem).programme


@pytest.mark.parametrize("seed", SEEDS)
def test_mended_prices_leave_no_column_that_earns_without_limit(seed):
    rng = np.random.default_rng(seed)
    programme = company_programme(seed)
    best = solve_programme(programme, 60.0, 0.0)
    outputs = find_outputs(programme)
    for size in (0.0, 0.01, 0.3):
        prices = mended_prices(programme, best.prices * rng.normal(1.0, size, len(best.prices)), outputs)
        reduced = programme.cost - programme.matrix.T @ prices
        assert reduced[np.isinf(programme.upper)].min() >= -1e-6
        bound = lower_bound(programme, prices)
        assert bound <= best.objective * (1 + 1e-9)
        if size == 0.0:
            assert bound == pytest.approx(best.objective, rel=1e-6)


@pytest.mark.parametrize("seed", range(6))
def test_limits_lose_what_no_column_asks_of_their_prices_and_no_bound_gets_worse(seed):
    rng = np.random.default_rng(seed)
    programme = company_programme(seed)
    outputs, equal = find_outputs(programme), programme.equalities
    best = solve_programme(programme, 60.0, 0.0)
    prices = best.prices.copy()
    prices[equal:] -= rng.uniform(0, 50, len(prices) - equal)
    dear = mended_prices(programme, prices, outputs)
    lean = without_surplus(programme, dear)
    assert (dear[equal:] <= lean[equal:]).all()
    assert (lean[equal:] <= 0).all()
    assert lean[:equal] == pytest.approx(dear[:equal], abs=0)
    earned, still = (np.minimum(programme.cost - programme.matrix.T @ each, 0.0) for each in (dear, lean))
    assert (still >= earned - 1e-6)[np.isinf(programme.upper)].all()
    assert lower_bound(programme, dear) * (1 - 1e-9) <= lower_bound(programme, lean) <= best.objective * (1 + 1e-9)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_rough_solution_comes_near_the_best_cost_and_breaks_its_rows_little(seed):
    programme = company_programme(seed)
    best = solve_programme(programme, 60.0, 0.0)
    start = Point(np.zeros_like(programme.cost), np.zeros(len(programme.right)))
    found = approach(scaled_programme(programme, np.float64), start, lambda point, steps: False, 20_000)
    assert programme.objective(found.columns) == pytest.approx(best.objective, rel=0.01)
    assert programme.violation(found.columns) < 0.01
    assert lower_bound(programme, found.prices) == pytest.approx(best.objective, rel=0.02)


@pytest.mark.parametrize("gap", [0.0, 0.005, 0.05])
@pytest.mark.parametrize("seed", SEEDS)
def test_a_plan_from_few_columns_is_within_the_gap_of_the_best_and_at_a_basis(seed, gap):
    programme = company_programme(seed)
    best = solve_programme(programme, 60.0, 0.0)
    found = solve_large(programme, 60.0, gap)
    assert programme.violation(found.columns) < 1e-9
    assert found.bound <= best.objective * (1 + 1e-9) <= found.objective * (1 + 2e-9)
    assert found.gap <= gap
    again = LiveSolver(programme, found.basis).solve(programme, 60.0, 100_000)
    assert again.objective == pytest.approx(best.objective, rel=1e-9)


def test_a_plan_from_few_columns_starts_from_the_rough_solution_of_a_like_one():
    programme = company_programme(1)
    first = solve_large(programme, 60.0, 0.0)
    dearer = replace(programme, cost=programme.cost * 1.01)
    found = solve_large(dearer, 60.0, 0.0, first.rough)
    best = solve_programme(dearer, 60.0, 0.0)
    assert found.objective == pytest.approx(best.objective, rel=1e-9)


def grouped_programme(seed, **changed):
    """A company's programme in which product A, B and each part that takes hours is a block of its own."""
    inputs = {**random_inputs(seed), **changed}
    laid = model_inputs(Supply(), lay_out(Supply(), **inputs))
    return compile_model(build_model(laid), laid).programme


def test_a_rough_solution_is_the_same_in_whatever_units_the_items_are_counted():
    programme, rng = grouped_programme(1), np.random.default_rng(1)
    times, rows = (2.0 ** rng.integers(-9, 10, count) for count in programme.matrix.shape[::-1])
    counted = replace(
        programme,
        matrix=sp.csc_array(sp.diags_array(rows) @ programme.matrix @ sp.diags_array(times)),
        right=programme.right * rows,
        cost=programme.cost * times,
        lower=programme.lower / times,
        upper=programme.upper / times,
        worth=programme.worth * times,
    )
    start = Point(np.zeros_like(programme.cost), np.zeros(len(programme.right)))
    one, other = (
        approach(scaled_programme(each, np.float64), start, lambda point, steps: False, 500)
        for each in (programme, counted)
    )
    np.testing.assert_allclose(other.columns * times, one.columns, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(other.prices * rows, one.prices, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("seed", SEEDS)
def test_all_that_is_dealt_out_is_dealt_out_once_and_to_those_who_use_it(seed, monkeypatch):
    monkeypatch.setattr(dealt, "BLOCK", 1)
    programme = grouped_programme(seed)
    guess = np.random.default_rng(seed).uniform(0, 5, len(programme.cost))
    blocks = deal_out(programme, guess)
    rows, columns = np.zeros(len(programme.right)), np.zeros(len(programme.cost))
    for block in blocks:
        np.add.at(rows, block.rows, block.of_rows)
        np.add.at(columns, block.columns, block.of_columns)
    assert len(blocks) > 2
    assert rows == pytest.approx(1.0, abs=1e-12)
    assert columns == pytest.approx(1.0, abs=1e-12)


@pytest.mark.parametrize("seed", range(6))
def test_a_dealt_plan_keeps_every_rule_and_loses_little_where_the_guess_is_the_best_plan(seed, monkeypatch):
    monkeypatch.setattr(dealt, "BLOCK", 1)
    programme = grouped_programme(seed)
    best = solve_programme(programme, 60.0, 0.0)
    columns = solve_dealt(programme, best.columns, time.monotonic() + 60)
    assert programme.violation(columns) < 1e-9
    assert best.objective * (1 - 1e-9) <= programme.objective(columns) <= best.objective * 1.1


def test_hours_alone_dealt_out_as_the_best_plan_uses_them_give_the_best_plan(monkeypatch):
    monkeypatch.setattr(dealt, "BLOCK", 1)
    programme = grouped_programme(2, bom=random_inputs(2)["bom"].iloc[:0])
    best = solve_programme(programme, 60.0, 0.0)
    columns = solve_dealt(programme, best.columns, time.monotonic() + 60)
    assert programme.objective(columns) == pytest.approx(best.objective, rel=1e-9)


def test_nothing_is_dealt_out_where_all_hangs_together_or_time_is_up(monkeypatch):
    programme = grouped_programme(0)
    assert solve_dealt(programme, programme.lower, time.monotonic() + 60) is None  # one block has room for all
    assert solve_dealt(company_programme(0), programme.lower, time.monotonic() + 60) is None  # no groups
    monkeypatch.setattr(dealt, "BLOCK", 1)
    assert solve_dealt(programme, programme.lower, time.monotonic()) is None


@pytest.mark.parametrize("gap", [0.001, 0.05])
@pytest.mark.parametrize("seed", SEEDS)
def test_a_large_plan_of_several_blocks_is_within_the_gap_it_is_told(seed, gap, monkeypatch):
    monkeypatch.setattr(dealt, "BLOCK", 1)
    programme = grouped_programme(seed)
    best, found = solve_programme(programme, 60.0, 0.0), solve_large(programme, 60.0, gap)
    assert programme.violation(found.columns) < 1e-9
    assert found.bound <= best.objective * (1 + 1e-9) <= found.objective * (1 + 2e-9)
    assert found.gap <= gap


def test_no_plan_from_few_columns_where_time_runs_out():
    assert solve_large(company_programme(0), 0.0, 0.0) is None


def test_a_large_company_is_planned_from_few_columns_and_balances(monkeypatch):
    inputs = random_inputs(5)
    best = plan(Supply(), **inputs)
    monkeypatch.setattr(by_size, "SMALL", 0)
    made = plan(Supply(), **inputs)
    assert violations(inputs, made).max() < 1e-6
    said, exact = made["solution"].iloc[0], best["solution"].iloc[0]
    assert said["gap"] <= 0.005
    assert exact["objective"] <= said["objective"] * (1 + 1e-9)
    assert said["objective"] * (1 - said["gap"]) <= exact["objective"] * (1 + 1e-9)
    assert said["status"] == (WITHIN_GAP if said["gap"] else OPTIMAL)


def test_a_gap_is_a_share_of_the_objective_and_never_below_0():
    nothing = np.empty(0)
    assert Answer(nothing, nothing, 200.0, 190.0).gap == pytest.approx(0.05)
    assert Answer(nothing, nothing, 200.0, 200.1).gap == 0.0
    assert Answer(nothing, nothing, 200.0, 200.0).status == OPTIMAL
