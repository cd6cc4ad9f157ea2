"""What the meeting pages are served with: this computer only, our template, a token, and nothing beside the pages."""

import socket

import pytest
import tiny_meeting

from sopbench.contract import PlanningError
from sopbench.serve import CYCLE, PARAMS_FILE, VIEWS, arguments, asked_for, environment, serve
from sopbench.views.meetings.frame import MEETINGS

SHEETS = VIEWS / "voila" / "templates" / "sopbench" / "static"


@pytest.fixture
def params_file(tmp_path):
    path = tmp_path / "tiny.yaml"
    path.write_text(tiny_meeting.PARAMS, encoding="utf-8")
    return path


def test_a_page_is_shown_on_this_computer_without_code(tmp_path):
    said = arguments(tmp_path, 8866, token=True, preheat=1)
    for expected in ("Voila.ip=127.0.0.1", "Voila.auto_token=True", "VoilaConfiguration.strip_sources=True"):
        assert f"--{expected}" in said
    assert "--VoilaConfiguration.allow_template_override=NO" in said


def test_the_token_stands_on_no_command_line(tmp_path):
    assert not [word for word in arguments(tmp_path, 8866, token=True, preheat=0) if "Voila.token" in word]


def test_the_environment_names_the_params_file_wherever_a_page_runs(params_file, monkeypatch):
    monkeypatch.chdir(params_file.parent)
    said = environment("tiny.yaml", "2025-08")
    assert (said[PARAMS_FILE], said[CYCLE]) == (str(params_file), "2025-08")


def test_the_address_of_a_page_wins_over_what_the_server_was_started_with(monkeypatch):
    assert asked_for("a.yaml", "2025-07") == ("a.yaml", "2025-07")
    monkeypatch.setenv(PARAMS_FILE, "/b.yaml")
    monkeypatch.setenv(CYCLE, "2025-08")
    assert asked_for("a.yaml", "2025-07") == ("/b.yaml", "2025-08")
    monkeypatch.setenv("QUERY_STRING", "token=x&cycle=2025-09&params_file=/etc/passwd")
    assert asked_for("a.yaml", "2025-07") == ("/b.yaml", "2025-09")


def test_a_port_in_use_is_refused_with_another_to_take(params_file, monkeypatch):
    monkeypatch.setenv("JUPYTER_PATH", "")
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(PlanningError, match="--port"):
        monkeypatch.setenv(PARAMS_FILE, "")
        monkeypatch.setenv(CYCLE, "")
        serve(params_file, None, taken.getsockname()[1], token=False, open_browser=False)


def test_a_cycle_that_is_no_date_is_said_before_a_server_starts(params_file):
    with pytest.raises(PlanningError, match="2025-09"):
        serve(params_file, "september", 8866, token=False, open_browser=False)


@pytest.mark.parametrize("sheet", sorted(SHEETS.glob("*.css")), ids=lambda path: path.stem)
def test_every_rule_of_a_style_sheet_is_closed(sheet):
    """A brace that is missing takes the rules after it along, and no browser says so."""
    depth = 0
    for letter in sheet.read_text(encoding="utf-8"):
        depth += {"{": 1, "}": -1}.get(letter, 0)
        assert 0 <= depth <= 2
    assert depth == 0


def test_every_page_has_a_style_sheet_of_its_own():
    assert {path.stem for path in SHEETS.glob("*.css")} == {"meeting", *MEETINGS}
