"""Successors: one item takes over from another, its history first, then its demand, so that nothing gets lost between.

A successor and all that came before it are one stream of demand. Its method learns from that stream, and what the
predecessor still sells is taken off the stream's forecast: together they are what the stream is. Chains work too.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from sopbench.demand.history.history import SERIES
from sopbench.demand.life_cycle.likes import own_level
from sopbench.demand.life_cycle.phase_out import kept_share, place_of
from sopbench.demand.life_cycle.relations import Relations
from sopbench.demand.season import positions, seasonal_profile


@dataclass(frozen=True)
class Takeovers:
    """Successor and predecessor at each location where the predecessor sells, a row each.

    `after` and `before` are their rows in the series asked for. `share` is what the successor takes over, `weight` its
    part of all that take over from the predecessor, `kept` (a column a bucket) what the predecessor has not yet given
    away to it, `still` the same over all its successors. `done` is where the takeover is over, the bucket in the middle
    of which it began left out.
    """

    after: np.ndarray
    before: np.ndarray
    share: np.ndarray
    weight: np.ndarray
    kept: np.ndarray
    still: np.ndarray
    done: np.ndarray

    def ahead(self, past: int) -> Takeovers:
        """The same without the first `past` buckets."""
        kept, still, done = (each[:, past:] for each in (self.kept, self.still, self.done))
        return Takeovers(self.after, self.before, self.share, self.weight, kept, still, done)


def takeovers(life: Relations, series: pd.MultiIndex, buckets: pd.DatetimeIndex) -> Takeovers:
    """The takeovers among `series`, over `buckets`; both items must be there at the location."""
    places = pd.DataFrame({"place": np.arange(len(series))}, index=series).reset_index()
    pairs = life.successors.merge(places.rename(columns={"item_id": "other_id", "place": "before"}), on="other_id")
    pairs = pairs.merge(places.rename(columns={"place": "after"}), on=SERIES).sort_values(["after", "before"])
    after, before, share, weight = (pairs[name].to_numpy() for name in ("after", "before", "factor", "weight"))
    kept = kept_share(place_of(pairs["start"], buckets), pairs["run_down"].to_numpy(), len(buckets))
    still = np.zeros((len(series), len(buckets)))
    np.add.at(still, before, kept * weight[:, None])
    whole = np.arange(len(buckets))[None, :] >= buckets.searchsorted(pd.DatetimeIndex(pairs["start"]))[:, None]
    return Takeovers(after, before, share, weight, kept, still[before], whole & (kept == 0))


def successor_series(life: Relations, series: pd.MultiIndex) -> pd.MultiIndex:
    """The series that begin because their item takes over from one sold at the location, and that are not there yet."""
    chained = series.to_frame(index=False)
    known = chained
    for _ in range(len(life.successors)):
        ahead = life.successors.merge(known.rename(columns={"item_id": "other_id"}), on="other_id")[SERIES]
        grown = pd.concat([chained, ahead]).drop_duplicates()
        if len(grown) == len(chained):
            break
        chained, known = grown, ahead
    return pd.MultiIndex.from_frame(chained.sort_values(SERIES)).difference(series)


def linked_history(
    values: np.ndarray, taken: Takeovers, families: np.ndarray, season: int
) -> tuple[np.ndarray, np.ndarray]:
    """What each series learns from: its own history with its predecessors' before and beside it; and the latter alone.

    `values` are units by series and bucket, NaN outside a series' life, as are both results. A successor gets `share`
    of what the predecessor sold, in every bucket; where that has ended before the successor begins, its last season is
    repeated. In a predecessor's own history the run-down is undone: it is to be put into the forecast once more.
    Once a successor has taken over, what precedes it is drawn to its own level, for the share was a guess (`own_level`:
    against the last half season before it, in the season of the series or its family, which `families` names).
    """
    own = np.array(values)
    lived = np.maximum.accumulate(np.isfinite(own), axis=1)
    usual = np.ones_like(own)
    usual[taken.before] = np.where((taken.still > 0) & (taken.still < 1), taken.still, 1.0)
    portion = np.divide(taken.kept, taken.still, out=np.ones_like(taken.kept), where=taken.still > 0)
    stream, before = own, np.full_like(own, np.nan)
    for _ in range(len(taken.after) + 1):
        ended = _repeated(stream, season)[taken.before]
        given = np.where(lived[taken.after], stream[taken.before], ended) * portion * taken.share[:, None]
        before = _summed(given, taken.after, own.shape)
        grown = np.where(np.isnan(own) & np.isnan(before), np.nan, np.nan_to_num(own) + np.nan_to_num(before))
        if np.array_equal(grown, stream, equal_nan=True):
            break
        stream = grown
    before = before * np.where(lived, 1.0, _level(stream, lived, taken, families, season)[:, None])
    learned = np.where(np.isnan(own) & np.isnan(before), np.nan, np.nan_to_num(own / usual) + np.nan_to_num(before))
    return learned, before


def stream_forecast(
    said: np.ndarray, untold: np.ndarray, taken: Takeovers, selling: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """What is left to each series of its stream's forecast, and what each pair's predecessor still sells of it.

    `said` are units by series and bucket ahead as methods see them: a successor's is that of its stream, a
    predecessor's that of its usual demand. A successor of which nothing is known but its predecessors (`untold`)
    gets `share` of their forecasts, so that nothing gets lost or doubled. `selling` is where an item is on sale. The
    first result, times what its successors leave to each series, is its own forecast.
    """
    stream, left, remaining = np.array(said), np.array(said), np.zeros_like(taken.kept)
    follows = untold & np.isin(np.arange(len(said)), taken.after)
    for _ in range(len(taken.after) + 1):
        whole = np.nan_to_num(_summed(stream[taken.before] * taken.share[:, None], taken.after, stream.shape))
        stream = np.where(follows[:, None], whole, said)
        others = np.nan_to_num(_summed(remaining * taken.share[:, None], taken.after, stream.shape))
        left = np.maximum(stream - others, 0.0)
        grown = left[taken.before] * taken.kept * selling[taken.before] + others[taken.before]
        if np.array_equal(grown, remaining):
            break
        remaining = grown
    return left, remaining


def _level(stream: np.ndarray, lived: np.ndarray, taken: Takeovers, families: np.ndarray, season: int) -> np.ndarray:
    """The level of each series after its takeovers are done, relative to the last half season of what preceded it."""
    level = np.ones(len(stream))
    rows = np.unique(taken.after)
    finished = np.zeros_like(stream)
    np.add.at(finished, taken.after, np.where(taken.done, 0.0, 1.0))
    profile = seasonal_profile(pd.DataFrame(stream[rows]), pd.Series(families[rows]), season).to_numpy()
    place = profile[:, positions(stream.shape[1], season)]
    before = pd.DataFrame(np.where(lived[rows], np.nan, stream[rows] / place))
    usual = before.T.rolling(max(season // 2, 1), min_periods=1).mean().where(before.T.notna()).ffill().T.to_numpy()
    sold = np.where(lived[rows] & (finished[rows] == 0), stream[rows], np.nan)
    level[rows] = own_level(sold, usual * place)
    return level


def _summed(parts: np.ndarray, rows: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """The sums of parts by the row each belongs to; NaN where no part says anything."""
    total, told = np.zeros(shape), np.zeros(shape, dtype=bool)
    np.add.at(total, rows, np.nan_to_num(parts))
    np.logical_or.at(told, rows, np.isfinite(parts))
    return np.where(told, total, np.nan)


def _repeated(values: np.ndarray, season: int) -> np.ndarray:
    """Each series with its last season repeated after its end."""
    said = np.array(values)
    for place in range(season, said.shape[1]):
        said[:, place] = np.where(np.isnan(said[:, place]), said[:, place - season], said[:, place])
    return said
