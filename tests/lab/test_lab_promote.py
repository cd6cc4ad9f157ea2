"""Promoting a method changes a params file by that method alone: comments, order and every other value stay."""

import pytest
import yaml

from sopbench.contract import PlanningError
from sopbench.lab.promote import COLOURS, Diff, checked_text, diff, read_text, with_entry, with_module, write_text

HEAD = "company: tiny        # short\ncycle: 2025-09\n\ngather:              # where\n  source: data\n"
SPEC = "ThetaForecaster(sp={season})"
QUOTED = "StatsForecastPanel('AutoCES', params={'model': 'P'})"

FILES = {
    "no section": HEAD + "\nsupply:\n  fence: 2   # months\n",
    "no section, nothing after": HEAD.rstrip("\n"),
    "an empty section": HEAD + "demand:   # to come\nsupply:\n  fence: 2\n",
    "a section": HEAD + "demand:\n  season: 12     # a year\n  # last words\n\nsupply:\n  fence: 2\n",
    "a deep section": HEAD
    + "demand:\n    stream_weights:   # who\n        statistical: 0.7\n        sales: 0.3  # hopes\n",
    "methods": HEAD + "demand:\n  more_methods:    # ours\n    old: Naive()   # kept\n  season: 12\n",
    "methods in one line": HEAD + 'demand:\n  more_methods: {old: "Naive()"}   # ours\n  season: 12\n',
    "no methods in one line": HEAD + "demand:\n  more_methods: {}\n  season: 12\n",
    "methods to come": HEAD + "demand:\n  more_methods:\n  season: 12\n",
    "a long method": HEAD + "demand:\n  more_methods:\n    old: >-\n      Ensemble(\n      a)\n\n  season: 12\n",
    "the same method": HEAD + f'demand:\n  more_methods:\n    mine: "{SPEC} "   # as before\n  season: 12\n',
    "lines of Windows": (HEAD + "demand:\n  season: 12\nsupply:\n  fence: 2\n").replace("\n", "\r\n"),
}


@pytest.mark.parametrize("spec", [SPEC, QUOTED])
@pytest.mark.parametrize("case", FILES)
def test_the_method_is_added_and_nothing_else_changes(case, spec):
    before = FILES[case]
    after = with_entry(before, "more_methods", "mine", spec, "because")
    said, was = yaml.safe_load(after), yaml.safe_load(before)
    assert said["demand"]["more_methods"].pop("mine") == spec
    old = (was.get("demand") or {}).get("more_methods") or {}
    old.pop("mine", None)
    assert said["demand"].pop("more_methods") == old
    assert {**(was.pop("demand", None) or {}), "more_methods": 0} == {**said.pop("demand"), "more_methods": 0}
    assert said == was
    gone = [line for line in diff(before, after, "p").splitlines() if line.startswith("-") and "---" not in line]
    assert len(gone) <= 1
    assert after.count("#") >= before.count("#")
    assert after.count("\r") == (after.count("\n") if "\r" in before else 0)


def test_a_new_section_stands_after_gather():
    after = with_entry(FILES["no section"], "more_methods", "mine", SPEC)
    assert list(yaml.safe_load(after)) == ["company", "cycle", "gather", "demand", "supply"]


def test_a_line_has_its_reason_behind_it():
    after = with_entry(FILES["methods"], "more_methods", "mine", SPEC, "wins\non grinders")
    assert f"    mine: {SPEC}   # wins on grinders\n  season: 12\n" in after


@pytest.mark.parametrize("section", ["demand: {season: 12}\n", "demand: &d\n  season: 12\nother: *d\n"])
def test_what_cannot_be_changed_safely_is_left_to_the_user_with_what_to_write(section):
    with pytest.raises(PlanningError, match="by hand.*mine: "):
        with_entry(HEAD + section, "more_methods", "mine", SPEC)


@pytest.mark.parametrize(
    ("lines", "modules"),
    [("  season: 12\n", ["mine"]), ("  modules: [a]   # x\n", ["a", "mine"]), ("  modules:\n    - a\n", ["a", "mine"])],
)
def test_a_module_is_added_once(lines, modules):
    after = with_module(HEAD + "demand:\n" + lines, "mine")
    assert yaml.safe_load(after)["demand"]["modules"] == modules
    assert with_module(after, "mine") == after


def test_a_text_that_is_no_params_file_is_refused():
    from pathlib import Path

    with pytest.raises(PlanningError, match="more_method"):
        checked_text(HEAD + "demand:\n  more_method: {}\n", Path("tiny.yaml"))


def test_a_file_is_written_whole_and_never_over_another_change(tmp_path):
    path = tmp_path / "tiny.yaml"
    path.write_bytes(FILES["lines of Windows"].encode())
    path.chmod(0o640)
    before = read_text(path)
    write_text(before + "# more\r\n", path, before)
    assert path.read_bytes().endswith(b"fence: 2\r\n# more\r\n")
    assert path.stat().st_mode & 0o777 == 0o640
    with pytest.raises(PlanningError, match="meanwhile"):
        write_text("x", path, before)
    assert [each.name for each in tmp_path.iterdir()] == ["tiny.yaml"]


def test_a_notebook_shows_the_diff_as_text_never_as_html_of_the_file():
    shown = Diff("Nothing is written yet\n\n--- a\n+++ b\n+  mine: <b>x</b>")._repr_html_()
    assert "&lt;b&gt;x" in shown and "<b>" not in shown


def test_the_names_of_the_files_are_not_coloured_as_lines_that_go_and_come():
    shown = Diff("Written\n\n--- a\n+++ b\n+  mine: x")._repr_html_()
    assert shown.count(COLOURS["+"]) == 1 and COLOURS["-"] not in shown
