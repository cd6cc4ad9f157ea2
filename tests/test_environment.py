"""pyproject.toml, the lock and environment.yml ask for the same things."""

import re
import tomllib
from pathlib import Path

import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
LOCK = [line for line in (ROOT / "requirements.lock").read_text().splitlines() if line.strip()]


def locked():
    """Name to the versions the lock gives, one for each marker."""
    versions = {}
    for line in LOCK:
        requirement = Requirement(line)
        versions.setdefault(canonicalize_name(requirement.name), []).append(str(requirement.specifier))
    return versions


def test_the_lock_pins_every_package_to_one_exact_version_a_platform():
    for line in LOCK:
        assert re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.+]+( ; .+)?", line), line


def test_the_lock_holds_no_address():
    assert not [line for line in LOCK if re.search(r"https?:|file:|--|@", line)]


def test_what_the_project_asks_for_is_locked_at_a_version_it_accepts():
    asked = PROJECT["dependencies"] + [each for some in PROJECT["optional-dependencies"].values() for each in some]
    for requirement in map(Requirement, asked):
        for version in locked()[canonicalize_name(requirement.name)]:
            assert requirement.specifier.contains(version.removeprefix("==")), f"{requirement} locked at {version}"


def test_what_the_tests_need_of_a_cluster_is_what_a_company_installs():
    extras = {name: set(asked) for name, asked in PROJECT["optional-dependencies"].items()}
    assert extras["cluster"] <= extras["dev"]


def test_every_dependency_says_what_it_is_for():
    lines = (ROOT / "pyproject.toml").read_text().split("[project.scripts]")[0].splitlines()
    asked = [line for line in lines if re.match(r'\s+"[a-z]', line)]
    assert len(asked) > 20
    assert all("# " in line for line in asked)


def test_conda_gives_the_same_python_and_installs_from_the_lock():
    conda = yaml.safe_load((ROOT / "environment.yml").read_text())["dependencies"]
    python = next(each for each in conda if isinstance(each, str) and each.startswith("python"))
    assert SpecifierSet(python.removeprefix("python")) == SpecifierSet(PROJECT["requires-python"])
    pip = next(each for each in conda if isinstance(each, dict))["pip"]
    assert pip == ["-r requirements.lock", "-e ."]


def test_the_environment_tests_run_in_is_the_locked_one():
    from importlib.metadata import version

    for line in LOCK:
        requirement = Requirement(line)
        if requirement.marker is None or requirement.marker.evaluate():
            assert requirement.specifier.contains(version(requirement.name), prereleases=True), requirement
