"""Spoilings that Hypothesis draws, always the same ones, and what an independent reader says must come out."""

from __future__ import annotations

import datetime
import math
import tempfile
import unicodedata
from collections import Counter
from decimal import Decimal
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from spoilable import REFUSED, RIGHT, company, written

from sopbench.contract import TABLES, PlanningError, conform, stop_on_errors
from sopbench.gather.sources.excel import read_sheet
from sopbench.gather.sources.files import contract_files
from sopbench.gather.sources.separated import read_csv
from sopbench.params import Csv

STEADY = settings(
    derandomize=True, database=None, deadline=None, max_examples=30, suppress_health_check=list(HealthCheck)
)
FOLDER = Path(tempfile.mkdtemp(prefix="spoiled"))
ITEMS = TABLES["items"]


def items_of(path: Path, form: Csv | None = None) -> pd.DataFrame | None:
    """The table items read from a CSV file; None where it is refused, with a word that names table and file or line."""
    try:
        frame, problems = conform(read_csv(path, ITEMS, form or Csv()), ITEMS)
        stop_on_errors(problems)
        return frame
    except PlanningError as error:
        assert str(error).count("items") and "Mend: " in str(error)
        return None


def one_item(**cells: str) -> Path:
    """A CSV file of one item with these cells."""
    said = {"item_id": "A", "family": "x", "unit_cost": "1"} | cells
    (FOLDER / "items.csv").write_text(written([list(said), list(said.values())]), encoding="utf-8")
    return FOLDER / "items.csv"


def drawn_numbers(count: Counter) -> None:
    @STEADY
    @given(st.text("0123456789.,-+eE% €\u00a0", min_size=1, max_size=8).filter(str.strip))
    def read_as_python_reads_it_or_refused(said):
        found = items_of(one_item(unit_cost=said))
        try:
            expected = float(said)
        except ValueError:
            expected = math.nan
        good = 0 <= expected < 1e15
        assert (found is not None) == good
        assert not good or found["unit_cost"].tolist() == [expected]
        count[RIGHT if good else REFUSED] += 1

    read_as_python_reads_it_or_refused()


def drawn_dates(count: Counter) -> None:
    digits = st.text("0123456789-/.", min_size=4, max_size=10)
    days = st.dates().map(str) | st.dates(datetime.date(1900, 1, 1), datetime.date(2199, 12, 31)).map(str)

    @STEADY
    @given(digits | days)
    def read_as_python_reads_it_or_refused(said):
        found = items_of(one_item(launch=said))
        try:
            expected = datetime.date.fromisoformat(said if len(said) > 7 else said + "-01")
        except ValueError:
            expected = None
        good = expected is not None and 1900 <= expected.year < 2200
        assert (found is not None) == good
        assert not good or found["launch"].tolist() == [pd.Timestamp(expected)]
        count[RIGHT if good else REFUSED] += 1

    read_as_python_reads_it_or_refused()


def drawn_names(count: Counter) -> None:
    @STEADY
    @given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r"), min_size=1, max_size=12))
    def any_text_is_a_name_or_refused(said):
        found = items_of(one_item(item_id=said, description=said))
        clean = unicodedata.normalize("NFC", said).strip()
        assert (found is not None) == (clean != "" and "\0" not in said)
        assert found is None or found["item_id"].tolist() == [clean] == found["description"].tolist()
        count[RIGHT if found is not None else REFUSED] += 1

    any_text_is_a_name_or_refused()


def drawn_forms(count: Counter) -> None:
    marks = st.sampled_from([(".", ","), (",", "."), (",", " "), (".", "'"), (",", "")])

    @STEADY
    @given(st.decimals(0, 10**9, places=3), st.dates(datetime.date(1990, 1, 1), datetime.date(2150, 1, 1)), marks)
    def what_is_stated_is_read(cost, day, marks):
        decimal, thousands = marks
        said = f"{cost:,}".translate(str.maketrans({".": decimal, ",": thousands}))
        form = Csv(decimal=decimal, thousands=thousands, dates="%d.%m.%Y")
        found = items_of(one_item(unit_cost=said, launch=f"{day:%d.%m.%Y}"), form)
        assert found["unit_cost"].tolist() == [float(cost)]
        assert found["launch"].tolist() == [pd.Timestamp(day)]
        count[RIGHT] += 1

    what_is_stated_is_read()


def drawn_cells(count: Counter) -> None:
    odd = st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5), st.binary(max_size=3), st.dates(),
        st.datetimes(), st.times(), st.timedeltas(), st.complex_numbers(), st.decimals(allow_nan=False),
        st.fractions(), st.uuids(),
        st.lists(st.integers(), max_size=2), st.dictionaries(st.text(max_size=1), st.integers(), max_size=1),
        st.just(pd.NA), st.just(pd.NaT), st.just(np.float32(1.5)), st.just(np.datetime64("2025-09-01")),
        st.just(Decimal("NaN")), st.just(pd.Period("2025-09")), st.just(pd.Interval(0, 1)), st.just(10**30),
        st.just(np.array([1, 2])), st.just(float), st.datetimes(timezones=st.just(datetime.UTC)),
    )  # fmt: skip

    @STEADY
    @given(*[st.lists(odd, min_size=3, max_size=3)] * 3)
    def whatever_stands_in_a_frame_is_read_or_refused(names, costs, days):
        frame = pd.DataFrame({"item_id": names, "unit_cost": costs, "launch": days, "family": "x"}, dtype=object)
        found, problems = conform(frame, ITEMS)
        errors = [each for each in problems if each.grade == "error"]
        count[REFUSED if errors else RIGHT] += 1
        assert all(each.table == "items" and each.mend for each in errors)
        if not errors:
            assert found["unit_cost"].between(0, 1e15).all()
            assert found["item_id"].map(lambda name: isinstance(name, str) and name != "").all()

    whatever_stands_in_a_frame_is_read_or_refused()


def drawn_cuts(count: Counter) -> None:
    company()["items"].to_parquet(FOLDER / "whole.parquet")
    company()["items"].to_excel(FOLDER / "whole.xlsx", index=False)
    whole = {end: (FOLDER / f"whole.{end}").read_bytes() for end in ("parquet", "xlsx")}

    @STEADY
    @given(st.sampled_from(sorted(whole)), st.floats(0, 0.999))
    def a_file_cut_anywhere_is_refused(end, share):
        (FOLDER / "cut").mkdir(exist_ok=True)
        path = FOLDER / "cut" / f"items.{end}"
        path.write_bytes(whole[end][: int(share * len(whole[end]))])
        try:
            frames, problems = (read_sheet(path), []) if end == "xlsx" else contract_files(path.parent, Csv())
        except PlanningError as error:
            frames, problems = {}, error.problems
        path.unlink()
        assert not len(frames)
        assert "items" in str(problems[0])
        count[REFUSED] += 1

    a_file_cut_anywhere_is_refused()


def drawn_bytes(count: Counter) -> None:
    rows = [["item_id", "description", "family", "unit_cost"], ["A", "ä, b", "x", "1"], ["B", 'c "d"', "y", "2.5"]]
    text = written(rows).encode()

    @STEADY
    @given(st.integers(0, len(text) - 1), st.binary(min_size=0, max_size=2), st.integers(0, 3))
    def bytes_changed_anywhere_are_read_as_they_stand_or_refused(at, new, lost):
        changed = text[:at] + new + text[at + lost :]
        (FOLDER / "items.csv").write_bytes(changed)
        found = items_of(FOLDER / "items.csv")
        count[RIGHT if found is not None else REFUSED] += 1
        if found is not None:
            import csv

            lines = csv.DictReader(changed.decode("utf-8-sig").splitlines(keepends=True))
            expected = {line["item_id"].strip(): line for line in lines if "".join(filter(None, line.values())).strip()}
            assert sorted(expected) == found["item_id"].tolist()
            assert [float(expected[name]["unit_cost"]) for name in sorted(expected)] == found["unit_cost"].tolist()

    bytes_changed_anywhere_are_read_as_they_stand_or_refused()


DRAWN = {
    "numbers of any signs": drawn_numbers,
    "dates of any digits": drawn_dates,
    "names of any characters": drawn_names,
    "numbers and dates in a stated form": drawn_forms,
    "cells of any type": drawn_cells,
    "files cut anywhere": drawn_cuts,
    "bytes changed anywhere": drawn_bytes,
}
"""What is drawn, and the property it must have."""


@cache
def outcomes(name: str) -> Counter:
    """Draw these spoilings once, hold each against its property, and count what came out."""
    count: Counter = Counter()
    DRAWN[name](count)
    return count
