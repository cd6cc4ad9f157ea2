"""What a planner types: every mistake is one message with its mend and the exit code that goes with it."""

import errno
import shlex
import subprocess
import sys

import openpyxl
import pandas as pd
import pytest

import tiny
from sopbench import cli
from sopbench.contract import TABLES
from sopbench.cycle import open_cycle

PARAMS = "company: tiny\ncycle: 2025-09\nhorizon: 6\ngather:\n  source: data\n"


@pytest.fixture
def company(tmp_path):
    """A folder with the tiny company's tables as CSV and its params file; returns a function that spoils it."""
    data = tmp_path / "data"
    data.mkdir()
    for name, frame in tiny.tables().items():
        if len(frame):
            frame.to_csv(data / f"{name}.csv", index=False)
    params = tmp_path / "tiny.yaml"
    params.write_text(PARAMS)
    return params


def spoil(company, name, change):
    path = company.parent / "data" / f"{name}.csv"
    change(pd.read_csv(path, dtype=object)).to_csv(path, index=False)


def test_a_sound_company_passes_the_check(company, call):
    code, said = call("check", company)
    assert code == 0, said
    assert said.splitlines()[-1] == "tiny, cycle 2025-09 can be planned: 16 tables, 256 rows, nothing to mend."


def test_the_check_writes_all_it_found_as_a_table_for_excel(company, call):
    spoil(company, "on_hand", lambda f: f.assign(qty="=1+1"))
    spoil(company, "budget", lambda f: f.assign(colour="red"))
    code, said = call("check", company)
    path = open_cycle(company).folder / "check" / "findings.csv"
    assert (code, f"As a table: {path}" in said) == (2, True)
    assert said.splitlines()[-1] == "tiny, cycle 2025-09 cannot be planned: 4 errors, 1 warning."
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    written = pd.read_csv(path)
    assert list(written.columns) == TABLES["findings"].names
    assert written["grade"].tolist() == ["error"] * 4 + ["warning"]
    assert set(written["value"].head(4)) == {"'=1+1"}  # Excel shows it and does not reckon it


def test_the_check_may_look_at_a_frozen_cycle_and_leaves_its_manifest_alone(company, call):
    manifest = open_cycle(company).folder / "manifest.json"
    manifest.parent.mkdir(parents=True)
    manifest.write_text('{"approval": {"at": "2025-09-20", "by": "Ada"}, "steps": {}}')
    before = manifest.read_bytes()
    assert call("check", company)[0] == 0
    assert manifest.read_bytes() == before


def test_money_is_told_in_the_companys_currency_and_the_dearest_comes_first(company, call):
    company.write_text(PARAMS + "currency: SEK\n")
    spoil(company, "items", lambda f: f.assign(unit_price=[8, 35, 0]))
    said = call("check", company)[1].splitlines()
    told = [line for line in said if "the price is below the cost" in line]
    assert [line.split(":")[0] for line in told] == ["warning (5,695 SEK)", "warning (1,090 SEK)"]


def test_the_check_starts_at_once(company):
    heavy = ("papermill", "sktime", "cvxpy", "altair", "voila", "ipykernel", "jupyter_client", "statsforecast")
    look = f"import sys; print([name for name in {heavy} if name in sys.modules])"
    start = f"import sys; sys.argv = ['sopbench', 'check', {str(company)!r}]\nfrom sopbench import cli\n"
    code = f"{start}try: cli.main()\nexcept SystemExit: pass\n{look}"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert said.stdout.splitlines()[-1] == "[]", said.stderr


SPOILED = {
    "a missing column": ("items", lambda f: f.drop(columns="family"), "items: the column family is missing"),
    "a wrong type": ("bom", lambda f: f.assign(qty_per="two"), "SEAL]: qty_per is not a number (found: two)"),
    "a negative stock": ("on_hand", lambda f: f.assign(qty="-1"), "qty is below 0"),
    "an unknown item in sales": ("sales", lambda f: f.assign(item_id="PUMPE"), "PUMPE"),
    "a BOM that loops": (
        "bom",
        lambda f: pd.concat([f, pd.DataFrame({"item_id": ["SEAL"], "component_id": ["PUMP"], "qty_per": [1]})]),
        "SEAL",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", SPOILED)
def test_spoiled_data_is_named_with_its_mend(case, company, call):
    table, change, expected = SPOILED[case]
    spoil(company, table, change)
    code, said = call("check", company)
    assert code == 2, said
    assert expected in said and "Mend: " in said and "Traceback" not in said


def test_all_problems_of_all_files_are_reported_at_once(company, call):
    for table, change, _ in SPOILED.values():
        spoil(company, table, change)
    code, said = call("check", company)
    assert code == 2
    for expected in ("column family is missing", "qty is below 0", "qty_per is not a number"):
        assert expected in said


def test_a_missing_file_is_named(company, call):
    (company.parent / "data" / "items.csv").unlink()
    code, said = call("check", company)
    assert code == 2
    assert "items" in said and "Mend: " in said


def test_a_misspelt_parameter_is_named(company, call):
    company.write_text(PARAMS + "horizn: 3\n")
    code, said = call("check", company)
    assert (code, "did you mean horizon" in said) == (2, True)


def test_a_cycle_beyond_the_data_is_named(company, call):
    code, said = call("check", company, "--cycle", "2031-01")
    assert code == 2
    assert "2031-01" in said and "Mend: " in said


@pytest.mark.parametrize("command", ["approve", "release", "pack"])
def test_a_cycle_that_has_not_been_run_is_named(command, company, call):
    code, said = call(command, company, "--cycle", "2025-08", *(["--by", "Ada"] if command == "approve" else []))
    assert code == 2
    assert "2025-08" in said and "Mend: " in said


def test_an_unknown_step_is_named(company, call):
    code, said = call("run", company, "--to", "suply")
    assert code == 2
    assert "suply" in said and "gather, demand, supply" in said


def test_a_word_the_command_line_does_not_know_is_a_wrong_call(call):
    assert call("rnu")[0] == 2


def test_where_a_release_goes_must_be_a_database(company, call, monkeypatch):
    monkeypatch.setattr("sopbench.cycle.Cycle.approval", lambda _: {"by": "Ada"})
    code, said = call("release", company, "--to", ".")
    assert code == 2
    assert "this is a folder" in said and "postgresql://" in said


def test_help_names_every_command(call):
    code, said = call("--help")
    assert code == 0
    commands = (
        "run",
        "check",
        "status",
        "present",
        "lab",
        "approve",
        "reopen",
        "release",
        "alert",
        "register",
        "pack",
        "example",
        "replay",
        "learn",
        "verify",
        "diff",
    )
    for command in commands:
        assert command in said


def test_status_says_what_has_run(company, call):
    assert "No cycle has been run" in call("status", company)[1]
    open_cycle(company).write("gather", items=tiny.tables()["items"])
    said = call("status", company)[1]
    assert "cycle 2025-09: not approved" in said
    assert "1 gather     out of date" in said and "2 demand     not run" in said


def test_a_step_that_fails_names_step_cell_message_and_notebook(company, call):
    spoil(company, "items", lambda frame: frame.drop(columns="family"))
    code, said = call("run", company)
    assert code == 2
    assert "step gather stopped in cell [" in said
    assert "items: the column family is missing" in said
    assert "1_gather.ipynb" in said and "Traceback" not in said


def test_a_run_while_another_holds_the_cycle_says_who(company, call):
    from sopbench.run import held

    with held(open_cycle(company)):
        code, said = call("run", company)
    assert code == 2
    assert "is being run by process" in said


def test_a_template_is_written_once_and_its_return_is_read(company, call, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code, said = call("template", company, "--sheets", "sales")
    assert code == 0, said
    assert "Sales      4 rows" in said
    code, said = call("template", company, "--sheets", "sales")
    assert code == 2
    assert "--force" in said
    book = openpyxl.load_workbook(tmp_path / "tiny-2025-09.xlsx")
    book["Sales"]["I6"], book["Sales"]["J6"] = 61, "many"
    (tmp_path / "back").mkdir()
    book.save(tmp_path / "back" / "sales.xlsx")
    company.write_text(PARAMS + "  handed_in: back\n")
    code, said = call("check", company)
    assert code == 2
    assert "sales.xlsx, sheet Sales, cell J6" in said


def failing(error):
    def call():
        raise error

    return call


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (KeyboardInterrupt(), 1, "Stopped. The same command goes on from here."),
        (SystemExit(130), 1, "Stopped. The same command goes on from here."),  # what Typer makes of Ctrl-C
        (OSError(errno.ENOSPC, "No space left on device"), 2, "make room on the disk"),
        (OSError(errno.EROFS, "Read-only file system", "cycles"), 2, "cycles: Read-only file system. Mend: see that"),
    ],
)
def test_what_stops_a_command_from_outside_is_told_with_what_to_do(error, code, said, capsys):
    with pytest.raises(SystemExit) as stop:
        cli.main(failing(error))
    assert stop.value.code == code
    assert said in capsys.readouterr().err


def test_commands_that_are_printed_can_be_pasted_whatever_the_file_is_called(company, call):
    odd = company.rename(company.with_name("Plan für 'Süd'.yaml"))
    said = call("status", odd)[1]
    command = said.splitlines()[-1].partition("Run one:  ")[2]
    assert shlex.split(command) == ["sopbench", "run", str(odd)]
    assert shlex.split(open_cycle(odd).params_name) == [odd.name]
