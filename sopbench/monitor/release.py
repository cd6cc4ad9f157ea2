"""The release of an approved plan: one workbook, a csv and a parquet a table, a manifest, all of it or nothing."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

import pandas as pd

from sopbench.contract import PlanningError, Problem
from sopbench.contract.buckets import are_months
from sopbench.contract.formulas import CALLING, as_text

SHEET_ROWS = 1_000_000
"""Orders a sheet holds; Excel ends at 1,048,576 rows. The csv file holds all."""

ORDER_SHEETS = {"production": ["make"], "purchases": ["buy", "subcontract"], "transfers": ["move"]}
"""Sheet and the kinds of released orders on it."""


def release_facts(
    company: str, currency: str, cycle: str, scenario: str, approval: dict[str, str], plan_hash: str
) -> dict[str, str]:
    """What a release says of itself. PlanningError where the tables are not the ones that were approved."""
    if approval["plan_hash"] != plan_hash:
        message = f"the tables of cycle {cycle} are not the ones {approval['by']} approved on {approval['at'][:10]}"
        mend = "put the approved tables back; changes belong into the next cycle"
        raise PlanningError(Problem("plan", cycle, plan_hash[:12], message, mend))
    return {
        "company": company,
        "cycle": cycle,
        "scenario": scenario,
        "currency": currency,
        "approved_by": approval["by"],
        "approved_at": approval["at"],
        "conditions": approval["conditions"],
        "plan_hash": plan_hash,
    }


def write_release(folder: Path, tables: dict[str, pd.DataFrame], facts: dict[str, str]) -> list[Path]:
    """Write the release folder of a cycle: workbook, csv and parquet of each table, release.json; return its files.

    `tables` are contract tables by name, with items, demand_plan, released_orders and financial_plan among them
    (items only names things); `facts` are those of `release_facts`. Everything is written beside the folder and then
    put in its place, so that no half release is ever seen; the same plan gives the same bytes, and a folder that
    holds them already is left as it is.
    """
    ready = folder.with_name(f".{folder.name}.new")
    if ready.exists():
        shutil.rmtree(ready)
    ready.mkdir(parents=True)
    released = {name: frame for name, frame in tables.items() if name != "items"}
    for name, frame in released.items():
        said = as_text(frame, CALLING)  # planning systems read it: ids stay as they are
        said.to_csv(ready / f"{name}.csv", index=False, lineterminator="\n", date_format="%Y-%m-%d")
        frame.to_parquet(ready / f"{name}.parquet", compression="zstd", index=False)
    _write_workbook(ready / f"plan_{facts['cycle']}.xlsx", tables, facts)
    hashes = {path.name: _hash(path) for path in sorted(ready.iterdir())}
    rows = {name: len(frame) for name, frame in sorted(released.items())}
    said = json.dumps({**facts, "rows": rows, "sha256": hashes}, indent=1, sort_keys=True, ensure_ascii=False)
    (ready / "release.json").write_text(said + "\n", encoding="utf-8")
    if _same(ready, folder):
        shutil.rmtree(ready)
    else:
        _put_in_place(ready, folder)
    return sorted(folder.iterdir())


def _put_in_place(ready: Path, folder: Path) -> None:
    """Rename the finished folder to its place; a release that stood there gives way only now."""
    gone = folder.with_name(f".{folder.name}.old")
    shutil.rmtree(gone, ignore_errors=True)
    if folder.exists():
        folder.rename(gone)
    ready.rename(folder)
    shutil.rmtree(gone, ignore_errors=True)


def _same(ready: Path, folder: Path) -> bool:
    """Whether the folder holds the very files that are ready."""
    names = sorted(path.name for path in ready.iterdir())
    if not folder.is_dir() or names != sorted(path.name for path in folder.iterdir()):
        return False
    return all(_hash(ready / name) == _hash(folder / name) for name in names)


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _write_workbook(path: Path, tables: dict[str, pd.DataFrame], facts: dict[str, str]) -> None:
    """One sheet each to read, with buckets across where they are compared and orders down where they are worked off."""
    import xlsxwriter

    orders = tables["released_orders"].sort_values(["start", "order_id"])
    sheets = {"demand plan": _demand_sheet(tables["demand_plan"], tables["items"])}
    sheets |= {
        name: _order_sheet(orders[orders["kind"].isin(kinds)], tables["items"]) for name, kinds in ORDER_SHEETS.items()
    }
    sheets["financial plan"] = _financial_sheet(tables["financial_plan"])
    with xlsxwriter.Workbook(path) as workbook:
        approved = pd.Timestamp(facts["approved_at"]).tz_localize(None).to_pydatetime()
        workbook.set_properties({"title": f"{facts['company']}: plan of {facts['cycle']}", "created": approved})
        buckets = "mmm yyyy" if are_months(tables["demand_plan"]["bucket"]) else "yyyy-mm-dd"
        formats = {
            "head": workbook.add_format({"bold": True, "bg_color": "#eceff2", "bottom": 1, "num_format": buckets}),
            "date": workbook.add_format({"num_format": "yyyy-mm-dd", "align": "left"}),
            "number": workbook.add_format({"num_format": "#,##0"}),
            "forecast": workbook.add_format({"num_format": "#,##0.0"}),
            "text": workbook.add_format({}),
        }
        _write_read_me(workbook, formats, _read_me(facts, sheets))
        for name, frame in sheets.items():
            _write_sheet(workbook, formats, name, frame.head(SHEET_ROWS))


def _demand_sheet(demand_plan: pd.DataFrame, items: pd.DataFrame) -> pd.DataFrame:
    """Consensus units by item and location, buckets across."""
    wide = demand_plan.pivot_table(
        index=["item_id", "location_id"], columns="bucket", values="consensus", aggfunc="sum"
    )
    names = items[["item_id", "description", "family", "uom"]]
    rows = names.merge(wide.reset_index(), on="item_id", how="right")
    return rows.sort_values(["family", "item_id", "location_id"], ignore_index=True)


def _order_sheet(orders: pd.DataFrame, items: pd.DataFrame) -> pd.DataFrame:
    """Orders in the order in which they start."""
    named = orders.merge(items[["item_id", "description", "uom"]], on="item_id", how="left")
    words = named["firm"].map({True: "firm", False: "planned"})
    columns = ["order_id", "status", "start", "due", "item_id", "description", "location_id", "origin_id", "qty", "uom"]
    return named.assign(status=words)[columns]


def _financial_sheet(financial_plan: pd.DataFrame) -> pd.DataFrame:
    """The plan in money by family and line, buckets across and their sum."""
    wide = financial_plan.pivot_table(index=["family", "line"], columns="bucket", values="value", aggfunc="sum")
    return wide.assign(total=wide.sum(axis=1)).reset_index()


def _read_me(facts: dict[str, str], sheets: dict[str, pd.DataFrame]) -> list[tuple[str, Any]]:
    said = {
        "Company": facts["company"],
        "Cycle": facts["cycle"],
        "Scenario": facts["scenario"],
        "Currency": facts["currency"],
        "Approved by": facts["approved_by"],
        "Approved at": facts["approved_at"],
        "Conditions": facts["conditions"] or "none",
        "Plan hash": facts["plan_hash"],
        "Demand plan": "consensus units by item and location; with customers in demand_plan.csv",
        "Orders": "firm: to be done as they stand; planned: what is coming, may change in the next cycle",
        "Financial plan": f"money in {facts['currency']}; line units in units",
        "Checks": "release.json holds the sha256 of every file",
    }
    longer = {name: len(frame) for name, frame in sheets.items() if len(frame) > SHEET_ROWS}
    cut = {f"Sheet {name}": f"first {SHEET_ROWS:,} of {rows:,} rows; all in the csv" for name, rows in longer.items()}
    return list((said | cut).items())


def _write_read_me(workbook: Any, formats: dict[str, Any], lines: list[tuple[str, Any]]) -> None:
    sheet = workbook.add_worksheet("read me")
    sheet.set_column(0, 0, 16)
    sheet.set_column(1, 1, 90)
    for row, (name, value) in enumerate(lines):
        sheet.write_string(row, 0, name, formats["head"])
        sheet.write_string(row, 1, str(value))


def _write_sheet(workbook: Any, formats: dict[str, Any], name: str, frame: pd.DataFrame) -> None:
    """A frame with a frozen head, its columns as wide as what they hold."""
    sheet = workbook.add_worksheet(name)
    buckets_across = any(isinstance(column, pd.Timestamp) for column in frame.columns)
    kinds = {column: _kind(frame[column], name) for column in frame.columns}
    sheet.freeze_panes(1, sum(kind == "text" for kind in kinds.values()) if buckets_across else 1)
    sheet.autofilter(0, 0, len(frame), len(frame.columns) - 1)
    for place, (column, kind) in enumerate(kinds.items()):
        if isinstance(column, pd.Timestamp):
            sheet.write_datetime(0, place, column.to_pydatetime(), formats["head"])
        else:
            sheet.write_string(0, place, column.replace("_", " "), formats["head"])
        longest = frame[column].str.len().max() if kind == "text" and len(frame) else 8
        sheet.set_column(place, place, min(max(longest, 8) + 4, 50))
        _write_column(sheet, place, frame[column], kind, formats[kind])


def _kind(values: pd.Series, sheet: str) -> str:
    """How a column is written: date, number (whole, or with a decimal for forecasts) or text."""
    if pd.api.types.is_datetime64_any_dtype(values):
        return "date"
    if not pd.api.types.is_numeric_dtype(values):
        return "text"
    return "forecast" if sheet == "demand plan" else "number"


def _write_column(sheet: Any, place: int, values: pd.Series, kind: str, look: Any) -> None:
    """Write a column below its head; empty cells stay empty."""
    writers = {"date": sheet.write_datetime, "text": sheet.write_string}
    write = writers.get(kind, sheet.write_number)
    for row, value in enumerate(values, start=1):
        if not pd.isna(value):
            write(row, place, value.to_pydatetime() if kind == "date" else value, look)
