"""Whatever stops a write, and wherever: a reader sees the old tables, the new ones or none, and the next write ends.

Every call by which `Cycle.write` changes the disk is a moment at which it may be stopped. A kill leaves the folder as
it is at that moment; a full disk makes the call fail; a power cut also loses what was not yet flushed, in any order.
"""

import errno
import itertools
import json
import os
import shutil
import stat
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pandas as pd
import pytest

import tiny
from sopbench.contract import PlanningError
from sopbench.cycle import open_cycle
from sopbench.cycle.files import file_hash

CALLS = ((os, "replace"), (os, "fsync"), (Path, "unlink"), (Path, "write_text"), (pd.DataFrame, "to_parquet"))
"""Everything by which a write changes the disk."""

TABLES = {name: frame for name, frame in tiny.tables().items() if name in ("items", "bom", "locations", "customers")}


@pytest.fixture
def cycle(tmp_path):
    """A cycle with a step written, and one after it that used it."""
    (tmp_path / "acme.yaml").write_text("company: acme\ncycle: 2025-09\ngather:\n  source: .\n")
    made = open_cycle(tmp_path / "acme.yaml")
    write(made, "old")
    made.read("gather", "items")
    made.write("supply", bom=TABLES["bom"])
    return made


def write(cycle, which):
    """Write step gather: the old tables, or new ones of which one is other, one is the same, one is gone."""
    tables = {name: TABLES[name] for name in ("items", "bom", "locations")}
    if which == "new":
        tables = {
            "items": TABLES["items"].assign(unit_cost=1.0),
            **{name: TABLES[name] for name in ("bom", "customers")},
        }
    return cycle.write("gather", **tables)


def listed(cycle, step="gather"):
    """What the manifest says of a step's tables."""
    return {name: said["sha256"] for name, said in cycle.record(step).get("tables", {}).items()}


def there(cycle, step="gather"):
    return {path.stem: file_hash(path) for path in (cycle.folder / step).glob("*.parquet")}


@pytest.fixture(scope="module")
def states(tmp_path_factory):
    """What the old and the new step list, from writes that nothing stopped."""
    place = tmp_path_factory.mktemp("undisturbed")
    (place / "acme.yaml").write_text("company: acme\ncycle: 2025-09\ncycles: kept\ngather:\n  source: .\n")
    undisturbed, found = open_cycle(place / "acme.yaml"), []
    undisturbed = replace(undisturbed, folder=place / "kept" / "2025-09")
    for which in ("old", "new"):
        write(undisturbed, which)
        found.append(listed(undisturbed))
    return found


def at_every_call(monkeypatch, do):
    """Have `do(number)` called before each call that changes the disk; it may raise."""
    numbers = itertools.count()
    for owner, name in CALLS:
        real = getattr(owner, name)

        def watched(*words, _real=real, **more):
            do(next(numbers))
            return _real(*words, **more)

        monkeypatch.setattr(owner, name, watched)
    return numbers


def moments(cycle, tmp_path, monkeypatch):
    """The cycle's folder as it was at each moment of a write, as a kill there would leave it."""
    found = []

    def keep(number):
        with pytest.MonkeyPatch.context() as still:
            still.setattr(os, "replace", os.rename)
            found.append(tmp_path / "killed" / str(number) / "2025-09")
            shutil.copytree(cycle.folder, found[-1])

    with monkeypatch.context() as patch:
        at_every_call(patch, keep)
        write(cycle, "new")
    return found


def test_killed_at_any_call_the_old_tables_are_listed_or_the_new_or_none(cycle, states, tmp_path, monkeypatch):
    seen = set()
    for folder in moments(cycle, tmp_path, monkeypatch):
        killed = replace(cycle, folder=folder)
        assert listed(killed) in (*states, {})
        assert listed(killed) in (there(killed), {})
        for name in listed(killed):
            killed.read("gather", name)
        seen.add((*states, {}).index(listed(killed)))
    assert seen == {0, 2} or seen == {0, 1, 2}


def test_killed_at_any_call_the_next_write_ends_and_leaves_nothing_behind(cycle, states, tmp_path, monkeypatch):
    for folder in moments(cycle, tmp_path, monkeypatch):
        killed = replace(cycle, folder=folder)
        killed.sweep()
        write(killed, "new")
        assert listed(killed) == there(killed) == states[1]
        assert not killed.record("supply"), "it was made from the old tables"
        assert not list(folder.rglob("*.tmp"))


def test_where_the_disk_is_full_at_any_call_the_write_says_so_and_the_next_one_ends(cycle, states, monkeypatch):
    with monkeypatch.context() as patch:
        calls = at_every_call(patch, lambda _: None)
        write(cycle, "new")
    number = next(calls)
    assert number > 12
    failed = 0
    for full_at in range(number):
        write(cycle, "old")

        def fail(at, full_at=full_at):
            if at == full_at:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        with monkeypatch.context() as patch:
            at_every_call(patch, fail)
            try:
                write(cycle, "new")
            except OSError as error:
                assert error.errno == errno.ENOSPC
                failed += 1
        assert listed(cycle) in (*states, {})
        assert listed(cycle) in (there(cycle), {})
        write(cycle, "new")
        assert listed(cycle) == there(cycle) == states[1]
    assert failed == number


class Disk:
    """What is on the disk for certain, and what the system may or may not have put there yet."""

    def __init__(self, folder, monkeypatch):
        self.folder, self.flushed, self.pending = folder, set(), []
        self.names = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
        self.states = [self.names]
        for owner, name in ((os, "replace"), (os, "fsync"), (Path, "unlink")):
            monkeypatch.setattr(owner, name, self.watch(getattr(owner, name), getattr(self, name)))

    def watch(self, real, note):
        def watched(*words, **more):
            note(*words)
            return real(*words, **more)

        return watched

    def replace(self, ready, path):
        whole = Path(ready).stat().st_ino in self.flushed
        self.note(Path(path), Path(ready).read_bytes() if whole else b"half")

    def unlink(self, path):
        if path.exists() and path.suffix != ".tmp":
            self.note(path, None)

    def fsync(self, handle):
        found = os.fstat(handle)
        if not stat.S_ISDIR(found.st_mode):
            self.flushed.add(found.st_ino)
            return
        for path, content in [each for each in self.pending if os.path.samestat(found, each[0].parent.stat())]:
            self.names = {**self.names, path: content}
        self.pending = [each for each in self.pending if not os.path.samestat(found, each[0].parent.stat())]
        self.note()

    def note(self, *change):
        """Keep every state a power cut may leave now: any of the changes that are not flushed may be lost."""
        self.pending += [change] if change else []
        for number in range(len(self.pending) + 1):
            for chosen in itertools.combinations(self.pending, number):
                self.states.append({**self.names, **dict(chosen)})


def test_a_power_cut_that_loses_whatever_was_not_flushed_lists_no_table_that_is_not_whole(cycle, states, monkeypatch):
    with monkeypatch.context() as patch:
        disk = Disk(cycle.folder, patch)
        write(cycle, "new")
    assert len(disk.states) > 30
    seen = set()
    for state in disk.states:
        manifest = json.loads(state[cycle.folder / "manifest.json"])
        said = {name: each["sha256"] for name, each in manifest["steps"].get("gather", {}).get("tables", {}).items()}
        for name, expected in said.items():
            content = state.get(cycle.folder / "gather" / f"{name}.parquet")
            assert content is not None and sha256(content).hexdigest() == expected, name
        seen.add((*states, {}).index(said))
    assert seen == {0, 1, 2}


def test_a_manifest_that_was_damaged_is_named_with_what_to_do(cycle):
    path = cycle.folder / "manifest.json"
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(PlanningError, match=r"manifest\.json.*not the manifest of a cycle.*folder back"):
        cycle.manifest()


def test_a_table_that_was_damaged_is_named_with_the_command_that_makes_it_anew(cycle):
    path = cycle.folder / "gather" / "items.parquet"
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(PlanningError, match="items: the table of step gather is damaged .* sopbench run acme.yaml"):
        cycle.read("gather", "items")
