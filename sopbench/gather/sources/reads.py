"""Tells whether SQL only reads, by the tree that DuckDB itself makes of it: what is not known to read is refused.

DuckDB lets a WITH write files (COPY) and rows, and has functions that run SQL held in a text or that look past the
company's data; its settings bar the disk outside of the source folder, but not these.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from sopbench.gather.sources.sql import SqlFault

READING = {"SELECT_NODE", "SET_OPERATION_NODE", "RECURSIVE_CTE_NODE", "CTE_NODE"}
"""Kinds of queries that read and do no more."""

READERS = {
    *("read_csv", "read_csv_auto", "read_parquet", "parquet_scan", "read_text", "read_blob", "glob"),
    *("read_json", "read_json_auto", "read_json_objects", "read_json_objects_auto"),
    *("read_ndjson", "read_ndjson_auto", "read_ndjson_objects", "read_ndjson_objects_auto"),
    *("range", "generate_series", "unnest", "repeat", "repeat_row", "json_each", "json_tree", "values"),
}
"""Functions that may stand where a table does."""


def refuse_unless_it_reads(connection: Any, sql: str) -> None:
    """Raise SqlFault where a SELECT writes, or calls a function where a table stands that is not known to read.

    `connection` is DuckDB's; `sql` one SELECT that it can parse.
    """
    [[said]] = connection.execute("SELECT json_serialize_sql($sql)", {"sql": sql}).fetchall()
    tree = json.loads(said)
    if tree["error"]:
        raise SqlFault(f"it cannot be told what it reads: {tree['error_message']}", "write it as a plain SELECT")
    for part in _parts(tree["statements"]):
        kind = str(part.get("type", ""))
        if kind.endswith("_NODE") and kind not in READING:
            raise SqlFault("it would write, and a mapping may only read", "write SELECTs alone, in WITH too")
        function = part["function"].get("function_name", "") if kind == "TABLE_FUNCTION" else None
        if function is not None and function.lower() not in READERS:
            mend = "read the company's files: FROM 'orders.csv', or read_csv('orders.csv')"
            raise SqlFault("a mapping may not call this function", mend, f"{function}()")


def _parts(tree: Any) -> Iterator[dict[str, Any]]:
    """Every part of a tree that has a type, wherever it stands; without recursion, for SQL may nest deeply."""
    left = [tree]
    while left:
        part = left.pop()
        if isinstance(part, dict):
            yield part
        left += part.values() if isinstance(part, dict) else part if isinstance(part, list) else []
