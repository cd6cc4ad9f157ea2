"""A browser, and the example company's pages served from a copy of its cycles that a test may change."""

import shutil

import pytest
from visitor import chromium, served


@pytest.fixture(scope="session")
def browser():
    with chromium() as found:
        yield found


@pytest.fixture(scope="session")
def brewline_cycles(brewline_whole, tmp_path_factory):
    """A copy of the example company's cycles, with its book."""
    return shutil.copytree(brewline_whole, tmp_path_factory.mktemp("meetings") / "cycles")


@pytest.fixture(scope="session")
def brewline_address(brewline_cycles):
    """Where the example company's pages are served, all from one copy of its cycles."""
    from conftest import ROOT  # it loads this module

    with served(ROOT / "params/brewline.yaml", brewline_cycles) as found:
        yield found
