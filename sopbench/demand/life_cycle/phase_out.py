"""Phase-outs: how what is about to end runs down in even steps, taken out of the history and put into the forecast.

Running down over n buckets, an item sells n/(n+1), ..., 2/(n+1), 1/(n+1) of its usual demand, then nothing.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from sopbench.contract.buckets import first_days_after
from sopbench.demand.life_cycle.relations import Relations


def kept_share(first: np.ndarray, run_down: np.ndarray, count: int) -> np.ndarray:
    """The share of its demand that something keeps in each of `count` buckets (columns): rows are `first` buckets.

    1 before the bucket numbered `first`, then even steps down over `run_down` buckets, then 0.
    """
    steps = np.arange(count)[None, :] - np.asarray(first)[:, None] + 1
    return np.clip(1.0 - steps / (np.asarray(run_down)[:, None] + 1.0), 0.0, 1.0)


def place_of(days: pd.Series, buckets: pd.DatetimeIndex) -> np.ndarray:
    """The number of the bucket each day lies in: 0 before the first one, the number of buckets after the last."""
    return first_days_after(buckets).searchsorted(pd.DatetimeIndex(days), side="right")


def phase_out_kept(life: Relations, item_ids: pd.Index, buckets: pd.DatetimeIndex) -> np.ndarray:
    """The share of its demand each item (rows) keeps in each bucket (columns) as it runs down before its end.

    1 where nothing runs down. The last step is the last bucket in which the item is on sale. An end beyond the last
    bucket is counted there in buckets of the usual length.
    """
    outs = life.phase_outs
    kept = np.ones((len(item_ids), len(buckets)))
    if outs.empty:
        return kept
    after = first_days_after(buckets)
    usual = (after - buckets).to_numpy().mean()
    beyond = np.maximum((outs["discontinue"] - after[-1]).to_numpy() / usual, 0.0)
    end = buckets.searchsorted(pd.DatetimeIndex(outs["discontinue"])) + np.ceil(beyond.round(6)).astype(int)
    share = kept_share(end - outs["run_down"].to_numpy(), outs["run_down"].to_numpy(), len(buckets))
    where = pd.Index(outs["item_id"]).get_indexer(item_ids)
    kept[where >= 0] = share[where[where >= 0]]
    return kept
