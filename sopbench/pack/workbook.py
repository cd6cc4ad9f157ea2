"""The plan as a workbook: Excel tables to filter, and an overview whose live formulas add them up."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pandas as pd

from sopbench.contract.buckets import are_months
from sopbench.pack.material import Material, in_words
from sopbench.pack.overview import write_overview
from sopbench.pack.sheets import HIGH, NUMBERS, Sheet
from sopbench.views.numbers import bucket_word
from sopbench.views.presop import STATEMENT

WORDS = ("text", "long", "bucket", "date")
"""Kinds of columns that stand to the left; the others are figures."""

SHEET_ROWS = 1_000_000
"""Rows a sheet holds; Excel ends at 1,048,576."""

NAMED = {"item_id": "item", "description": "description", "family": "family"}
PLACED = {"location_id": "location", "bucket": "bucket"}

COLUMNS = {
    "comparison": {"family": "family", "bucket": "bucket", "line": "line", "plan": "plan", "budget": "budget",
                   "last_cycle": "last cycle", "last_year": "last year"},
    "financial_plan": {"family": "family", "bucket": "bucket", "line": "line", "value": "value"},
    "demand_plan": {**NAMED, **PLACED, "customer_id": "customer", "method": "method", "statistical": "history alone",
                    "p10": "low (p10)", "p90": "high (p90)", "sales": "sales says", "marketing": "marketing says",
                    "finance": "finance says", "override": "override", "consensus": "consensus",
                    "unit_price": "list price"},
    "supply_plan": {**NAMED, **PLACED, "demand": "demand", "component_use": "used in production", "make": "made",
                    "overtime_make": "of it in overtime", "buy": "bought", "subcontract": "subcontracted",
                    "move_in": "moved in", "move_out": "moved out", "receipts": "orders under way",
                    "shipped": "shipped", "backlog": "late", "lost": "lost", "stock": "stock",
                    "safety_stock": "safety stock"},
    "sourcing_plan": {**NAMED, "location_id": "location", "method": "how", "origin_id": "from",
                      "start_bucket": "start", "bucket": "arrives", "qty": "units", "cost": "cost"},
    "capacity_plan": {"resource_id": "resource", "bucket": "bucket", "load": "hours needed", "regular": "regular hours",
                      "overtime": "overtime hours", "regular_available": "regular hours there are",
                      "overtime_available": "overtime hours there are", "utilisation": "load over regular hours",
                      "shadow_price": "worth of one more hour"},
    "shortages": {**NAMED, **PLACED, "customer_id": "customer", "qty": "units", "lost": "of it lost",
                  "revenue_at_risk": "revenue at risk", "cause": "cause", "cause_id": "which", "because": "because"},
    "scenario_kpis": {"scenario": "scenario", "kind": "kind", "kpi": "measure", "unit": "unit", "value": "value",
                      "difference": "difference to base"},
    "decisions": {"decision_id": "number", "question": "question", "recommendation": "recommendation",
                  "owner": "owner", "due": "due", "money": "money"},
}  # fmt: skip
"""Tables of the plan and their columns in words a reader knows, in the order they are shown."""

SHEETS = {
    "comparison": ("plan against budget", "Comparison"),
    "financial_plan": ("financial plan", "FinancialPlan"),
    "demand_plan": ("demand plan", "DemandPlan"),
    "supply_plan": ("supply plan", "SupplyPlan"),
    "sourcing_plan": ("orders", "Orders"),
    "capacity_plan": ("capacity", "Capacity"),
    "shortages": ("shortages", "Shortages"),
    "scenario_kpis": ("scenarios", "Scenarios"),
    "decisions": ("decisions", "Decisions"),
}
"""What the sheet of each table is called, and the Excel table on it."""


def sheets(material: Material) -> dict[str, Sheet]:
    """The sheets with tables, by contract table, in their order."""
    scenario_kpis = material.compared["scenario_kpis"].merge(material.compared["scenarios"][["scenario", "kind"]])
    tables = material.plan | {"scenario_kpis": scenario_kpis}
    tables["financial_plan"] = _in_lines(tables["financial_plan"])
    names = material.items[["item_id", "description", "family", "unit_price"]]
    made = {}
    for name, columns in COLUMNS.items():
        frame = tables[name]
        if "item_id" in frame:
            frame = frame.merge(names, on="item_id", how="left")
        if "family" in frame:
            frame = frame.assign(family=frame["family"].map(in_words, na_action="ignore"))
        if name == "scenario_kpis":
            frame = frame.assign(scenario=frame["scenario"].map(in_words), kpi=frame["kpi"].map(in_words))
        if name == "decisions":
            said = {column: frame[column].map(material.plain) for column in ("question", "recommendation")}
            frame = frame.assign(**said)
        columns = {column: bucket_word() if said == "bucket" else said for column, said in columns.items()}
        sheet, table = SHEETS[name]
        shown = frame[[column for column in columns if column in frame]].rename(columns=columns).head(SHEET_ROWS)
        made[name] = Sheet(sheet, table, shown.reset_index(drop=True), len(frame), _live(name, shown))
    return made


def _in_lines(financial_plan: pd.DataFrame) -> pd.DataFrame:
    """The lines as people call them; those that are no line of the statement by their own name."""
    return financial_plan.assign(line=financial_plan["line"].map(lambda line: STATEMENT.get(line, in_words(line))))


def _live(name: str, frame: pd.DataFrame) -> dict[str, tuple[str, pd.Series]]:
    """Columns that Excel reckons, with what comes out."""
    if name == "comparison":
        formula = '=IF([@budget]="","",[@plan]-[@budget])'
        return {"plan less budget": (formula, (frame["plan"] - frame["budget"]).reset_index(drop=True))}
    if name == "demand_plan":
        formula = "=[@consensus]*[@[list price]]"
        return {"value at list price": (formula, (frame["consensus"] * frame["list price"]).reset_index(drop=True))}
    return {}


def write_workbook(path: Path, material: Material) -> None:
    """Write the workbook: a page to read, the overview, and a sheet for each table."""
    import xlsxwriter

    made = sheets(material)
    asked = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(path, asked) as book:
        created = material.cycle.start.to_pydatetime()
        book.set_properties({"title": f"{material.company}: plan of {material.month}", "created": created})
        buckets = "mmm yyyy" if are_months(material.plan["comparison"]["bucket"]) else "yyyy-mm-dd"
        left = {"align": "left", "valign": "top", "indent": 1}  # so that a text keeps away from figures before it
        looks = {name: book.add_format({"num_format": said, "valign": "top"}) for name, said in NUMBERS.items()}
        looks |= {
            "bucket": book.add_format({"num_format": buckets, **left}),
            "date": book.add_format({"num_format": "d mmm yyyy", **left}),
            "text": book.add_format(left),
            "head": book.add_format({**left, "bold": True, "bottom": 1}),
            "head of figures": book.add_format({"bold": True, "bottom": 1, "align": "right"}),
            "long": book.add_format({**left, "text_wrap": True}),
        }
        front, overview = book.add_worksheet("read me"), book.add_worksheet("overview")
        for sheet in made.values():
            _write_table(book.add_worksheet(sheet.name), sheet, looks)
        for page in book.worksheets():
            print_on_a4(page, f"{material.company}: plan of {material.month}")
        _write_front(book, front, material, made)
        write_overview(book, overview, made, material, buckets)
        overview.activate()


def print_on_a4(page: Any, said: str) -> None:
    """A4 lying, one page wide, with what it is of, its sheet and its number below."""
    page.set_paper(9)
    page.set_landscape()
    page.fit_to_pages(1, 0)
    page.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
    page.set_footer(f"&L&8{said.replace('&', '&&')}&C&8&A&R&8&P / &N")


def _write_table(page: Any, sheet: Sheet, looks: dict[str, Any]) -> None:
    """A frame as an Excel table with filters: its head stays in sight, its columns are as wide as what they hold."""
    frame, last = sheet.frame, max(len(sheet.frame), 1)
    heads = [*frame.columns, *sheet.live]
    kinds = [*(sheet.kind(name) for name in frame.columns), *("number" for _ in sheet.live)]
    looks = looks | {"mixed": looks["number"]}
    columns = [
        {"header": head, "format": looks[kind], "header_format": looks["head" if kind in WORDS else "head of figures"]}
        for head, kind in zip(heads, kinds, strict=True)
    ]
    for place, name in enumerate(sheet.live, start=len(frame.columns)):
        columns[place]["formula"] = sheet.live[name][0]
    asked = {"name": sheet.table, "columns": columns, "style": "Table Style Light 1", "banded_rows": False}
    page.add_table(0, 0, last, len(heads) - 1, asked)
    page.freeze_panes(1, 0)
    page.repeat_rows(0)
    for row, high in enumerate(sheet.heights(), start=1):
        if high > HIGH:
            page.set_row(row, high)
    for place, (name, kind) in enumerate(zip(heads, kinds, strict=True)):
        page.set_column(place, place, sheet.width(name, kind))
        values = sheet.live[name][1] if name in sheet.live else frame[name]
        formula = _cell_formula(sheet.live[name][0], sheet.table) if name in sheet.live else ""
        look = [looks[kind]] * len(frame)
        if kind == "mixed":
            look = [looks["share" if unit == "share" else "number"] for unit in frame["unit"]]
        _write_column(page, place, values, kind, look, formula)


def _cell_formula(formula: str, table: str) -> str:
    """A table column's formula as its cells hold it."""
    return re.sub(r"\[@\[?([^\]]+)\]?\]", rf"{table}[[#This Row],[\1]]", formula)


def _write_column(page: Any, place: int, values: pd.Series, kind: str, looks: list, formula: str) -> None:
    """Write a column below its head, each cell in its look; a formula comes with what it gives, empty stays empty."""
    for row, (value, look) in enumerate(zip(values, looks, strict=True), start=1):
        if formula:
            page.write_formula(row, place, formula, look, "" if pd.isna(value) else value)
        elif pd.isna(value):
            continue
        elif kind in ("bucket", "date"):
            page.write_datetime(row, place, value.to_pydatetime(), look)
        elif kind in ("text", "long"):
            page.write_string(row, place, str(value), look)
        else:
            page.write_number(row, place, value, look)


def _write_front(book: Any, page: Any, material: Material, made: dict[str, Sheet]) -> None:
    """What the workbook is of, whether it is approved, and what each sheet holds."""
    head, wrap = book.add_format({"bold": True, "valign": "top"}), book.add_format({"text_wrap": True, "valign": "top"})
    said = {
        "Company": material.company,
        "Cycle": material.month,
        "Plan": in_words(material.recommended),
        "Why": material.plain(material.recommendation),
        "Approval": material.approval,
        "Currency": material.currency,
        "Plan hash": material.plan_hash,
        "Sheet overview": "sums of the tables by live formulas; the last line of each block checks them",
    }
    for sheet in made.values():
        rows = (
            f"{sheet.rows:,} rows"
            if sheet.rows == len(sheet.frame)
            else f"first {len(sheet.frame):,} of {sheet.rows:,} rows"
        )
        said[f"Sheet {sheet.name}"] = f"Excel table {sheet.table}, {rows}"
    page.set_column(0, 0, 26)
    page.set_column(1, 1, 100)
    page.hide_gridlines(2)
    for row, (name, value) in enumerate(said.items()):
        page.write_string(row, 0, name, head)
        page.write_string(row, 1, value, wrap)
        page.set_row(row, HIGH * -(-len(value) // 105))
