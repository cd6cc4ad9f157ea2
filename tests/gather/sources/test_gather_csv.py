"""A CSV file is read in the form the company states; one of another form is refused with the parameter to set."""

import pandas as pd
import pytest
from pydantic import ValidationError

from sopbench.contract import TABLES, PlanningError, conform
from sopbench.gather.sources.separated import read_csv
from sopbench.params import Csv

GERMAN = Csv(separator=";", decimal=",", thousands=".", encoding="cp1252", dates="%d.%m.%Y")


def items(tmp_path, content, form=Csv(), encoding="utf-8"):  # noqa: B008
    path = tmp_path / "items.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
    return conform(read_csv(path, TABLES["items"], form), TABLES["items"])


def said(tmp_path, content, form=Csv()):  # noqa: B008
    with pytest.raises(PlanningError) as caught:
        items(tmp_path, content, form)
    [problem] = caught.value.problems
    return str(problem)


def test_a_file_of_the_stated_form_is_read_like_its_plain_twin(tmp_path):
    german = "item_id;family;unit_cost;launch\n001;Töpfe;1.234,5;01.09.2025\n002;Töpfe;,5;1.10.2025\n"
    plain = "item_id,family,unit_cost,launch\n001,Töpfe,1234.5,2025-09-01\n002,Töpfe,0.5,2025-10-01\n"
    found, problems = items(tmp_path, german, GERMAN, "cp1252")
    assert not problems
    pd.testing.assert_frame_equal(found, items(tmp_path, plain)[0])


def test_blank_lines_and_cells_over_several_lines_do_not_shift_the_numbers(tmp_path):
    content = 'item_id,family,unit_cost,description\n\nA,x,1,"two\nlines"\n   \n,,,\nB,x,one,\n'
    found, [problem] = items(tmp_path, content)
    assert problem.key == "line 7, item_id=B"
    assert found["description"].tolist() == ["two\nlines", ""]


def test_a_number_of_the_plain_form_is_not_read_where_another_is_stated(tmp_path):
    _, [problem] = items(tmp_path, "item_id;family;unit_cost\nA;x;1.5\n", GERMAN)
    assert "it does not fit gather.csv (decimal ',', thousands '.') (found: 1.5)" in str(problem)


def test_a_date_of_the_plain_form_is_not_read_where_another_is_stated(tmp_path):
    _, [problem] = items(tmp_path, "item_id;family;unit_cost;launch\nA;x;1;2025-09-01\n", GERMAN)
    assert "it does not fit gather.csv (dates '%d.%m.%Y') (found: 2025-09-01)" in str(problem)


def test_a_line_of_more_or_fewer_cells_is_refused(tmp_path):
    more = "item_id,family,unit_cost\nA,x,1\nB,x,1,5\nC,x,1,5\n"
    assert "line 3 has 4 cells, the header 3 (and 1 more lines)" in said(tmp_path, more)
    assert "line 2 has 2 cells, the header 3" in said(tmp_path, "item_id,family,unit_cost\nA,x\n")


def test_columns_without_name_and_content_are_left_out_and_with_content_refused(tmp_path):
    assert not items(tmp_path, "item_id,family,unit_cost,\nA,x,1,\n")[1]
    assert "column 4 has no name" in said(tmp_path, "item_id,family,unit_cost,\nA,x,1,7\n")


@pytest.mark.parametrize(
    ("content", "form", "message"),
    [
        ("item_id\tfamily\tunit_cost\n", Csv(), 'say gather.csv.separator: "\\t"'),
        ("item_id,family,unit_cost\n", GERMAN, 'say gather.csv.separator: ","'),
        ("item_id,family,unit_cost\nA,Töpfe,1\n".encode("cp1252"), Csv(), "looks like Windows-1252"),
        ("item_id,family,unit_cost\nA,Töpfe,1\n".encode("utf-16"), Csv(), "gather.csv.encoding: utf-16"),
        ("item_id;family;unit_cost\nA;Töpfe;1\n".encode(), GERMAN, "looks like UTF-8"),
        ("item_id,family,unit_cost\nA,x\0,1\n", Csv(), "NUL bytes"),
        ('item_id,family,unit_cost\n"A,x,1\n', Csv(), "from line 2 on a quote is never closed"),
        ('item_id,family,unit_cost\n"A"B,x,1\n', Csv(), "from line 2 on text follows a closed quote"),
        ("sep=;\nitem_id;family\n", Csv(), "a note to Excel (sep=;), not the header"),
    ],
)
def test_a_file_of_another_form_says_what_it_looks_like(tmp_path, content, form, message):
    assert message in said(tmp_path, content, form)


@pytest.mark.parametrize(
    "wrong",
    [
        {"separator": ".."},
        {"separator": "a"},
        {"decimal": ",", "thousands": ","},
        {"encoding": "latin-9000"},
        {"dates": "%d.%m."},
        {"dates": "dd.mm.yyyy"},
    ],
)
def test_a_form_that_cannot_be_is_refused(wrong):
    with pytest.raises(ValidationError):
        Csv(**wrong)
