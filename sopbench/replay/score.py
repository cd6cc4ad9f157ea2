"""What each candidate came to, and whether a difference between two is more than luck."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from sopbench.contract import checked, table
from sopbench.replay.candidates import Candidate

NAIVE, FORESIGHT = "naive", "foresight"

CRITICAL = (1.96, 2.9694, 0.416, -0.5324)
"""Kiefer and Vogelsang's polynomial of the 95 % interval, in the share of the buckets whose covariances count."""


def paired_interval(differences: np.ndarray) -> tuple[float, float, float]:
    """Mean of paired differences, bucket by bucket, and the two ends of its 95 % confidence interval.

    Neighbouring buckets are alike (stock carries over), so the variance of the mean is Newey and West's (Econometrica
    55, 1987, Bartlett weights) with their usual lag, 4 (n / 100)^(2/9). How far the ends lie from the mean is Kiefer
    and Vogelsang's critical value (Econometric Theory 21, 2005), which knows that this variance is itself estimated
    from few buckets: wider than the normal's. Infinitely wide with fewer than three buckets.
    """
    values = np.asarray(differences, dtype=float)
    count, mean = len(values), float(np.mean(values)) if len(values) else float("nan")
    if count < 3:
        return mean, -np.inf, np.inf
    off = values - mean
    lags = min(int(4 * (count / 100) ** (2 / 9)), count - 2)
    weights = 1 - np.arange(1, lags + 1) / (lags + 1)
    covariances = np.array([off[lag:] @ off[:-lag] for lag in range(1, lags + 1)])
    variance = max(off @ off + 2 * float(weights @ covariances), 0.0) / count**2
    share = (lags + 1) / count
    reach = float(np.polyval(CRITICAL[::-1], share)) * np.sqrt(variance)
    return mean, mean - reach, mean + reach


def replay_scores(months: pd.DataFrame, candidates: Iterable[Candidate], against: str) -> pd.DataFrame:
    """The table replay_scores, from replay_months: each candidate in all, ranked by margin.

    Every candidate is compared with the one named `against`, and with the naive policy where that was replayed too.
    Only buckets that are `scored` count, and all candidates have the same ones.
    """
    rows = months[months["scored"]].sort_values(["candidate", "bucket"])
    margin = rows.pivot_table(index="bucket", columns="candidate", values="margin")
    total = rows.groupby("candidate").sum(numeric_only=True)
    mean = rows.groupby("candidate").mean(numeric_only=True)
    asked = list(candidates)
    names = [each.name for each in asked]
    frame = pd.DataFrame({"candidate": names, "meaning": [each.meaning for each in asked]}).set_index("candidate")
    frame["bound"] = frame.index.isin([NAIVE, FORESIGHT])
    frame["buckets"] = len(margin)
    for column in ("margin", "cost", "revenue"):
        frame[column] = total[column]
    frame["service"] = total["on_time"] / total["demand"].where(total["demand"] > 0)
    frame["lost_share"] = total["lost"] / total["demand"].where(total["demand"] > 0)
    frame["service"], frame["lost_share"] = (
        frame["service"].fillna(1.0).clip(upper=1.0),
        frame["lost_share"].fillna(0.0),
    )
    frame["stock"], frame["nervousness"] = mean["stock"], mean["nervousness"]
    frame["wape"] = (total["forecast_error"] / total["demand_value"].where(total["demand_value"] > 0)).fillna(0.0)
    frame["bias"] = (total["forecast_bias"] / total["demand_value"].where(total["demand_value"] > 0)).fillna(0.0)
    frame["rank"] = frame["margin"].rank(ascending=False, method="first").astype(int)
    frame["gained"] = np.nan
    if {NAIVE, FORESIGHT} <= set(names) and frame.loc[FORESIGHT, "margin"] > frame.loc[NAIVE, "margin"]:
        between = frame.loc[FORESIGHT, "margin"] - frame.loc[NAIVE, "margin"]
        frame["gained"] = (frame["margin"] - frame.loc[NAIVE, "margin"]) / between
    frame["against"] = np.where(frame.index == against, "", against)
    frame = frame.join(_compared(margin, against, ["difference", "low", "high"]))
    frame = frame.join(_compared(margin, NAIVE, ["naive_difference", "naive_low", "naive_high"]))
    return checked(frame.sort_values("rank").reset_index(), table("replay_scores")).sort_values(
        "rank", ignore_index=True
    )


def _compared(margin: pd.DataFrame, other: str, columns: list[str]) -> pd.DataFrame:
    """Each candidate's mean difference from another with its interval; empty for that one, or where it is not there."""
    if other not in margin:
        return pd.DataFrame(np.nan, index=margin.columns, columns=columns)
    told = {name: paired_interval((margin[name] - margin[other]).to_numpy()) for name in margin if name != other}
    found = pd.DataFrame.from_dict(told, orient="index", columns=columns).reindex(margin.columns).astype(float)
    return found.where(np.isfinite(found))
