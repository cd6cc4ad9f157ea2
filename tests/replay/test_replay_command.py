"""The command: what it prints and writes, and that its page tells its defaults."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pandas as pd
import pytest
from past_company import FEW, QUICK, company

from sopbench.cli.replay import learn, replay

PAGE = Path(__file__).parents[2] / "docs" / "replay.md"


@pytest.mark.long
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


@pytest.mark.long
def test_the_command_learn_tells_of_each_setting_and_writes_what_it_found_and_the_params_file_only_if_asked(
    tmp_path, call
):
    cycle = company(tmp_path, QUICK)
    before = cycle.params_file.read_text(encoding="utf-8")
    values = tmp_path / "values.yaml"
    values.write_text("supply.safety_factor: [0]\ndemand.stream_weights: [0.5]\n", encoding="utf-8")
    wanted = ("--months", 6, "--measured", 3, "--warm-up", 0, "--horizon", 3, "--values", values, "--jobs", 1)
    code, said = call("learn", cycle.params_file, *wanted)
    assert code == 0, said
    assert re.search(r"^supply.safety_factor +1 +\S+ +.*EUR", said, re.MULTILINE)
    assert "no past streams to learn from" in said
    folder = cycle.folder.parent / "replay" / "learned"
    assert set(pd.read_parquet(folder / "replay_months.parquet")["candidate"]) >= {"as_planned", "supply.safety_factor"}
    assert len(pd.read_parquet(folder / "replay_learned.parquet")) == 2
    assert "Safety factor" in (folder / "gains_out_of_sample.svg").read_text(encoding="utf-8")
    assert (folder / "proposal.diff").exists()
    assert cycle.params_file.read_text(encoding="utf-8") == before


@pytest.mark.parametrize(("command", "part"), [(replay, 0), (learn, 1)])
def test_the_page_tells_every_option_with_its_default(command, part):
    text = PAGE.read_text(encoding="utf-8").split("## Learning from it")[part]
    told = dict(re.findall(r"^\| `--([\w-]+)` \| ([^|]+) \|", text, re.MULTILINE))
    said = {
        name.replace("_", "-"): each.default
        for name, each in inspect.signature(command).parameters.items()
        if name not in ("params_file", "cycle_name")
    }
    assert set(told) == set(said)
    numbers = {name: each for name, each in said.items() if each is not None and not isinstance(each, bool)}
    assert {name: int(told[name]) for name in numbers} == numbers
