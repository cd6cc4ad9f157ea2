"""pyproject.toml, the lock and environment.yml ask for the same things."""

import re
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
TOOLS = tomllib.loads((ROOT / "pyproject.toml").read_text())["dependency-groups"]["tools"]
LOCKS = ("requirements.lock", "tools.lock")
HASH = re.compile(r"\s*--hash=sha256:[0-9a-f]{64}")


def lines(lock: str) -> list[str]:
    """A line for each package of a lock, its hashes behind it."""
    return [line for line in (ROOT / lock).read_text().replace("\\\n", "").splitlines() if line.strip()]


LOCK = [HASH.sub("", line).strip() for line in lines("requirements.lock")]


def locked(lock: str = "requirements.lock") -> dict[str, list[str]]:
    """Name to the versions the lock gives, one for each marker."""
    versions = {}
    for requirement in (Requirement(HASH.sub("", line)) for line in lines(lock)):
        versions.setdefault(canonicalize_name(requirement.name), []).append(str(requirement.specifier))
    return versions


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_pins_every_package_to_one_exact_version_a_platform_and_its_files_by_hash(lock):
    for line in lines(lock):
        assert re.fullmatch(rf"[A-Za-z0-9._-]+==[A-Za-z0-9.+]+( ; [^-]+)?({HASH.pattern})+", line), line[:120]


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_holds_no_address(lock):
    assert not re.search(r"https?:|file:|@|index|find-links", (ROOT / lock).read_text())


def test_what_the_project_asks_for_is_locked_at_a_version_it_accepts():
    dependencies = [each for some in PROJECT["optional-dependencies"].values() for each in some]
    asked = {"requirements.lock": PROJECT["dependencies"] + dependencies, "tools.lock": TOOLS}
    for lock, each in ((lock, each) for lock, named in asked.items() for each in map(Requirement, named)):
        for version in locked(lock)[canonicalize_name(each.name)]:
            assert each.specifier.contains(version.removeprefix("==")), f"{each} locked at {version}"


def test_the_environments_are_made_of_nothing_whose_hash_is_not_locked():
    installs = [line for line in (ROOT / "Makefile").read_text().splitlines() if "pip install" in line]
    assert len(installs) == 3
    assert all("--require-hashes" in line or "--no-deps" in line for line in installs)


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
    assert pip == ["-r requirements.lock"]  # beside hashes pip takes nothing without one, so not "-e ."


def test_the_environment_tests_run_in_is_the_locked_one():
    from importlib.metadata import version

    for line in LOCK:
        requirement = Requirement(line)
        if requirement.marker is None or requirement.marker.evaluate():
            assert requirement.specifier.contains(version(requirement.name), prereleases=True), requirement
