"""The registers of a cycle: what is carried from earlier ones, what is overdue, and how well the owners foresaw.

An entry is written down in one cycle and may be said anew in later ones; each time the book keeps another form of
it. It stands in every cycle's register until it is closed with its outcome.
"""

from __future__ import annotations

import pandas as pd

from sopbench.contract import checked, table

UNCERTAIN = ("risk", "opportunity")
"""The registers whose entries may come or not, so that a probability of theirs can be judged."""

SCORED = ["kind", "owner"]

EFFECTS = ("units", "money")


def carry(written: pd.DataFrame, cycle: str) -> pd.DataFrame:
    """The entries that stand in a cycle's register, each in its latest form, with the cycle it comes from.

    Args:
        written: all forms of all entries, as the book holds them (Book.entries_written).
        cycle: the cycle's name.

    Returns:
        What is open, whenever it was written down, and what was closed in this very cycle; `carried` marks what
        comes from an earlier one.
    """
    rows = written[written["cycle"] <= cycle]
    latest = rows[~rows["id"].isin(rows["replaces"].dropna())]
    latest = latest.assign(status=latest["status"].where(latest["status"] == "open", "closed"))
    latest = latest[(latest["status"] == "open") | (latest["cycle"] == cycle)]
    came_from = rows.set_index("id")["cycle"].reindex(_first_forms(rows).loc[latest["id"]].to_numpy()).to_numpy()
    return latest.assign(entry_id=latest["id"], cycle=came_from, carried=came_from < cycle)


def overdue(entries: pd.DataFrame, as_of: pd.Timestamp) -> pd.Series:
    """Whether each entry is open though its day is past; on its very day it is not overdue yet."""
    return (entries["status"] == "open") & (pd.to_datetime(entries["due"]) < as_of)


def register(written: pd.DataFrame, cycle: str, as_of: pd.Timestamp) -> pd.DataFrame:
    """The register of a cycle as it stands on a day (contract table registers)."""
    found = carry(written, cycle)
    found = found.assign(overdue=overdue(found, as_of).astype(bool), carried=found["carried"].astype(bool))
    names = table("registers").names
    return checked(found[names], table("registers")) if len(found) else table("registers").empty()


def score(written: pd.DataFrame, cycle: str, as_of: pd.Timestamp) -> pd.DataFrame:
    """What came due before a day, by register and owner (contract table register_scores).

    Kept in time is what was closed by its day. Risks and opportunities with a probability are judged once their day
    is past and it is known whether they came: Brier score (Brier 1950, Monthly Weather Review 78, 1-3), and
    probability times effect beside the true effect, which is 0 for what did not come. Nothing is judged before its
    day, or what comes early would be counted and what does not come would not. What counts is the first probability
    that was said, with the effect said with it: the plan was made on these.

    Args:
        written: all forms of all entries, as the book holds them (Book.entries_written).
        cycle: what was written down in later cycles is not seen.
        as_of: the day; what is due on it has not come due yet.
    """
    rows = written[written["cycle"] <= cycle]
    latest = rows[~rows["id"].isin(rows["replaces"].dropna())]
    due = latest.assign(due=pd.to_datetime(latest["due"]), closed_on=pd.to_datetime(latest["closed_on"]))
    due = due[due["due"] < as_of]
    if due.empty:
        return table("register_scores").empty()
    is_open = due["status"] == "open"
    closed_on = due["closed_on"].fillna(pd.to_datetime(due["made_at"].str[:10]))  # earlier versions kept no such day
    marks = due[SCORED].assign(
        came_due=1,
        on_time=~is_open & (closed_on <= due["due"]),
        late=~is_open & (closed_on > due["due"]),
        overdue=is_open,
    )
    counts = marks.groupby(SCORED).sum().astype("int64")
    judged = _judged(rows, due)
    said = judged.groupby(SCORED)[["brier"]].mean()
    said = said.join(judged.groupby(SCORED).size().rename("judged"), how="outer")
    for name in EFFECTS:
        known = judged.dropna(subset=[f"expected_{name}", f"true_{name}"])
        said = said.join(known.groupby(SCORED)[[f"expected_{name}", f"true_{name}"]].sum(), how="outer")
    found = counts.join(said).reset_index()
    return checked(found.assign(judged=found["judged"].fillna(0).astype("int64")), table("register_scores"))


def _judged(rows: pd.DataFrame, due: pd.DataFrame) -> pd.DataFrame:
    """Each entry that can be judged: its part of the Brier score, what was expected of it and what it was."""
    first = rows.assign(first=_first_forms(rows).reindex(rows["id"]).to_numpy()).dropna(subset=["probability"])
    first = first.sort_values("id").drop_duplicates("first").set_index("first")
    known = due[due["kind"].isin(UNCERTAIN) & (due["status"] != "open") & due["happened"].notna()]
    entry = _first_forms(rows).reindex(known["id"]).to_numpy()
    said = first[["probability", "effect_units", "effect_money"]].reindex(entry).set_axis(known.index)
    found = known[[*SCORED, "happened"]].assign(brier=(said["probability"] - known["happened"]) ** 2)
    for name in EFFECTS:
        found[f"expected_{name}"] = said["probability"] * said[f"effect_{name}"]
        found[f"true_{name}"] = known[f"true_{name}"].where(known["happened"] > 0, 0.0)
    return found[said["probability"].notna()]


def _first_forms(rows: pd.DataFrame) -> pd.Series:
    """The number under which each form's entry was first written down, by the form's number."""
    before = rows.set_index("id")["replaces"].dropna().astype("int64")
    before = before[before.isin(rows["id"])]
    first = pd.Series(rows["id"].to_numpy(), index=rows["id"].to_numpy())
    while first.isin(before.index).any():
        first = first.map(before).fillna(first).astype("int64")
    return first
