"""The hierarchy over the rows of a plan: the sums people speak of, each a node, and which rows each adds up.

A level is a tuple of column names: () is the total, ("family",) has a node a family, ("family", "region") one for each
pair that is planned. Levels may cross; nothing here asks for a tree.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches

import numpy as np
import pandas as pd
from scipy import sparse

from sopbench.contract import PlanningError, Problem
from sopbench.contract.selection import ATTRIBUTES, values_of

Level = tuple[str, ...]
"""The columns whose values name a node."""

KEYS = ("item_id", "location_id", "customer_id")
"""What names a row at the bottom, where the rows have it."""


@dataclass(frozen=True)
class Hierarchy:
    """Nodes and what they add up.

    `nodes` has a row a node: `level` (its number in `levels`), `name` (the level's column=value pairs, "total" for the
    sum of all). `summing` is nodes × rows, 1 where a row counts in a node. The rows themselves are the last nodes, in
    their own order: `summing` ends in an identity. `levels` are the levels from the first to the bottom.
    """

    levels: tuple[Level, ...]
    nodes: pd.DataFrame
    summing: sparse.csr_array

    @property
    def level(self) -> np.ndarray:
        """The number of each node's level."""
        return self.nodes["level"].to_numpy()

    def at(self, level: Sequence[str]) -> np.ndarray:
        """True for the nodes of a level."""
        return self.level == self.levels.index(tuple(level))

    def that_tell(self, units_of_measure: Sequence[str]) -> Hierarchy:
        """Without the nodes above the rows that say nothing new.

        These are sums of different units (`units_of_measure` names that of each row), and levels of single rows.
        """
        codes, names = pd.factorize(np.asarray(units_of_measure, dtype=object))
        each = sparse.csr_array((np.ones(len(codes)), (np.arange(len(codes)), codes)), shape=(len(codes), len(names)))
        kinds = np.diff(sparse.csr_array(self.summing @ each).indptr)
        most = pd.Series(np.diff(self.summing.indptr)).groupby(self.level).transform("max").to_numpy()
        keep = (kinds == 1) & (most > 1)
        keep[len(keep) - len(codes) :] = True
        return Hierarchy(self.levels, self.nodes[keep].reset_index(drop=True), self.summing[np.flatnonzero(keep)])

    def node(self, **key: str) -> int:
        """The number of the node with these values, e.g. node(family="pumps"); node() is the total.

        Raises PlanningError where no such node is in the hierarchy.
        """
        name = node_name(tuple(key), tuple(key.values()))
        order = {_in_any_order(each): number for number, each in enumerate(self.nodes["name"])}
        found = order.get(_in_any_order(name))
        if found is None:
            near = get_close_matches(name, self.nodes["name"], 1)
            mend = f"did you mean {near[0]}?" if near else "name a level of demand.reconcile.levels and a value in it"
            raise PlanningError(Problem("hierarchy", name, "", "no such node", mend))
        return found


def make_hierarchy(
    rows: pd.DataFrame,
    levels: Sequence[Sequence[str]],
    *,
    items: pd.DataFrame,
    locations: pd.DataFrame,
    customers: pd.DataFrame | None = None,
) -> Hierarchy:
    """The hierarchy of `levels` over `rows` (item_id, location_id, and customer_id where they have it).

    A level's columns are those of `rows`, of items (family, category, strategy), of customers (channel, region) and of
    locations (region), found as everywhere rows are selected: where rows have customers, region is the customer's.
    Levels keep their order, the nodes of one are sorted by name, the rows come last; a level said twice, or that is the
    rows themselves, counts once. Raises PlanningError that lists every column no row has.
    """
    keys = tuple(name for name in KEYS if name in rows.columns)
    wanted = [tuple(level) for level in dict.fromkeys(map(tuple, levels)) if set(level) != set(keys)]
    tables = {"rows": rows.reset_index(drop=True), "items": items, "locations": locations}
    tables |= {} if customers is None else {"customers": customers}
    columns = _columns(tables, wanted)
    nodes, parts = [], []
    for number, level in enumerate(wanted):
        names, codes = _nodes_of(columns, level, len(rows))
        nodes.append(pd.DataFrame({"level": number, "name": names}))
        ones = (np.ones(len(rows)), (codes, np.arange(len(rows))))
        parts.append(sparse.csr_array(ones, shape=(len(names), len(rows))))
    bottom = rows[list(keys)].astype(str)
    nodes.append(pd.DataFrame({"level": len(wanted), "name": _names(keys, bottom)}))
    parts.append(sparse.eye_array(len(rows), format="csr"))
    summing = sparse.csr_array(sparse.vstack(parts, format="csr"))
    return Hierarchy((*wanted, keys), pd.concat(nodes, ignore_index=True), summing)


def node_name(level: Level, values: Sequence[str]) -> str:
    """How a node is called: "family=pumps, region=North"; the total is "total"."""
    return ", ".join(f"{column}={value}" for column, value in zip(level, values, strict=True)) or "total"


def _in_any_order(name: str) -> frozenset[str]:
    return frozenset(name.split(", "))


def _columns(tables: dict[str, pd.DataFrame], levels: list[Level]) -> pd.DataFrame:
    """Every column that a level names, as text, a row a row of the plan."""
    said = dict.fromkeys(column for level in levels for column in level)
    found = {column: values_of(tables, "rows", column) for column in said}
    missing = [column for column, values in found.items() if values is None]
    known = [*tables["rows"].columns]
    known += [each for key, (home, names) in ATTRIBUTES.items() if key in known and home in tables for each in names]
    problems = []
    for column in missing:
        near = get_close_matches(column, known, 1)
        mend = f"did you mean {near[0]}?" if near else f"use some of {', '.join(dict.fromkeys(known))}"
        problems.append(Problem("params", "demand.reconcile.levels", column, "no such column", mend))
    if problems:
        raise PlanningError(problems)
    return pd.DataFrame({column: values.fillna("").astype(str).to_numpy() for column, values in found.items()})


def _nodes_of(columns: pd.DataFrame, level: Level, rows: int) -> tuple[list[str], np.ndarray]:
    """The names of a level's nodes, sorted by value, and the node of each row."""
    if not level:
        return ["total"] if rows else [], np.zeros(rows, dtype=int)
    index = pd.MultiIndex.from_frame(columns[list(level)])
    uniques = index.unique().sort_values()
    return _names(level, uniques.to_frame(index=False)), uniques.get_indexer(index)


def _names(level: Level, values: pd.DataFrame) -> list[str]:
    return [node_name(level, each) for each in values.itertuples(index=False)]
