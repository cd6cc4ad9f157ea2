"""Reconciled forecasts add up, are never below 0, keep what is locked, and are those of the textbooks' formulas."""

import cvxpy as cp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse
from scipy.optimize import nnls

from sopbench.contract import PlanningError
from sopbench.demand.hierarchy.reconcile import LEAST_SQUARES, METHODS, make_weights, reconcile
from sopbench.demand.hierarchy.shrinkage import shrunk_covariance

PAIR = sparse.csr_array(np.array([[1.0, 1.0], [1.0, 0.0], [0.0, 1.0]]))
"""A total of two rows."""

TREE = np.array([[1] * 5, [1, 1, 1, 0, 0], [0, 0, 0, 1, 1]])
TREE = sparse.csr_array(np.vstack([TREE, np.eye(5)]).astype(float))
"""Total, A and B, AA AB AC BA BB: Hyndman and Athanasopoulos, Forecasting: Principles and Practice (3rd ed.), 11.1."""

TREE_LEVEL = np.array([0, 1, 1, 2, 2, 2, 2, 2])


def column(*values):
    return np.array(values, dtype=float)[:, None]


@st.composite
def problems(draw):
    """Nodes × rows with crossing levels, forecasts, past errors and locks that agree, some rows being 0."""
    rows = draw(st.integers(2, 7))
    groups = [draw(st.lists(st.integers(0, 2), min_size=rows, max_size=rows)) for _ in range(2)]
    upper = [np.ones(rows)] + [np.array(group) == each for group in groups for each in sorted(set(group))]
    summing = np.vstack([*upper, np.eye(rows)]).astype(float)
    nodes = len(summing)
    seed = draw(st.integers(0, 2**16))
    random = np.random.default_rng(seed)
    truth = random.gamma(1.0, 20.0, (rows, 2)) * (random.random((rows, 2)) < 0.8)
    base = summing @ truth + random.normal(0, draw(st.sampled_from([0.0, 5.0, 60.0])), (nodes, 2))
    residuals = random.normal(0, 5, (nodes, 9)) + summing @ random.normal(0, 3, (rows, 9))
    agreed = random.gamma(1.0, 20.0, (rows, 2)) * (random.random((rows, 2)) < 0.8)
    which = draw(st.lists(st.booleans(), min_size=nodes, max_size=nodes))
    locked = np.where(np.array(which)[:, None], summing @ agreed, np.nan)
    locked[:, 1] = np.where(random.random(nodes) < 0.5, locked[:, 1], np.nan)
    level = np.concatenate([[0], *(np.full(len(set(group)), 1 + n) for n, group in enumerate(groups))])
    return sparse.csr_array(summing), base, residuals, locked, np.append(level, np.full(rows, 3))


@given(problems(), st.sampled_from(METHODS))
def test_children_add_up_nothing_is_below_nought_and_locks_are_kept(problem, method):
    summing, base, residuals, locked, level = problem
    found = reconcile(base, summing, method, residuals=residuals, locked=locked, level=level, middle=1)
    rows = summing.shape[1]
    np.testing.assert_allclose(summing @ found[-rows:], found, rtol=1e-9, atol=1e-9)
    assert (found >= 0).all()
    fixed = np.isfinite(locked)
    np.testing.assert_allclose(found[fixed], locked[fixed], rtol=1e-9, atol=0)
    sums = (summing @ found[-rows:])[fixed]
    np.testing.assert_allclose(sums, locked[fixed], rtol=1e-9, atol=1e-12)


@given(problems(), st.sampled_from(LEAST_SQUARES))
def test_forecasts_that_add_up_stay_as_they_are(problem, method):
    summing, base, residuals, _, _ = problem
    coherent = summing @ np.abs(base[-summing.shape[1] :])
    found = reconcile(coherent, summing, method, residuals=residuals)
    np.testing.assert_allclose(found, coherent, rtol=1e-9, atol=1e-9 * coherent.max())


@given(problems(), st.sampled_from(LEAST_SQUARES))
def test_the_sparse_solution_is_the_dense_formula(problem, method):
    summing, base, residuals, _, _ = problem
    every = np.ones(summing.shape[0], dtype=bool)
    weights = make_weights(method, summing, None, residuals, every)
    inverse = np.linalg.inv(np.diag(weights.variance) + weights.factors @ weights.factors.T)
    dense = summing.toarray()
    formula = dense @ np.linalg.solve(dense.T @ inverse @ dense, dense.T @ inverse @ base)
    found = reconcile(base, summing, method, residuals=residuals, nonnegative=False)
    np.testing.assert_allclose(found, formula, rtol=1e-7, atol=1e-7 * np.abs(base).max())


@given(problems(), st.sampled_from(LEAST_SQUARES))
def test_non_negative_is_the_non_negative_least_squares(problem, method):
    summing, base, residuals, _, _ = problem
    every = np.ones(summing.shape[0], dtype=bool)
    weights = make_weights(method, summing, None, residuals, every)
    root = np.linalg.cholesky(np.linalg.inv(np.diag(weights.variance) + weights.factors @ weights.factors.T)).T
    found = reconcile(base, summing, method, residuals=residuals)
    for bucket in range(base.shape[1]):
        best = nnls(root @ summing.toarray(), root @ base[:, bucket])[0]
        scale = np.abs(base).max()
        np.testing.assert_allclose(found[-len(best) :, bucket], best, rtol=1e-6, atol=1e-6 * scale)


@pytest.mark.parametrize("method", LEAST_SQUARES)
@pytest.mark.parametrize("seed", range(5))
def test_around_locks_the_rest_moves_as_little_as_an_interior_point_solver_finds(method, seed):
    random = np.random.default_rng(seed)
    summing = TREE.toarray()
    base, residuals = random.normal(20, 25, (8, 1)), random.normal(0, 4, (8, 12))
    locked = np.full((8, 1), np.nan)
    some = random.choice(8, 2, replace=False)
    locked[some] = (summing @ random.gamma(1.0, 20.0, (5, 1)))[some]
    found = reconcile(base, TREE, method, residuals=residuals, locked=locked)
    weights = make_weights(method, TREE, None, residuals, np.ones(8, dtype=bool))
    root = np.linalg.cholesky(np.linalg.inv(np.diag(weights.variance) + weights.factors @ weights.factors.T)).T
    rows = cp.Variable(5, nonneg=True)
    missed = cp.Minimize(cp.sum_squares(root @ (base[:, 0] - summing @ rows)))
    cp.Problem(missed, [summing[some] @ rows == locked[some, 0]]).solve(solver="CLARABEL")
    np.testing.assert_allclose(found[3:, 0], rows.value, rtol=1e-4, atol=1e-3)


def test_by_hand_a_gap_of_one_is_shared_by_total_and_two_children():
    base = column(10, 4, 5)
    ols = reconcile(base, PAIR, "ols")
    np.testing.assert_allclose(ols, column(29 / 3, 13 / 3, 16 / 3))
    structural = reconcile(base, PAIR, "wls_structural")  # a total of two rows has twice the variance of a row
    np.testing.assert_allclose(structural, column(9.5, 4.25, 5.25))
    variance = reconcile(base, PAIR, "wls_variance", variances=np.array([1.0, 6.0, 3.0]))
    np.testing.assert_allclose(variance, column(9.9, 4.6, 5.3))


def test_by_hand_forecast_proportions_go_down_level_by_level():
    """FPP3 11.2: the share of AA is (A / (A + B)) (AA / (AA + AB + AC)), all as forecast."""
    base = column(200, 60, 40, 10, 20, 20, 30, 20)
    found = reconcile(base, TREE, "top_down", level=TREE_LEVEL)
    np.testing.assert_allclose(found, column(200, 120, 80, 24, 48, 48, 48, 32))
    middle = reconcile(base, TREE, "middle_out", level=TREE_LEVEL, middle=1)
    np.testing.assert_allclose(middle, column(100, 60, 40, 12, 24, 24, 24, 16))
    averages = np.array([1.0, 1.0, 2.0, 3.0, 3.0])
    usual = reconcile(base, TREE, "top_down", level=TREE_LEVEL, shares=averages)
    np.testing.assert_allclose(usual[3:], column(20, 20, 40, 60, 60))


def test_by_hand_non_negative_keeps_the_sum():
    base = column(6, -2, 5)  # without the limit -1, 6 and 5; with it the best of (5 - x)^2 + (6 - x)^2
    np.testing.assert_allclose(reconcile(base, PAIR, "ols", nonnegative=False), column(5, -1, 6))
    np.testing.assert_allclose(reconcile(base, PAIR, "ols"), column(5.5, 0, 5.5))
    assert reconcile(base, PAIR, "ols")[1, 0] == 0


def test_by_hand_a_lock_is_spread_by_variance_or_in_proportion():
    base, locked = column(9, 4, 5), column(12, np.nan, np.nan)
    moved = reconcile(base, PAIR, "wls_variance", variances=np.array([1.0, 1.0, 2.0]), locked=locked)
    np.testing.assert_allclose(moved, column(12, 5, 7))
    scaled = reconcile(base, PAIR, "bottom_up", locked=locked)
    np.testing.assert_allclose(scaled, column(12, 12 * 4 / 9, 12 * 5 / 9))
    evenly = reconcile(column(0, 0, 0), PAIR, "bottom_up", locked=locked)
    np.testing.assert_allclose(evenly, column(12, 6, 6))
    emptied = reconcile(base, PAIR, "ols", locked=column(0, np.nan, np.nan))
    assert (emptied == 0).all()


def test_a_lock_moves_what_is_beside_and_above_only_as_far_as_it_was_believed():
    base = column(100, 60, 40, 20, 20, 20, 20, 20)
    locked = np.full((8, 1), np.nan)
    locked[1] = 90.0  # A is locked 30 higher; B was forecast at 40, the total at 100
    sure_of_total = np.array([1e-4, 1, 1, 1, 1, 1, 1, 1.0])
    unsure = np.array([1e4, 1, 1, 1, 1, 1, 1, 1.0])
    taken = reconcile(base, TREE, "wls_variance", variances=sure_of_total, locked=locked)
    np.testing.assert_allclose(taken[:3], column(100, 90, 10), rtol=1e-3)
    added = reconcile(base, TREE, "wls_variance", variances=unsure, locked=locked)
    np.testing.assert_allclose(added[:3], column(130, 90, 40), rtol=1e-3)
    np.testing.assert_allclose(added[3:6], column(30, 30, 30))


def test_locks_that_contradict_each_other_are_named_and_no_others():
    locked = np.full((8, 2), np.nan)
    locked[[0, 1, 2, 3], 0] = [10, 6, 6, 1]  # total 10 with A 6 and B 6; AA 1 agrees
    names = ["total", "A", "B", "AA", "AB", "AC", "BA", "BB"]
    with pytest.raises(PlanningError) as told:
        reconcile(np.ones((8, 2)), TREE, "ols", locked=locked, names=names, buckets=["2025-09", "2025-10"])
    assert [problem.key for problem in told.value.problems] == ["total = 10 and A = 6 and B = 6"]
    assert told.value.problems[0].value == "bucket 2025-09"
    locked[:, 1] = locked[:, 0]
    with pytest.raises(PlanningError) as told:
        reconcile(np.ones((8, 2)), TREE, "ols", locked=locked, names=names, buckets=["2025-09", "2025-10"])
    assert [problem.value for problem in told.value.problems] == ["bucket 2025-09 and 1 more"]


def test_locks_that_only_negative_quantities_could_meet_contradict_each_other():
    locked = np.full((8, 1), np.nan)
    locked[[1, 3, 4]] = column(10, 6, 7)  # AC would have to be -3
    base = np.ones((8, 1))
    with pytest.raises(PlanningError, match="node 1 = 10 and node 3 = 6 and node 4 = 7"):
        reconcile(base, TREE, "wls_structural", locked=locked)
    found = reconcile(base, TREE, "wls_structural", locked=locked, nonnegative=False)
    np.testing.assert_allclose(found[5], -3.0)
    with pytest.raises(PlanningError, match="below 0"):
        reconcile(base, TREE, "ols", locked=np.where(np.isnan(locked), np.nan, -1.0))


def test_two_contradictions_are_both_told():
    locked = np.full((8, 1), np.nan)
    locked[[1, 3, 2, 7]] = column(5, 6, 8, 9)  # AA above A, BB above B
    with pytest.raises(PlanningError) as told:
        reconcile(np.ones((8, 1)), TREE, "bottom_up", locked=locked)
    assert [problem.key for problem in told.value.problems] == [
        "node 1 = 5 and node 3 = 6",
        "node 2 = 8 and node 7 = 9",
    ]


def test_locks_that_say_the_same_twice_are_kept():
    locked = np.full((8, 1), np.nan)
    locked[[0, 1, 2, 3, 4, 5]] = column(50, 30, 20, 5, 10, 15)
    found = reconcile(np.ones((8, 1)), TREE, "mint_shrink", residuals=np.eye(8) + 1.0, locked=locked)
    np.testing.assert_allclose(found[:6], locked[:6], rtol=1e-9)
    np.testing.assert_allclose(found[6:].sum(), 20.0)


def test_a_node_without_a_forecast_has_no_say():
    base = column(np.nan, 4, 5)
    for method in LEAST_SQUARES:
        found = reconcile(base, PAIR, method, residuals=np.ones((3, 4)))
        np.testing.assert_allclose(found, column(9, 4, 5))


def test_the_shrunk_covariance_is_the_one_written_out_pair_by_pair():
    random = np.random.default_rng(4)
    errors = random.normal(0, 1, (6, 20)) @ np.diag(random.gamma(2, 1, 20)) + random.normal(0, 2, 20)
    count = errors.shape[1]
    covariance = errors @ errors.T / count
    deviation = np.sqrt(np.diag(covariance))
    scaled = errors / deviation[:, None]
    noise = squares = 0.0
    for one in range(6):
        for other in range(6):
            if one != other:
                products = scaled[one] * scaled[other]
                noise += ((products - products.mean()) ** 2).sum() / (count * (count - 1))
                squares += products.mean() ** 2
    weights, amount = shrunk_covariance(errors)
    assert 0 < amount < 1
    assert amount == pytest.approx(noise / squares)
    by_hand = (1 - amount) * covariance + amount * np.diag(np.diag(covariance))
    np.testing.assert_allclose(np.diag(weights.variance) + weights.factors @ weights.factors.T, by_hand)


def test_what_a_method_needs_and_has_not_is_said():
    with pytest.raises(ValueError, match="needs residuals or a variance"):
        reconcile(column(9, 4, 5), PAIR, "wls_variance")
    with pytest.raises(ValueError, match="no method 'magic'"):
        reconcile(column(9, 4, 5), PAIR, "magic")
    with pytest.raises(ValueError, match="every row needs a forecast"):
        reconcile(column(9, 4, np.nan), PAIR, "ols")
