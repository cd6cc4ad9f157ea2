"""The example company's pack, written once: the command as a user gives it."""

from pathlib import Path
from typing import NamedTuple

import pytest

from sopbench.cycle import Cycle, open_cycle
from sopbench.pack.material import Material, read


class Pack(NamedTuple):
    """What the command wrote and said, the cycle it is of, and what that cycle's tables say."""

    folder: Path
    said: str
    cycle: Cycle
    material: Material


@pytest.fixture(scope="session")
def packed(brewline, tmp_path_factory) -> Pack:
    from conftest import ROOT, sopbench  # it loads this module

    folder = tmp_path_factory.mktemp("pack")
    done = sopbench("pack", "params/brewline.yaml", "--cycle", "2025-09", "--out", str(folder), cycles=brewline)
    assert done.returncode == 0, done.stdout + done.stderr
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOPBENCH_CYCLES", str(brewline))
        cycle = open_cycle(ROOT / "params/brewline.yaml", "2025-09")
        return Pack(folder, done.stdout, cycle, read(cycle))
