"""Life cycles in the plan: what they do to the history that methods see, and to what methods say of the future."""

from __future__ import annotations

import numpy as np
import pandas as pd

from sopbench.contract import checked, table
from sopbench.demand.history.cleaning import CORRECTIONS
from sopbench.demand.history.corrections import finished
from sopbench.demand.history.history import LIKE_ITEM, SERIES
from sopbench.demand.life import by_bucket
from sopbench.demand.life_cycle.cannibalisation import put_back, takings, units_taken
from sopbench.demand.life_cycle.likes import launch_forecast, like_history
from sopbench.demand.life_cycle.phase_out import phase_out_kept
from sopbench.demand.life_cycle.relations import Relations
from sopbench.demand.life_cycle.successors import linked_history, stream_forecast, successor_series, takeovers
from sopbench.demand.season import seasonal_profile

PREDECESSOR, BESIDE = "predecessor", "with predecessor"
"""The reasons of a bucket before a successor's own life, and of one in which its predecessor still sold."""

CELL = ["item_id", "location_id", "bucket", "kind", "other_id"]

Outlook = dict[str, pd.DataFrame]


def life_cycle_history(
    history: pd.DataFrame, life: Relations, buckets: pd.DatetimeIndex, season: int, *, items: pd.DataFrame
) -> pd.DataFrame:
    """The table history with what successors, launches, phase-outs and cannibals do to what methods learn from.

    In turn: units that cannibals took are put back and run-downs are undone (the forecast bears both again),
    successors get their predecessors' history, and launches that of their likes, in buckets in which nothing was
    ordered. `season` is the buckets in a season.
    """
    if life.empty or history.empty:
        return history
    rows = history.set_index([*SERIES, "bucket"])
    series = by_bucket(rows["cleaned"], buckets).index
    series = series.union(successor_series(life, series))
    own = by_bucket(rows["cleaned"], buckets).reindex(series).to_numpy()
    back = put_back(own, takings(life, series, buckets))
    kept = phase_out_kept(life, series.get_level_values("item_id"), buckets)
    usual = back / np.where(kept > 0, kept, 1.0)
    families = items.set_index("item_id")["family"].reindex(series.get_level_values("item_id")).to_numpy()
    learned, before = linked_history(usual, takeovers(life, series, buckets), families, season)
    likes = like_history(pd.DataFrame(learned, series, buckets), life, season)
    alive, added = np.isfinite(own), np.nan_to_num(before)
    why = {
        "cannibalised": alive & (back > own),
        "run-down": alive & ~np.isclose(learned - added, back),
        BESIDE: alive & (added > 0),
        PREDECESSOR: ~alive & np.isfinite(before),
    }
    said = pd.concat([_long(learned, series, buckets, why), _long(likes.to_numpy(), likes.index, buckets, {})])
    said = said.join(rows[["ordered", "reason"]], on=[*SERIES, "bucket"])
    words = said["reason"].fillna("").str.cat(said["why"], sep=", ").str.strip(", ")
    reason = words.mask(said["reason"].isna() & (said["why"] == ""), LIKE_ITEM)
    return checked(said.assign(ordered=said["ordered"].fillna(0.0), reason=reason), table("history"))


def life_cycle_corrections(
    corrections: pd.DataFrame, cleaned: pd.DataFrame, history: pd.DataFrame, *, items: pd.DataFrame
) -> pd.DataFrame:
    """The table corrections with what life cycles changed: a row for each bucket of `history` that is not as `cleaned`.

    `cleaned` is the table history before life cycles, `history` with them; like_item_id of `items` names the item each
    one mainly learns from.
    """
    both = history.merge(cleaned[[*CELL[:3], "cleaned", "reason"]], on=CELL[:3], how="left", suffixes=("", "_before"))
    before = both["cleaned_before"].fillna(0.0)
    rows = both[both["cleaned_before"].isna() | (both["reason"] != both["reason_before"])]
    if not len(rows):
        return corrections
    said = rows["reason_before"].fillna("")
    word = pd.Series([new[len(old) :] for new, old in zip(rows["reason"], said, strict=True)], rows.index, dtype=object)
    like = rows["item_id"].map(items.set_index("item_id")["like_item_id"])
    numbers = {"before": before[rows.index], "after": rows["cleaned"], "proposed": rows["cleaned"]}
    made = rows[CELL[:3]].assign(**numbers, step=len(CORRECTIONS) + 1, correction=word.str.strip(", "), reversed=False)
    made = made.assign(why=("from " + like).where(like != "", ""), customer_id="", owner="", reason="")
    return finished(pd.concat([corrections, made]))


def life_cycle_outlook(
    outlook: Outlook,
    lifted: np.ndarray,
    life: Relations,
    selling: pd.DataFrame,
    *,
    cleaned: pd.DataFrame,
    history: pd.DataFrame,
    buckets: pd.DatetimeIndex,
    items: pd.DataFrame,
    season: int,
) -> tuple[Outlook, pd.DataFrame]:
    """The forecast in its life cycle, times `lifted`, and the table life_cycle_effects, which says what moved it.

    `outlook` holds statistical, p10, p50 and p90 (series by buckets ahead), `lifted` the factor of events, 0 where an
    item is not on sale (`selling`, items by buckets ahead). `cleaned` is the history of what items themselves sold,
    `history` what methods learned from, over `buckets`. Launch curves come first, then successors and phase-outs, then
    events, and at last cannibals; the quantiles keep their distance in proportion. In every bucket the units of
    the effects add up to what the statistical forecast differs by from the method's.
    """
    series, ahead = outlook["statistical"].index, selling.columns
    said = outlook["statistical"].to_numpy()
    if life.empty:
        return {name: units * lifted for name, units in outlook.items()}, table("life_cycle_effects").empty()
    seen = by_bucket(cleaned.set_index([*SERIES, "bucket"])["cleaned"], buckets)
    curve = _launch_curves(history, seen, life, items, season, ahead).reindex(series).to_numpy()
    curve = np.where(np.isfinite(curve), curve, said)
    effects = [_effect(series, ahead, "like", "", (curve - said) * lifted)]
    whole = buckets.append(ahead)
    units, moved = _taken_over(curve, lifted, life, series, seen.index, whole, selling)
    kept = phase_out_kept(life, series.get_level_values("item_id"), whole)[:, len(buckets) :]
    effects += [*moved, _effect(series, ahead, "phase_out", "", units * (kept - 1.0) * lifted)]
    units = units * kept * lifted
    pairs = takings(life, series, ahead)
    taken = units_taken(units, pairs)
    lost = np.zeros_like(units)
    np.add.at(lost, pairs.other, taken)
    taker = series.get_level_values("item_id")[pairs.taker]
    effects.append(_effect(series[pairs.other], ahead, "cannibalises", taker, -taken))
    units = np.maximum(units - lost, 0.0)
    made = {name: _in_proportion(each, said, units, lifted) for name, each in outlook.items()}
    made["statistical"] = pd.DataFrame(units, series, outlook["statistical"].columns)
    every = pd.concat(effects).groupby(CELL, as_index=False)["units"].sum()
    return made, checked(every[every["units"].abs() > 1e-9], table("life_cycle_effects"))


def _launch_curves(
    history: pd.DataFrame,
    seen: pd.DataFrame,
    life: Relations,
    items: pd.DataFrame,
    season: int,
    ahead: pd.DatetimeIndex,
) -> pd.DataFrame:
    """What launches by the curve of their likes will sell: series by buckets ahead, those that go by none left out."""
    if not (life.likes["curve"] == "launch").any():
        return pd.DataFrame(index=seen.index[:0], columns=ahead, dtype=float)
    learned = by_bucket(history.set_index([*SERIES, "bucket"])["cleaned"], pd.DatetimeIndex(seen.columns))
    families = learned.index.get_level_values("item_id").map(items.set_index("item_id")["family"])
    profile = seasonal_profile(learned, pd.Series(families, learned.index), season)
    return launch_forecast(seen, profile, life, ahead)


def _taken_over(
    said: np.ndarray,
    lifted: np.ndarray,
    life: Relations,
    series: pd.MultiIndex,
    known: pd.MultiIndex,
    whole: pd.DatetimeIndex,
    selling: pd.DataFrame,
) -> tuple[np.ndarray, list[pd.DataFrame]]:
    """The forecast with successors in their predecessors' place, and the effects of it."""
    past, ahead = len(whole) - len(selling.columns), selling.columns
    taken = takeovers(life, series, whole).ahead(past)
    on_sale = selling.loc[series.get_level_values("item_id")].to_numpy()
    left, remaining = stream_forecast(said, ~series.isin(known), taken, on_sale)
    factor = np.ones_like(left)
    factor[taken.before] = taken.still
    item = series.get_level_values("item_id")
    given = left[taken.before] * taken.weight[:, None] * (taken.kept - 1.0) * lifted[taken.before]
    part = remaining * taken.share[:, None] + 1e-12
    whole_part = np.zeros_like(left)
    np.add.at(whole_part, taken.after, part)
    got = (left - said)[taken.after] * part / whole_part[taken.after] * lifted[taken.after]
    effects = [
        _effect(series[taken.before], ahead, "successor", item[taken.after], given),
        _effect(series[taken.after], ahead, "successor", item[taken.before], got),
    ]
    return left * factor, effects


def _in_proportion(quantile: pd.DataFrame, said: np.ndarray, units: np.ndarray, lifted: np.ndarray) -> pd.DataFrame:
    """A quantile moved as the forecast is; the forecast itself where the method had said nothing to move from."""
    ratio = np.divide(units, said * lifted, out=np.zeros_like(units), where=said * lifted > 0)
    moved = np.where(said * lifted > 0, quantile.to_numpy() * lifted * ratio, units)
    return pd.DataFrame(moved, quantile.index, quantile.columns)


def _effect(
    series: pd.MultiIndex, ahead: pd.DatetimeIndex, kind: str, other: pd.Index | str, units: np.ndarray
) -> pd.DataFrame:
    """Rows of life_cycle_effects: units by series (rows) and bucket ahead (columns)."""
    frame = pd.DataFrame({name: np.repeat(series.get_level_values(name), len(ahead)) for name in SERIES})
    named = other if isinstance(other, str) else np.repeat(other.to_numpy(), len(ahead))
    return frame.assign(bucket=np.tile(ahead, len(series)), kind=kind, other_id=named, units=units.ravel())


def _long(
    values: np.ndarray, series: pd.MultiIndex, buckets: pd.DatetimeIndex, why: dict[str, np.ndarray]
) -> pd.DataFrame:
    """One row a series and bucket that has a value, with the words of all that `why` says of it."""
    frame = pd.DataFrame({name: np.repeat(series.get_level_values(name), len(buckets)) for name in SERIES})
    words = np.full(values.shape, "", dtype=object)
    for word, where in why.items():
        words = np.where(where, np.where(words == "", word, words + ", " + word), words)
    frame = frame.assign(bucket=np.tile(buckets, len(series)), cleaned=values.ravel(), why=words.ravel())
    return frame[frame["cleaned"].notna()]
