"""The guaranteed-service model finds the cheapest promises: against every promise tried one by one."""

import itertools

import numpy as np
import pytest

from sopbench.contract import PlanningError
from sopbench.supply.inventory.placement import Stages, longest_way, place


def stages(time, feeds, cost, bound=None):
    """Stages whose stock costs `cost` × sqrt(net replenishment time); those that feed nobody promise `bound` or 0."""
    time, feeds = np.array(time), np.array(feeds, dtype=int).reshape(-1, 2)
    longest = int(longest_way(time, feeds).max())
    sinks = ~np.isin(np.arange(len(time)), feeds[:, 0])
    bound = np.where(sinks, 0 if bound is None else bound, longest)
    return Stages(time, bound, np.array(cost)[:, None] * np.sqrt(np.arange(longest + 1)), feeds)


def cost_of(of, lasts):
    return of.cost[np.arange(len(lasts)), lasts].sum()


def cheapest(of):
    """The least cost over every combination of promises."""
    best = np.inf
    for promise in itertools.product(*(range(min(bound, of.longest) + 1) for bound in of.longest_promise)):
        promise = np.array(promise)
        served = np.zeros(len(promise), dtype=int)
        np.maximum.at(served, of.feeds[:, 1], promise[of.feeds[:, 0]])
        lasts = served + of.time - promise
        if (lasts >= 0).all():
            best = min(best, cost_of(of, lasts))
    return best


SERIAL = [(0, 1), (1, 2), (2, 3)]
TREE = [(0, 2), (1, 2), (2, 3), (2, 4)]
CYCLE = [(0, 1), (0, 2), (1, 3), (2, 3)]  # a component that goes into two parts of the same product
SHARED = [(0, 2), (0, 3), (1, 2), (1, 3)]  # two components that both go into two products


@pytest.mark.parametrize("feeds", [SERIAL, TREE, CYCLE, SHARED, []])
@pytest.mark.parametrize("seed", range(3))
def test_no_other_promises_cost_less(feeds, seed):
    rng = np.random.default_rng(seed)
    count = 1 + max(itertools.chain.from_iterable(feeds), default=2)
    of = stages(rng.integers(0, 3, count), feeds, rng.uniform(0.5, 5, count))
    promise, lasts = place(of, 30)
    assert (promise <= of.longest_promise).all() and (lasts >= 0).all()
    assert cost_of(of, lasts) == pytest.approx(cheapest(of), rel=1e-5)


def test_stock_lies_at_the_end_where_it_costs_the_same_everywhere():
    # one stock over 3 buckets costs sqrt(3), three over one bucket each 3
    promise, lasts = place(stages([1, 1, 1], [(0, 1), (1, 2)], [1.0, 1.0, 1.0]), 30)
    assert promise.tolist() == [1, 2, 0]
    assert lasts.tolist() == [0, 0, 3]


def test_stock_lies_before_the_step_that_makes_it_dear():
    promise, lasts = place(stages([2, 1], [(0, 1)], [1.0, 10.0]), 30)
    assert (promise.tolist(), lasts.tolist()) == ([0, 0], [2, 1])


def test_customers_who_wait_as_long_as_it_takes_need_no_stock():
    _, lasts = place(stages([2, 1], [(0, 1)], [1.0, 10.0], bound=3), 30)
    assert lasts.tolist() == [0, 0]


def test_a_stage_that_may_hold_none_passes_the_wait_on():
    of = stages([2, 1], [(0, 1)], [1.0, 10.0])
    of.cost[0, 1:] = np.inf
    promise, lasts = place(of, 30)
    assert (promise.tolist(), lasts.tolist()) == ([2, 0], [0, 3])


@pytest.mark.filterwarnings("ignore:Solution may be inaccurate")
def test_where_time_is_up_the_parameter_to_raise_is_named():
    rng = np.random.default_rng(1)
    feeds = [(i, 20 + j) for i in range(20) for j in range(20) if rng.random() < 0.3]
    with pytest.raises(PlanningError, match="time_limit"):
        place(stages(rng.integers(1, 9, 40), feeds, rng.uniform(0.5, 5, 40)), 1e-4)
