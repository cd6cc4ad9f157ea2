"""How fast raw sales lines become the contract's monthly sales: gather, plain pandas, and plain DuckDB as the floor.

Run from the project's folder: make bench-gather, or python benchmarks/gather_speed.py --lines 1000000. Each does the
same work in a process of its own: read the lines, add them up by item, location, customer and month, sort them by key.
Gather also checks them, by themselves and against the other tables. Seconds are of this machine and this moment; the
ratios travel.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

KEY = ["item_id", "location_id", "customer_id", "bucket"]
MADE = """
    SELECT 'I' || lpad((hash(i) % 500)::VARCHAR, 4, '0') AS sku, 'S' || hash(i, 1) % 4 AS site,
           'C' || hash(i, 2) % 5 AS client,
           DATE '2022-09-01' + (hash(i, 3) % 1096)::INTEGER AS day, 1 + hash(i, 4) % 20 AS units,
           round((1 + hash(i, 4) % 20) * (5 + hash(i) % 500 / 10.0), 2) AS amount
    FROM range({lines}) AS lines(i)"""
ADDED_UP = """
    SELECT sku AS item_id, site AS location_id, client AS customer_id, date_trunc('month', day)::DATE AS bucket,
           sum(units) AS qty_ordered, sum(amount) AS revenue
    FROM {lines} GROUP BY ALL"""
SMALL = {
    "items": "SELECT DISTINCT sku AS item_id, 'all' AS family, 5 AS unit_cost, 10 AS unit_price FROM 'items.csv'",
    "locations": "SELECT DISTINCT site AS location_id FROM 'sites.csv'",
    "sources": """SELECT sku AS item_id, site AS location_id, 'buy' AS method, 'A' AS origin_id
                  FROM 'items.csv', 'sites.csv'""",
}


def make_company(folder: Path, lines: int) -> None:
    """The lines as CSV and as Parquet, what else a mapping needs, and a mapping for each of the two."""
    import duckdb

    (folder / "erp").mkdir()
    said = MADE.format(lines=lines)
    for form, how in (("csv", "HEADER"), ("parquet", "FORMAT parquet")):
        duckdb.sql(f"COPY ({said}) TO '{folder}/erp/lines.{form}' ({how})")
        mapping = folder / form
        mapping.mkdir()
        for name, sql in {**SMALL, "sales": ADDED_UP.format(lines=f"'lines.{form}'")}.items():
            (mapping / f"{name}.sql").write_text(sql)
    duckdb.sql(f"COPY (SELECT DISTINCT sku FROM ({said})) TO '{folder}/erp/items.csv' (HEADER)")
    duckdb.sql(f"COPY (SELECT DISTINCT site FROM ({said})) TO '{folder}/erp/sites.csv' (HEADER)")


def by_gather(folder: Path, form: str):
    """What `sopbench check` does, from the files to tables that conform."""
    import pandas as pd

    from sopbench import gather
    from sopbench.params import Gather

    start = pd.Timestamp("2025-09-01")
    raw = gather.read(folder / "erp", folder / form, start)
    tables, _ = gather.assemble(raw, start, 18, Gather(source="erp"))
    return tables["sales"]


def by_pandas(folder: Path, form: str):
    """A notebook's usual lines."""
    import pandas as pd

    path = folder / "erp" / f"lines.{form}"
    lines = pd.read_csv(path, parse_dates=["day"]) if form == "csv" else pd.read_parquet(path)
    lines["bucket"] = pd.to_datetime(lines["day"]).dt.to_period("M").dt.to_timestamp()
    lines = lines.rename(columns={"sku": "item_id", "site": "location_id", "client": "customer_id"})
    sums = lines.groupby(KEY, as_index=False).agg(qty_ordered=("units", "sum"), revenue=("amount", "sum"))
    return sums.sort_values(KEY, ignore_index=True)


def by_duckdb(folder: Path, form: str):
    """The one SELECT, with all the threads there are."""
    import duckdb

    return duckdb.sql(ADDED_UP.format(lines=f"'{folder}/erp/lines.{form}'") + f" ORDER BY {', '.join(KEY)}").df()


WAYS = {"gather": by_gather, "pandas": by_pandas, "duckdb": by_duckdb}


def timed(way: str, folder: Path, form: str) -> None:
    """Do the work once and print seconds, peak memory and a checksum; imports are not counted."""
    import duckdb  # noqa: F401
    import pandas  # noqa: F401

    import sopbench.gather  # noqa: F401

    began = time.perf_counter()
    sales = WAYS[way](folder, form)
    seconds = time.perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        json.dumps({"seconds": seconds, "peak": peak, "rows": len(sales), "units": float(sales["qty_ordered"].sum())})
    )


def measured(way: str, folder: Path, form: str, times: int) -> dict:
    """The quickest of several runs, each in a process of its own."""
    words = [sys.executable, __file__, "--way", way, "--form", form, "--folder", str(folder)]
    runs = [json.loads(subprocess.run(words, capture_output=True, text=True, check=True).stdout) for _ in range(times)]
    return min(runs, key=lambda run: run["seconds"])


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--lines", type=int, default=5_000_000)
    words.add_argument("--times", type=int, default=3)
    words.add_argument("--way", choices=WAYS)
    words.add_argument("--form", choices=["csv", "parquet"])
    words.add_argument("--folder", type=Path)
    asked = words.parse_args()
    if asked.way:
        timed(asked.way, asked.folder, asked.form)
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make_company(folder, asked.lines)
        print(f"{asked.lines:,} sales lines; best of {asked.times} runs")
        print(f"{'':16}{'seconds':>9}{'lines/s':>13}{'peak MiB':>10}{'of the floor':>14}{'of pandas':>11}")
        for form in ("csv", "parquet"):
            found = {way: measured(way, folder, form, asked.times) for way in WAYS}
            assert len({(run["rows"], run["units"]) for run in found.values()}) == 1, "they do not agree"
            for way, run in found.items():
                floor, peer = (run["seconds"] / found[each]["seconds"] for each in ("duckdb", "pandas"))
                said = f"{run['seconds']:9.2f}{asked.lines / run['seconds']:13,.0f}{run['peak']:10,.0f}"
                print(f"{form:8} {way:7}{said}{floor:13.2f}x{peer:10.2f}x")
            print(f"{form:8} to {found['gather']['rows']:,} rows of the contract table sales")


if __name__ == "__main__":
    main()
