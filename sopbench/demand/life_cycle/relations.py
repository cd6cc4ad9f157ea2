"""Who is like whom, who takes over from whom, who takes sales from whom and what runs out: table life_cycle, sorted."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd


@dataclass(frozen=True)
class Relations:
    """The rows of the table life_cycle by kind, fit to reckon with: known items only, none related to itself.

    `likes`: item_id, other_id, factor, start, curve. `successors`: item_id, other_id, factor (share of the other it
    takes over), weight (its part of all that take over from the other), start, run_down. `takers`: item_id, other_id,
    factor, start. `phase_outs`: item_id, discontinue, run_down. A start is empty only where a like sells already.
    """

    likes: pd.DataFrame
    successors: pd.DataFrame
    takers: pd.DataFrame
    phase_outs: pd.DataFrame

    @property
    def empty(self) -> bool:
        """Whether nothing has to do with anything."""
        return all(len(rows) == 0 for rows in (self.likes, self.successors, self.takers, self.phase_outs))


def relations(items: pd.DataFrame, life_cycle: pd.DataFrame) -> Relations:
    """Read the tables items (launch, discontinue, like_item_id, like_factor) and life_cycle.

    The likes that life_cycle names for an item take the place of its like_item_id. An item that takes over from
    another starts from that one's history, whatever it is like. Successors and cannibals without any start are left
    out, as are phase-outs of items with a successor (whose row says how they run down) or without an end.
    """
    dates = items.set_index("item_id")[["launch", "discontinue"]]
    rows = life_cycle[life_cycle["item_id"].isin(dates.index) & (life_cycle["item_id"] != life_cycle["other_id"])]
    rows = rows.assign(start=rows["start"].fillna(rows["item_id"].map(dates["launch"])))
    rows = rows.sort_values(["item_id", "other_id"], ignore_index=True)
    paired = rows[rows["other_id"].isin(dates.index)]
    successors = paired[(paired["kind"] == "successor") & paired["start"].notna() & (paired["factor"] > 0)]
    successors = successors.assign(weight=successors["factor"])
    successors["weight"] /= successors.groupby("other_id")["weight"].transform("sum")
    said = paired[(paired["kind"] == "like") & ~paired["item_id"].isin(successors["item_id"])]
    column = items.loc[
        items["like_item_id"].isin(dates.index) & (items["like_item_id"] != items["item_id"]),
        ["item_id", "like_item_id", "like_factor", "launch"],
    ].set_axis(["item_id", "other_id", "factor", "start"], axis=1)
    column = column[~column["item_id"].isin([*said["item_id"], *successors["item_id"]])].assign(curve="calendar")
    likes = pd.concat([each for each in (said[list(column)], column) if len(each)] or [column])
    outs = rows[(rows["kind"] == "phase_out") & (rows["run_down"] > 0)]
    outs = outs[~outs["item_id"].isin(successors["other_id"])].drop_duplicates("item_id")
    outs = outs.assign(discontinue=outs["item_id"].map(dates["discontinue"]))
    takers = paired[(paired["kind"] == "cannibalises") & paired["start"].notna()]
    return Relations(
        likes=likes.sort_values(["item_id", "other_id"], ignore_index=True),
        successors=successors[["item_id", "other_id", "factor", "weight", "start", "run_down"]].reset_index(drop=True),
        takers=takers[["item_id", "other_id", "factor", "start"]].reset_index(drop=True),
        phase_outs=outs.loc[outs["discontinue"].notna(), ["item_id", "discontinue", "run_down"]].reset_index(drop=True),
    )


def with_models(items: pd.DataFrame, life: Relations) -> pd.DataFrame:
    """The table items in which like_item_id names the item each one learns from: its main predecessor or like item.

    The main one is that of the greatest factor; of equals the first by name.
    """
    rows = pd.concat(
        [life.successors[["item_id", "other_id", "factor"]], life.likes[["item_id", "other_id", "factor"]]]
    )
    rows = rows.sort_values(["item_id", "factor", "other_id"], ascending=[True, False, True])
    main = rows.drop_duplicates("item_id").set_index("item_id")["other_id"]
    return items.assign(like_item_id=items["item_id"].map(main).astype(object).fillna(items["like_item_id"]))
