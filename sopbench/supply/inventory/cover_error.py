"""How far demand of several buckets together may lie above its forecast, and the stock that this calls for.

The errors are those the demand step measured over so many buckets together (its table lead_time_demand); where it
measured none, those of the band of each bucket, taken to be independent of each other and normal.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import ndtr, ndtri

from sopbench.supply.network.demand_lines import positions
from sopbench.supply.network.network import NODE, Network

P10_TO_P90 = 2 * ndtri(0.9)
"""Standard deviations of a normal distribution between its 10th and its 90th percentile (2.563)."""

SHARES = {"p10": 0.1, "p50": 0.5, "p90": 0.9, "p95": 0.95, "p99": 0.99}
"""The quantiles of lead_time_demand and the share of outcomes below each; a table may lack the last two."""

ALWAYS = 3
"""How many of them every table has."""

SCORES = np.linspace(-4.0, 6.0, 801)
"""Normal scores at which distributions are laid out: the share of outcomes below is ndtr(score)."""

TINY = 1e-12


@dataclass(frozen=True)
class CoverError:
    """What demand of 1, 2, ... buckets together (columns) may be beyond its forecast, by node, as a share of it.

    `deviation` is its standard deviation (nodes × covers; 0 = no forecast); `beyond` its quantiles at SHARES (nodes ×
    covers × quantiles; nan = not measured).
    """

    deviation: np.ndarray
    beyond: np.ndarray

    @property
    def longest(self) -> int:
        """Buckets of the longest cover."""
        return self.deviation.shape[1]


def measure(
    network: Network, demand_plan: pd.DataFrame, lead_time_demand: pd.DataFrame | None, longest: int
) -> CoverError:
    """The error over covers of 1 to `longest` buckets: measured where lead_time_demand has the node, else its band's.

    All are shares of the statistical forecast they belong to: as a share of a consensus that was overridden they
    would mean little. Buckets without demand, as before a launch, do not count. Beyond the horizon errors grow with
    the root of the cover.
    """
    deviation = _of_band(network, demand_plan, longest)
    beyond = np.full((*deviation.shape, len(SHARES)), np.nan)
    if lead_time_demand is not None and len(lead_time_demand):
        measured, beyond = _measured(network, lead_time_demand, longest)
        deviation = np.where(np.isnan(measured), deviation, measured)
    return CoverError(deviation, beyond)


def surplus_share(
    error: CoverError, cover: np.ndarray, served: np.ndarray, by_fill: np.ndarray, review: int, late: np.ndarray
) -> np.ndarray:
    """Safety stock of each node as a share of the forecast of the `cover` buckets it must last, at least 0.

    `served` is the share of cycles without a stockout, or, where `by_fill`, the share of units served from stock;
    `late` the standard deviation of the lead time in buckets. By cycles it is the distribution's quantile at `served`
    (z × sigma for a normal one). By units it is the stock beyond which no more than (1 - served) × demand between two
    orders is expected to be missing: E[(X - s)+] = (1 - fill rate) × Q, for a normal distribution sigma × G(z)
    (Silver, Pyke & Thomas, Inventory and Production Management in Supply Chains, 4th ed., ch. 6, periodic review up to
    an order level). A lead time that varies widens it to sqrt(L sigma² + D² s_L²) (same, ch. 6).
    """
    of = np.clip(cover, 1, error.longest) - 1
    deviation = np.take_along_axis(error.deviation, of[:, None], axis=1)[:, 0]
    beyond = np.take_along_axis(error.beyond, of[:, None, None], axis=1)[:, 0]
    buckets = np.maximum(cover, 1)
    outcomes = _widened(_laid_out(deviation, beyond), deviation, late / buckets)
    score = np.clip((ndtri(np.clip(served, 1e-9, 1 - 1e-12)) - SCORES[0]) / (SCORES[1] - SCORES[0]), 0, len(SCORES) - 1)
    by_cycle = _between(outcomes, score)
    missing = _expected_beyond(outcomes)
    allowed = (1 - served) * max(review, 1) / buckets
    found = np.where(by_fill, _between(outcomes, _where_falls_to(missing, allowed)), by_cycle)
    return np.where(cover > 0, np.maximum(found, 0.0), 0.0)


def _laid_out(deviation: np.ndarray, beyond: np.ndarray) -> np.ndarray:
    """Outcomes at SCORES, nodes × scores: straight lines between measured quantiles on normal paper, else normal.

    Beyond the outermost quantile its line goes on: the tail is that of a normal distribution as steep as it is there.
    """
    outcomes = deviation[:, None] * SCORES
    known = ~np.isnan(beyond)
    for count in (ALWAYS, len(SHARES)):
        rows = known[:, :count].all(axis=1)
        lines = _weights(ndtri(list(SHARES.values())[:count]))
        outcomes[rows] = beyond[rows, :count] @ lines
    return np.maximum.accumulate(outcomes, axis=1)


def _weights(knots: np.ndarray) -> np.ndarray:
    """Knots × SCORES: what each knot's value weighs on the line through the two knots next to a score."""
    left = np.clip(np.searchsorted(knots, SCORES) - 1, 0, len(knots) - 2)
    part = (SCORES - knots[left]) / (knots[left + 1] - knots[left])
    weights = np.zeros((len(knots), len(SCORES)))
    weights[left, np.arange(len(SCORES))] = 1 - part
    weights[left + 1, np.arange(len(SCORES))] = part
    return weights


def _widened(outcomes: np.ndarray, deviation: np.ndarray, late: np.ndarray) -> np.ndarray:
    """Outcomes where the lead time varies too: `late` is its deviation as a share of the cover."""
    together = np.hypot(deviation, late)
    middle = _between(outcomes, np.full(len(outcomes), -SCORES[0] / (SCORES[1] - SCORES[0])))[:, None]
    factor = np.where(deviation > 0, together / np.maximum(deviation, TINY), 1.0)[:, None]
    return middle + (outcomes - middle) * factor + np.where(deviation > 0, 0.0, late)[:, None] * SCORES


def _expected_beyond(outcomes: np.ndarray) -> np.ndarray:
    """Expected demand beyond each outcome: the integral of the share of outcomes above it."""
    above = ndtr(-(SCORES[1:] + SCORES[:-1]) / 2)
    steps = np.diff(outcomes, axis=1) * above
    return np.pad(np.cumsum(steps[:, ::-1], axis=1)[:, ::-1], ((0, 0), (0, 1)))


def _where_falls_to(falling: np.ndarray, level: np.ndarray) -> np.ndarray:
    """The place (a part of a step counts) at which each row of `falling` is down to its level; 0 where it starts there.

    The last place is 0 in every row, so it is always reached.
    """
    after = np.minimum((falling > level[:, None]).sum(axis=1), falling.shape[1] - 1)
    before = np.maximum(after - 1, 0)
    high, low = (np.take_along_axis(falling, at[:, None], axis=1)[:, 0] for at in (before, after))
    part = np.where(high > low, (high - level) / np.maximum(high - low, TINY * TINY), 0.0)
    return before + np.clip(part, 0.0, 1.0)


def _between(rows: np.ndarray, place: np.ndarray) -> np.ndarray:
    """The value of each row at its place, on the line between the two columns next to it."""
    left = np.minimum(place.astype(int), rows.shape[1] - 2)
    low, high = (np.take_along_axis(rows, at[:, None], axis=1)[:, 0] for at in (left, left + 1))
    return low + (place - left) * (high - low)


def _of_band(network: Network, demand_plan: pd.DataFrame, longest: int) -> np.ndarray:
    """Deviation over each cover from p10 and p90, nodes × covers: sigma of the nearest buckets × sqrt(cover).

    Later buckets are uncertain for longer, but the plan will be made again before they come. A node's customers share
    one forecast, so their errors move together and their deviations add up.
    """
    node = pd.Series(network.nodes.index, index=pd.MultiIndex.from_frame(network.nodes))
    at = node.reindex(pd.MultiIndex.from_frame(demand_plan[NODE])).to_numpy(dtype=int)
    position = positions(demand_plan["bucket"], network.buckets).to_numpy()
    sigma, expected = np.zeros((2, len(node), len(network.buckets)))
    np.add.at(sigma, (at, position), (demand_plan["p90"] - demand_plan["p10"]).clip(lower=0).to_numpy() / P10_TO_P90)
    np.add.at(expected, (at, position), demand_plan["statistical"].to_numpy())
    last = _last_of(expected, longest)
    sums = (np.cumsum(np.where(expected > 0, each, 0.0), axis=1) for each in (sigma, expected))
    wide, much = (np.take_along_axis(each, last, axis=1) for each in sums)
    return wide / np.maximum(much, TINY) / np.sqrt(np.arange(1, longest + 1))


def _measured(network: Network, said: pd.DataFrame, longest: int) -> tuple[np.ndarray, np.ndarray]:
    """Deviation and quantiles beyond the forecast as lead_time_demand has them; nan where it has none."""
    node = pd.Series(network.nodes.index, index=pd.MultiIndex.from_frame(network.nodes))
    at = node.reindex(pd.MultiIndex.from_frame(said[NODE]))
    inside = at.notna().to_numpy()
    place = (at[inside].to_numpy(dtype=int), said.loc[inside, "buckets"].to_numpy() - 1)
    shape = (len(node), int(said["buckets"].max()))

    def laid(name: str) -> np.ndarray:
        values = np.full(shape, np.nan)
        if name in said:  # cycles frozen before the outer quantiles were told lack them
            values[place] = said.loc[inside, name].to_numpy()
        return values

    together = laid("statistical")
    expected = np.diff(np.nan_to_num(together), axis=1, prepend=0.0)
    last = _last_of(np.where(expected > TINY, expected, 0.0), longest)
    counted = np.cumsum(expected > TINY, axis=1)
    known = np.minimum(np.take_along_axis(counted, last, axis=1), np.arange(1, longest + 1))
    much = np.take_along_axis(together, last, axis=1)
    much = np.where(much > TINY, much, np.nan)
    grown = np.sqrt(known / np.arange(1, longest + 1))
    deviation = np.take_along_axis(laid("deviation"), last, axis=1) / much * grown
    beyond = [(np.take_along_axis(laid(name), last, axis=1) / much - 1) * grown for name in SHARES]
    return deviation, np.stack(beyond, axis=2)


def _last_of(expected: np.ndarray, longest: int) -> np.ndarray:
    """Nodes × covers: the bucket with which the first so many buckets with demand are complete, or the last one."""
    counted = np.cumsum(expected > 0, axis=1)
    wanted = np.minimum(np.arange(1, longest + 1), np.maximum(counted[:, -1:], 1))
    return np.minimum((counted[:, None, :] < wanted[:, :, None]).sum(axis=2), expected.shape[1] - 1)
