"""What make audit prints: known vulnerabilities of what is locked, and licences of what is installed.

What could not be looked up is said to be unchecked, never to be clean.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
FOUND, UNCHECKED = 1, 2
"""Exit codes beside 0."""


@dataclass(frozen=True)
class Verdict:
    """What one of the two looks came to: lines to print, and the exit code."""

    lines: list[str]
    code: int = 0


def locked(lock: Path) -> list[Requirement]:
    """What a lock pins, without the hashes."""
    lines = lock.read_text(encoding="utf-8").replace("\\\n", " ").splitlines()
    return [Requirement(line.split("--hash")[0].strip()) for line in lines if line.strip()]


def vulnerabilities(report: str, accepted: dict[str, str], why: str = "") -> Verdict:
    """What pip-audit's report (JSON) says; a package it skipped, or no report at all (`why`), is unchecked."""
    try:
        packages = json.loads(report)["dependencies"]
    except (ValueError, KeyError, TypeError):
        last = (why.strip().splitlines() or ["it said nothing"])[-1][:200]
        return Verdict([f"Vulnerabilities: NOT CHECKED. pip-audit gave no report: {last}"], UNCHECKED)
    skipped = [each["name"] for each in packages if "skip_reason" in each]
    looked_up = [each for each in packages if "skip_reason" not in each]
    if not looked_up:
        said = f"None of {len(skipped)} packages could be looked up; is the service that knows them in reach?"
        return Verdict([f"Vulnerabilities: NOT CHECKED. {said}"], UNCHECKED)
    known = [(each, fault) for each in looked_up for fault in each["vulns"]]
    open_ones = [(each, fault) for each, fault in known if not {fault["id"], *fault["aliases"]} & set(accepted)]
    lines = [f"Vulnerabilities: {len(open_ones)} in {len(looked_up)} packages, {len(known) - len(open_ones)} accepted."]
    for each, fault in open_ones:
        mended = ", ".join(fault["fix_versions"]) or "no version yet"
        lines.append(f"  {each['name']} {each['version']}: {fault['id']}, mended in {mended}")
    if skipped:
        lines.append(f"  NOT CHECKED: {', '.join(skipped)}")
    return Verdict(lines, FOUND if open_ones else UNCHECKED if skipped else 0)


def licences(wanted: Iterable[Requirement], allowed: set[str], exceptions: dict[str, str]) -> Verdict:
    """Whether each package for this machine has a licence that is allowed, or is an exception with its reason."""
    problems, excepted, wanted = [], set(), list(wanted)
    here = [each for each in wanted if each.marker is None or each.marker.evaluate()]
    elsewhere = sorted({each.name for each in wanted} - {each.name for each in here})
    for requirement in here:
        name = canonicalize_name(requirement.name)
        try:
            said = licence(distribution(requirement.name))
        except PackageNotFoundError:
            problems.append(f"  {name}: it is locked, but not installed")
            continue
        if _allowed(said, allowed):
            continue
        if name in exceptions and exceptions[name].partition(":")[0] == said:
            excepted.add(name)
        else:
            problems.append(f"  {name}: {said or 'says nothing'} is not among the licences allowed")
    problems += [
        f"  {name}: an exception nothing needs" for name in sorted(set(exceptions) - excepted - set(elsewhere))
    ]
    lines = [f"Licences: {len(problems)} problems in {len(here)} packages, {len(excepted)} exceptions.", *problems]
    lines += [f"  {name}: {exceptions[name]}" for name in sorted(excepted)]
    lines += [f"  for other machines, not checked here: {', '.join(elsewhere)}"] if elsewhere else []
    return Verdict(lines, FOUND if problems else 0)


def licence(package: Distribution) -> str:
    """A package's licence as it says it: its SPDX expression, its short name, or the word of its classifier."""
    said = package.metadata
    if expression := said.get("License-Expression"):
        return expression
    classifiers = [
        each.rpartition(" :: ")[2] for each in said.get_all("Classifier") or [] if each.startswith("License")
    ]
    short = (said.get("License") or "").strip()
    return short if 0 < len(short) <= 40 and short != "UNKNOWN" and "\n" not in short else " AND ".join(classifiers)


def _allowed(said: str, allowed: set[str]) -> bool:
    """Whether all parts of one of the alternatives are allowed."""
    return said in allowed or any(
        all(part.strip(" ()") in allowed for part in re.split(r"\bAND\b", choice))
        for choice in re.split(r"\bOR\b", said)
    )


def main(pip_audit: str) -> int:
    """Print both verdicts and return the exit code: the gravest, a finding before what is unchecked."""
    said = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["sopbench"]
    lock = ROOT / "requirements.lock"
    asked = [pip_audit, "-r", str(lock), "--disable-pip", "--require-hashes", "--format", "json"]
    try:
        done = subprocess.run([*asked, "--progress-spinner", "off"], capture_output=True, text=True, timeout=900)
        report, why = done.stdout, done.stderr
    except (OSError, subprocess.TimeoutExpired) as error:
        report, why = "", str(error)
    verdicts = [
        vulnerabilities(report, said["vulnerabilities"]["accepted"], why),
        licences(locked(lock), set(said["licences"]["allowed"]), said["licences"]["exceptions"]),
    ]
    print("\n".join(line for verdict in verdicts for line in verdict.lines))
    codes = {verdict.code for verdict in verdicts}
    return FOUND if FOUND in codes else max(codes)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
