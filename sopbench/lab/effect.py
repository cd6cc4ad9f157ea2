"""What other methods would do to the cycle: two demand plans side by side, in units and in money."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from sopbench.contract.words import in_money, in_share, in_units
from sopbench.lab.scores import comparable
from sopbench.lab.trial import CHOICE, SERIES, Panel, chosen_unseen

ALL_FAMILIES = "all families"


@dataclass(frozen=True)
class Effect:
    """The demand plan with other methods beside the one without them.

    `family`: family (and all families), series, series_changed, units and money of the consensus over the horizon
    before and after, money_moved (the same moved up or down, bucket by bucket), wape and money_missed in the backtest
    before and after, safety_stock before and after; most money moved first. `buckets`: family, bucket, units and money
    before and after. `switches`: method before and after, series, money (their consensus), where they differ.
    """

    methods: tuple[str, ...]
    family: pd.DataFrame
    buckets: pd.DataFrame
    switches: pd.DataFrame
    currency: str

    def in_words(self) -> str:
        """The effect in a sentence or three."""
        total = self.family.set_index("family").loc[ALL_FAMILIES]
        names = " and ".join(self.methods)
        change = total["money_after"] - total["money_before"]
        share = change / total["money_before"] if total["money_before"] else 0.0
        sign = "more" if change >= 0 else "less"
        missed = total["money_missed_after"] - total["money_missed_before"]
        better = "less" if missed < 0 else "more"
        stock = total["safety_stock_after"] - total["safety_stock_before"]
        return (
            f"With **{names}**, {in_units(total['series_changed'])} of {in_units(total['series'])} series get another "
            f"method. The consensus over the horizon is worth "
            f"{in_money(abs(change), self.currency)} ({in_share(abs(share))}) {sign}. In the backtest the plan misses "
            f"**{in_money(abs(missed), self.currency)} {better}** ({in_share(total['wape_before'])} of demand before, "
            f"{in_share(total['wape_after'])} after), each origin by a choice made without it. Safety stock for one "
            f"bucket binds {in_money(abs(stock), self.currency)} {'more' if stock >= 0 else 'less'}."
        )


def effect(
    of: Panel,
    before: dict[str, pd.DataFrame],
    after: dict[str, pd.DataFrame],
    items: pd.DataFrame,
    methods: tuple[str, ...],
    currency: str,
) -> Effect:
    """Compare two results of the demand step (`before`, `after`: its tables) made from the panel; `methods` are new.

    Money is at list price. Safety stock is what covers one bucket 9 times in 10, p90 - p50 of each series at unit cost,
    the mean over the horizon: a yardstick, not the supply step's own.
    """
    plan = _side_by_side(before["demand_plan"], after["demand_plan"], items)
    switched = _switched(before["method_choice"], after["method_choice"], items)
    sums = plan.groupby("family").agg(
        units_before=("consensus_before", "sum"),
        units_after=("consensus_after", "sum"),
        money_before=("money_before", "sum"),
        money_after=("money_after", "sum"),
        money_moved=("moved", "sum"),
    )
    stock = plan.groupby(["family", "bucket"])[["stock_before", "stock_after"]].sum().groupby("family").mean()
    stock.columns = ["safety_stock_before", "safety_stock_after"]
    series = switched.groupby("family").agg(series=("changed", "size"), series_changed=("changed", "sum"))
    missed = {name: _missed(of, side["backtest"], items) for name, side in (("before", before), ("after", after))}
    family = series.join(sums).join(stock).join(_compared(missed))
    family.loc[ALL_FAMILIES] = family.sum()
    for name in ("before", "after"):
        family[f"wape_{name}"] = family[f"units_missed_{name}"] / family["demand"].where(family["demand"] > 0)
    family = family.drop(columns=["units_missed_before", "units_missed_after", "demand"]).reset_index()
    family = family.astype({"series": int, "series_changed": int})
    family = family.sort_values(["money_moved", "family"], ascending=[False, True], ignore_index=True)
    buckets = plan.groupby(["family", "bucket"], as_index=False)[
        ["consensus_before", "consensus_after", "money_before", "money_after"]
    ].sum()
    buckets.columns = ["family", "bucket", "units_before", "units_after", "money_before", "money_after"]
    worth = plan.groupby(SERIES)["money_after"].sum().rename("money").reset_index()
    moves = switched[switched["changed"]].merge(worth, on=SERIES)
    switches = moves.groupby(["method_before", "method_after"], as_index=False).agg(
        series=("money", "size"), money=("money", "sum")
    )
    switches = switches.sort_values(
        ["money", "method_before", "method_after"], ascending=[False, True, True], ignore_index=True
    )
    return Effect(methods, family, buckets, switches, currency)


def _side_by_side(before: pd.DataFrame, after: pd.DataFrame, items: pd.DataFrame) -> pd.DataFrame:
    """Both plans by row: consensus, money, units moved in money, and p90 - p50 at unit cost."""
    key = [*SERIES, "customer_id", "bucket"]
    names = ["consensus", "p50", "p90"]
    both = before[[*key, *names]].merge(
        after[[*key, *names]], on=key, how="outer", suffixes=("_before", "_after"), sort=True
    )
    both = both.fillna(dict.fromkeys([f"{name}_{side}" for name in names for side in ("before", "after")], 0.0))
    both = both.merge(items[["item_id", "family", "unit_price", "unit_cost"]], on="item_id")
    price, cost = both["unit_price"].fillna(0.0), both["unit_cost"].fillna(0.0)
    for side in ("before", "after"):
        both[f"money_{side}"] = both[f"consensus_{side}"] * price
        both[f"stock_{side}"] = (both[f"p90_{side}"] - both[f"p50_{side}"]).clip(lower=0.0) * cost
    return both.assign(moved=(both["money_after"] - both["money_before"]).abs())


def _switched(before: pd.DataFrame, after: pd.DataFrame, items: pd.DataFrame) -> pd.DataFrame:
    """The method of each series in both plans, and whether it changed."""
    both = before[[*SERIES, "method"]].merge(after[[*SERIES, "method"]], on=SERIES, suffixes=("_before", "_after"))
    both = both.merge(items[["item_id", "family"]], on="item_id")
    return both.assign(changed=both["method_before"] != both["method_after"])


def _missed(of: Panel, backtest: pd.DataFrame, items: pd.DataFrame) -> pd.DataFrame:
    """What the methods chosen missed in the backtest on origins their choice has not seen, in units and money."""
    rows = chosen_unseen(of, backtest, CHOICE).merge(items[["item_id", "family", "unit_price"]], on="item_id")
    missed = (rows["forecast"] - rows["actual"]).abs()
    return rows.assign(units_missed=missed, money_missed=missed * rows["unit_price"].fillna(0.0))


def _compared(missed: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """By family, over the cells both choices forecast: demand, units and money missed before and after."""
    rows = comparable(pd.concat([frame.assign(method=name) for name, frame in missed.items()]))
    sums = rows.groupby(["family", "method"])[["actual", "units_missed", "money_missed"]].sum().unstack("method")  # noqa: PD010
    names = ("units_missed", "money_missed")
    sums = sums.reindex(columns=pd.MultiIndex.from_product([["actual", *names], ["before", "after"]]))
    told = {f"{name}_{side}": sums[(name, side)] for name in names for side in ("before", "after")}
    return pd.DataFrame({**told, "demand": sums[("actual", "before")]})
