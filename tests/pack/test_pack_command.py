"""The command `pack`: what it says it wrote is there, and what keeps it from writing is told with its mend."""

import pytest
import tiny_meeting

from sopbench import pack
from sopbench.contract import PlanningError
from sopbench.cycle import open_cycle
from sopbench.pack.material import refuse_if_run_again
from sopbench.pack.printing import print_pdf


def test_it_says_what_it_wrote(packed):
    for name in ("pre-read.html", "deck.pptx", "plan.xlsx"):
        assert name in packed.said
        assert (packed.folder / name).stat().st_size > 10_000
    assert str(packed.folder) in packed.said
    assert not [path.name for path in packed.folder.iterdir() if path.name.startswith(".")]


def test_where_there_is_no_browser_it_says_how_to_get_the_pdf(packed, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    (tmp_path / "pre-read.pdf").write_bytes(b"of an earlier pack")
    html, pdf = pack._preread(packed.material, tmp_path)
    assert html.path.exists() and not html.missing
    assert "no Chromium" in pdf.missing and "print it as PDF" in pdf.missing
    assert not pdf.path.exists()


def test_a_browser_that_prints_nothing_is_told(tmp_path, monkeypatch):
    program = tmp_path / "chromium"
    program.write_text("#!/bin/sh\nexit 1\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    assert print_pdf(tmp_path / "page.html", tmp_path / "page.pdf") == "chromium did not print it"


@pytest.fixture
def tiny_cycle(tmp_path):
    path = tmp_path / "tiny.yaml"
    path.write_text(tiny_meeting.PARAMS, encoding="utf-8")
    return open_cycle(path)


def test_a_cycle_that_is_not_finished_is_named_with_its_mend(tiny_cycle, tmp_path):
    with pytest.raises(PlanningError, match="has not been run as far as step executive") as refused:
        pack.write_pack(tiny_cycle, tmp_path / "out")
    assert "sopbench run" in str(refused.value)
    assert not (tmp_path / "out").exists()


def test_tables_newer_than_the_notebooks_kept_are_refused(tiny_cycle, monkeypatch):
    """A notebook run by hand writes its tables and leaves the executed one of the runner as it was."""
    monkeypatch.setattr("sopbench.pack.material.NEEDED", ("presop", "executive"))
    tiny_meeting.write(tiny_cycle)
    with pytest.raises(PlanningError, match="was run by hand"):
        pack.write_pack(tiny_cycle)


def test_a_cycle_run_again_meanwhile_is_refused(tiny_cycle):
    tiny_meeting.write(tiny_cycle)
    with pytest.raises(PlanningError, match="was run again"):
        refuse_if_run_again(tiny_cycle, "another")


def test_a_file_appears_whole_or_not_at_all(tmp_path):
    def fail(path):
        path.write_text("half")
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        pack.whole(tmp_path / "deck.pptx", fail)
    assert not list(tmp_path.iterdir())
