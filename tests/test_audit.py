"""What make audit says, and that it never calls clean what nobody looked at."""

import json
import tomllib
from pathlib import Path

import pytest
from audit import FOUND, UNCHECKED, licences, locked, main, vulnerabilities
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[1]
SAID = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["sopbench"]["licences"]
CLEAN = {"name": "numpy", "version": "2.0", "vulns": []}
FAULT = {"id": "PYSEC-1", "aliases": ["CVE-1"], "fix_versions": ["2.1"]}


def report(*packages: dict) -> str:
    return json.dumps({"dependencies": packages, "fixes": []})


@pytest.mark.parametrize(
    ("said", "code", "line"),
    [
        ("", UNCHECKED, "NOT CHECKED"),
        ("Traceback", UNCHECKED, "NOT CHECKED"),
        (report({"name": "numpy", "skip_reason": "not found"}), UNCHECKED, "None of 1 packages"),
        (report(CLEAN, {"name": "scipy", "skip_reason": "not found"}), UNCHECKED, "NOT CHECKED: scipy"),
        (report(CLEAN), 0, "0 in 1 packages"),
        (report({**CLEAN, "vulns": [FAULT]}), FOUND, "numpy 2.0: PYSEC-1, mended in 2.1"),
    ],
)
def test_what_was_not_looked_up_is_unchecked_and_what_was_found_is_told(said, code, line):
    verdict = vulnerabilities(said, {})
    assert verdict.code == code
    assert line in "\n".join(verdict.lines)


def test_a_vulnerability_accepted_with_a_reason_does_not_stop_it():
    assert vulnerabilities(report({**CLEAN, "vulns": [FAULT]}), {"CVE-1": "we never call it"}).code == 0


def test_where_there_is_no_service_the_audit_does_not_end_well(capsys):
    assert main("/nowhere/pip-audit") == UNCHECKED
    assert "NOT CHECKED" in capsys.readouterr().out


def test_every_package_installed_here_has_a_licence_that_is_allowed():
    verdict = licences(locked(ROOT / "requirements.lock"), set(SAID["allowed"]), SAID["exceptions"])
    assert verdict.code == 0, "\n".join(verdict.lines)


@pytest.mark.parametrize(
    ("allowed", "exceptions", "line"),
    [
        (set(), {}, "pytest: MIT is not among the licences allowed"),
        (set(), {"pytest": "GPL-3.0: no longer so"}, "pytest: MIT is not among the licences allowed"),
        ({"MIT"}, {"pytest": "MIT: of old"}, "pytest: an exception nothing needs"),
    ],
)
def test_a_licence_not_allowed_and_an_exception_that_no_longer_holds_are_told(allowed, exceptions, line):
    verdict = licences([Requirement("pytest==1")], allowed, exceptions)
    assert verdict.code == FOUND
    assert f"  {line}" in verdict.lines


def test_a_locked_package_that_is_not_installed_is_told():
    assert licences([Requirement("no-such-package==1")], set(), {}).code == FOUND
