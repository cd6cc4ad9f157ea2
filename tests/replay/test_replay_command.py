"""The command: what it prints and writes, and that its page tells its defaults."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pandas as pd
from past_company import FEW, company

from sopbench.cli_replay import replay

PAGE = Path(__file__).parents[2] / "docs" / "replay.md"


def test_the_command_ranks_the_candidates_and_writes_tables_and_chart(tmp_path, call):
    cycle = company(tmp_path)
    asked = tmp_path / "asked.yaml"
    asked.write_text(f"- {{name: mine, demand: {FEW}}}\n", encoding="utf-8")
    wanted = ("--months", 3, "--warm-up", 0, "--horizon", 4, "--candidates", asked, "--jobs", 1)
    code, said = call("replay", cycle.params_file, *wanted)
    assert code == 0, said
    for name in ("mine", "naive", "foresight"):
        assert re.search(rf"^{name} .*EUR", said, re.MULTILINE)
    folder = cycle.folder.parent / "replay"
    assert len(pd.read_parquet(folder / "replay_months.parquet")) == 9
    assert len(pd.read_parquet(folder / "replay_scores.parquet")) == 3
    assert "Mine earned" in (folder / "money_against_accuracy.svg").read_text(encoding="utf-8")


def test_what_is_wrong_with_a_candidate_is_told_before_anything_is_replayed(tmp_path, call):
    cycle = company(tmp_path)
    asked = tmp_path / "asked.yaml"
    asked.write_text("- {name: mine, supply: {headcuont: given}}\n", encoding="utf-8")
    code, said = call("replay", cycle.params_file, "--candidates", asked)
    assert code == 2
    assert "headcuont" in said


def test_the_page_tells_every_option_with_its_default():
    told = dict(re.findall(r"^\| `--([\w-]+)` \| ([^|]+) \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE))
    said = {
        name.replace("_", "-"): each.default
        for name, each in inspect.signature(replay).parameters.items()
        if name not in ("params_file", "cycle_name")
    }
    assert set(told) == set(said)
    assert {name: int(told[name]) for name, each in said.items() if each is not None} == {
        name: each for name, each in said.items() if each is not None
    }
