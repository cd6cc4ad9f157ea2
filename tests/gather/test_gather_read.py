"""A folder of contract tables is read as it is written; what is wrong with its files is said once, with the mend."""

import re

import pandas as pd
import pytest

import tiny
from sopbench import gather
from sopbench.contract import PlanningError
from sopbench.params import Gather


@pytest.fixture
def source(tmp_path):
    """The tiny company's tables as CSV files."""
    folder = tmp_path / "data"
    folder.mkdir()
    for name, frame in tiny.tables().items():
        if len(frame):
            frame.to_csv(folder / f"{name}.csv", index=False)
    return folder


def problems(source):
    with pytest.raises(PlanningError) as caught:
        raw = gather.read(source, None, tiny.START)
        gather.assemble(raw, tiny.START, 6, Gather(source="x"))
    return [str(problem) for problem in caught.value.problems]


def change(source, name, before, after):
    path = source / f"{name}.csv"
    path.write_text(path.read_text().replace(before, after))


def test_tables_read_from_csv_are_the_tables_written(source):
    raw = gather.read(source, None, tiny.START)
    tables, findings = gather.assemble(raw, tiny.START, 6, Gather(source="x"))
    for name, frame in tiny.tables().items():
        pd.testing.assert_frame_equal(tables[name], frame)
    assert findings.empty


def test_parquet_reads_like_csv(source):
    frame = pd.read_csv(source / "sales.csv", parse_dates=["bucket"])
    frame.to_parquet(source / "sales.parquet")
    (source / "sales.csv").unlink()
    raw = gather.read(source, None, tiny.START)
    tables, _ = gather.assemble(raw, tiny.START, 6, Gather(source="x"))
    pd.testing.assert_frame_equal(tables["sales"], tiny.tables()["sales"])


def test_names_keep_their_zeros_and_region_na_its_name(source):
    (source / "customers.csv").write_text("customer_id,region\n007,NA\nSHOP,\nWEB,None\n")
    raw = gather.read(source, None, tiny.START)
    assert raw["customers"]["customer_id"].tolist() == ["007", "SHOP", "WEB"]
    tables, _ = gather.assemble(raw, tiny.START, 6, Gather(source="x"))
    assert tables["customers"]["region"].tolist() == ["NA", "", "None"]


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(PlanningError, match=r"nowhere.*there is no such folder.*Mend: mend source"):
        gather.read(tmp_path / "nowhere", None, tiny.START)


def test_a_missing_file_is_named_with_the_mend(source):
    (source / "sales.csv").unlink()
    [said] = problems(source)
    assert re.search(
        r"sales \[sales.csv\]: the folder .* has no such file.*Mend: add sales.csv, sales.parquet or sales.xlsx", said
    )


def test_a_missing_optional_file_is_an_empty_table(source):
    (source / "budget.csv").unlink()
    tables, _ = gather.assemble(gather.read(source, None, tiny.START), tiny.START, 6, Gather(source="x"))
    assert tables["budget"].empty


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("items.csv", b"", "items [items.csv]: the file is empty"),
        ("items.csv", b'item_id,family\n"a,b\n', "not readable as CSV"),
        ("items.csv", b"item_id;family;unit_cost\n1;a;2\n", "the columns look parted by semicolons"),
        ("items.csv", "item_id,family,unit_cost\nü,a,2\n".encode("latin-1"), "is not UTF-8"),
        ("bom.parquet", b"PAR1 is not enough", "not readable as Parquet"),
        ("bom.parquet", b"", "bom [bom.parquet]: the file is empty"),
    ],
)
def test_a_file_that_cannot_be_read_is_named_once(source, name, content, said):
    (source / f"{name.partition('.')[0]}.csv").unlink()
    (source / name).write_bytes(content)
    found = problems(source)
    assert said in found[0]
    assert sum(name in each for each in found) == 1


def test_a_table_in_two_forms_is_refused(source):
    tiny.tables()["bom"].to_parquet(source / "bom.parquet")
    [said] = problems(source)
    assert "bom [bom.parquet]: the table is there twice" in said
    assert "keep one" in said


def test_a_misspelt_file_is_a_warning_with_the_name_meant(source):
    (source / "budgets.csv").write_text("a\n1\n")
    _, findings = gather.assemble(gather.read(source, None, tiny.START), tiny.START, 6, Gather(source="x"))
    assert findings[["grade", "table", "mend"]].to_numpy().tolist() == [["warning", "budgets", "did you mean budget?"]]


def test_a_missing_column_is_named_and_its_table_checked_no_further(source):
    change(source, "items", "item_id", "article")
    [said] = problems(source)
    assert said.startswith("items: the column item_id is missing. Mend: add item_id: the item")


def test_a_wrong_type_names_row_and_value(source):
    change(source, "items", "KIT,,kits,,EA,10.0", "KIT,,kits,,EA,ten")
    [said] = problems(source)
    assert re.search(r"items \[line 2, item_id=KIT\]: unit_cost is not a number \(found: ten\)\. Mend: give", said)


def test_negative_stock_names_row_and_value(source):
    change(source, "on_hand", "80.0", "-80.0")
    [said] = problems(source)
    assert re.search(r"on_hand \[line 2, item_id=KIT, location_id=DC\]: qty is below 0 \(found: -80\.0\)", said)


def test_problems_of_files_rows_and_references_come_in_one_message(source):
    (source / "locations.csv").write_bytes(b"")
    change(source, "on_hand", "80.0", "-80.0")
    change(source, "sales", "PUMP", "PIMP")
    said = problems(source)
    assert [each.split()[0] for each in said] == ["locations", "on_hand", "sales"]


def test_gather_writes_nothing(source):
    before = {path.name: path.read_bytes() for path in source.iterdir()}
    gather.read(source, None, tiny.START)
    assert {path.name: path.read_bytes() for path in source.iterdir()} == before
