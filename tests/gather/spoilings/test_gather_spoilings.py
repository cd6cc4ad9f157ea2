"""Every way to spoil the inputs gives a clear message or a right reading: never a traceback, never a wrong table.

The cases stand in the modules spoiled_*.py beside this one. How many there are of each kind and what comes of them is
told in spoilings.md; after a change of the cases write it anew with

    SPOILINGS=write python -m pytest tests/gather/spoilings/test_gather_spoilings.py
"""

import os
import sys
from collections import Counter
from pathlib import Path

import pandas as pd
import pytest
from spoilable import REFUSED, RIGHT, WARNED, company, judge, read, rows_of, write, written
from spoiled_drawn import DRAWN, outcomes
from spoiled_forms import MAPPING, all_forms
from spoiled_text import all_text
from spoiled_values import all_values

import tiny
from sopbench import cli

CASES = [*all_text(), *all_values(), *all_forms()]
REPORT = Path(__file__).parent / "spoilings.md"


def in_turn(number: int, case):
    """The case; two of three are for the long tests."""
    return pytest.param(case, marks=pytest.mark.long if number % 3 else (), id=str(case))


COMMANDS = {
    "a decimal comma": ("items.csv", lambda text: text.replace("10.0", '"10,0"'), "looks like a decimal comma"),
    "semicolons": ("items.csv", lambda text: text.replace(",", ";"), "gather.csv.separator"),
    "Windows-1252": ("items.csv", lambda text: text.replace("kits", "Töpfe").encode("cp1252"), "gather.csv.encoding"),
    "UTF-16": ("items.csv", lambda text: text.encode("utf-16"), "gather.csv.encoding"),
    "NUL bytes": ("items.csv", lambda text: text + "\0", "NUL bytes"),
    "an empty file": ("sales.csv", lambda text: "", "sales [sales.csv]: the file is empty"),
    "a header alone": ("sales.csv", lambda text: text.split("\n")[0], "there are no sales"),
    "a line too long": ("items.csv", lambda text: text.replace("KIT,", "KIT,,"), "line 2 has 14 cells"),
    "a quote never closed": ("items.csv", lambda text: text.replace("KIT", '"KIT'), "a quote is never closed"),
    "a serial number": ("on_hand.csv", lambda text: text.replace("2025-09-01", "45901"), "Excel's serial number"),
    "1e308": ("on_hand.csv", lambda text: text.replace("80.0", "1e308"), "qty is absurdly large"),
    "300 digits": ("on_hand.csv", lambda text: text.replace("80.0", "8" * 300), "qty is absurdly large"),
    "a key twice": ("items.csv", lambda text: text + text.split("\n")[1], "line 5, item_id=KIT"),
    "a key unknown": ("sales.csv", lambda text: text.replace("KIT", "CAT"), "sales [item_id=CAT]"),
    "a script tag for a key": ("sales.csv", lambda text: text.replace("KIT", "<script>"), "item_id=<script>"),
    "a line end in a key": ("sales.csv", lambda text: text.replace("KIT", '"K\nIT"'), r"item_id=K\nIT"),
    "a colour code in a key": ("sales.csv", lambda text: text.replace("KIT", "\x1b[31mKIT"), r"item_id=\x1b[31mKIT"),
    "CSV named Parquet": ("bom.parquet", lambda text: "item_id\n", "bom [bom.parquet]: the file is not Parquet"),
    "a cut workbook": ("bom.xlsx", lambda text: b"PK\x03\x04 cut", "bom [bom.xlsx]: not readable as Excel"),
    "a separator of two": ("params.yaml", lambda text: text + "  csv: {separator: ';;'}", "gather.csv.separator"),
    "no such encoding": ("params.yaml", lambda text: text + "  csv: {encoding: utf-9}", "no such encoding"),
    "dates without a year": ("params.yaml", lambda text: text + "  csv: {dates: '%d.%m.'}", "write it like %d.%m.%Y"),
    "a parameter misspelt": ("params.yaml", lambda text: text + "  csv: {seperator: ';'}", "did you mean separator?"),
    "the wrong separator": ("params.yaml", lambda text: text + "  csv: {separator: ';'}", "look parted by commas"),
    "no such folder": ("params.yaml", lambda text: text.replace("source: ", "source: no"), "no such file or folder"),
    "no mapping there": ("params.yaml", lambda text: text + "  mapping: nowhere", "no such file or folder"),
    "a params file cut off": ("params.yaml", lambda text: text + "  csv: {", "not readable as YAML"),
    "decimal and thousands alike": ("params.yaml", lambda text: text + "  csv: {thousands: .}", "are the same"),
}
"""What is spoilt before `sopbench check`: the file, how, and a word of what it must say."""


@pytest.mark.parametrize("case", [in_turn(number, case) for number, case in enumerate(CASES)])
def test_a_spoilt_company_is_refused_with_a_clear_word_or_read_right(case, tmp_path):
    judge(case, tmp_path)


@pytest.mark.parametrize(("name", "sql", "said"), MAPPING, ids=[name for name, *_ in MAPPING])
def test_a_spoilt_mapping_is_refused_with_a_clear_word(name, sql, said, tmp_path):
    source, mapping = tmp_path / "erp", tmp_path / "mapping"
    source.mkdir()
    mapping.mkdir()
    write(source, "items")
    for each in source.iterdir():
        (mapping / f"{each.stem}.sql").write_text(f"SELECT * FROM '{each.name}'")
    (source / "empty.csv").touch()
    for ending in ("parquet", "xlsx"):
        (source / f"items.csv.{ending}").write_text(written(rows_of("items")))
    (mapping / "items.sql").write_text(sql)
    outcome, got = read(source, mapping=mapping)
    assert outcome == REFUSED
    assert "items" in got
    assert said in got


@pytest.mark.parametrize("name", DRAWN)
def test_drawn_spoilings_have_their_property(name):
    assert sum(outcomes(name).values()) >= 30


@pytest.mark.parametrize("name", COMMANDS)
def test_the_command_says_what_is_wrong_and_exits_with_2(name, tmp_path, monkeypatch, capsys):
    file, change, said = COMMANDS[name]
    folder = tmp_path / "data"
    folder.mkdir()
    write(folder, "on_hand")
    params = tmp_path / "params.yaml"
    params.write_text(f"company: tiny\ncycle: 2025-09\nhorizon: 6\ngather:\n  source: {folder}\n")
    path = params if file == params.name else folder / file
    changed = change(path.read_text() if path.exists() else "")
    path.write_bytes(changed if isinstance(changed, bytes) else changed.encode())
    monkeypatch.setattr(sys, "argv", ["sopbench", "check", str(params)])
    with pytest.raises(SystemExit) as left:
        cli.main()
    told = capsys.readouterr()
    assert left.value.code == 2
    assert said in told.out + told.err
    assert "Traceback" not in told.out + told.err


def test_what_is_written_in_the_data_is_not_run_by_a_page():
    from sopbench.views.render import table

    shown = table(pd.DataFrame({"key": ["<script>alert(1)</script>", 'a"b'], "money": [1.0, 2.0]}), "EUR", ("money",))
    assert "<script>" not in shown.data
    assert "&lt;script&gt;" in shown.data


def report() -> str:
    """How many spoilings there are of each kind, and what comes of them."""
    kinds: dict[str, Counter] = {}
    for case in CASES:
        kinds.setdefault(case.kind, Counter())[case.outcome] += len(case.ways) or 1
    kinds["mapping"] = Counter({REFUSED: len(MAPPING)})
    kinds["command `sopbench check`"] = Counter({REFUSED: len(COMMANDS)})
    kinds["**all of these**"] = sum(kinds.values(), Counter())
    drawn = {name: outcomes(name).total() for name in DRAWN}
    heads = (REFUSED, RIGHT, WARNED)
    lines = [f"| {kind} | {' | '.join(str(count[head]) for head in heads)} | {count.total()} |" for kind, count in
             kinds.items()]  # fmt: skip
    return "\n".join(
        [
            "# Ways to spoil the inputs, and what comes of them",
            "",
            "Written by test_gather_spoilings.py, which says how. *Refused*: a message names table, place and mend.",
            "*Read right*: the tables are those of clean files. *Warned*: it goes on, and a finding says so.",
            "",
            f"| kind | {' | '.join(heads)} | all |",
            "|---|---:|---:|---:|---:|",
            *lines,
            "",
            "Drawn by Hypothesis, each held to what an independent reader says must come out (how many of them are",
            "to be refused hangs on what is drawn):",
            "",
            "| drawn | all |",
            "|---|---:|",
            *(f"| {name} | {count} |" for name, count in drawn.items()),
            f"| **all, with those above** | {sum(drawn.values()) + kinds['**all of these**'].total()} |",
            "",
        ]
    )


def test_the_report_counts_what_there_is():
    if os.environ.get("SPOILINGS") == "write":
        REPORT.write_text(report(), encoding="utf-8")
    assert REPORT.read_text(encoding="utf-8") == report()
    assert sum(len(case.ways) or 1 for case in CASES) > 300


def test_the_company_that_is_spoilt_is_whole():
    assert all(len(frame) for frame in company().values())
    assert {case.table for case in CASES} == set(tiny.tables())
