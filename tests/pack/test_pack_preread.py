"""The pre-read says what the notebooks say, without their code, and needs nothing from outside."""

import re

import nbformat
import pypdf
import pytest

from sopbench import pack
from sopbench.pack.preread import CHAPTERS, MOST, SPARED, _css_text, cut, preread
from sopbench.pack.printing import browser
from sopbench.run import step_notebook


@pytest.fixture(scope="module")
def page(packed):
    return (packed.folder / "pre-read.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda chapter: chapter.step)
def test_every_section_a_chapter_names_is_in_the_notebook(chapter):
    cells = nbformat.read(step_notebook(chapter.step), as_version=4).cells
    heads = re.findall(r"## ([^\\\n]+)", "\n".join(cell.source for cell in cells))
    assert {*chapter.only, *chapter.without} <= set(heads)


def test_the_cover_says_company_cycle_plan_and_what_must_be_decided(page, packed):
    cover = page.partition("<section class=chapter>")[0]
    material = packed.material
    assert "Brewline" in cover and "Sep 2025" in cover
    assert material.recommended.replace("_", " ") in cover
    for answer in material.answers():
        assert answer.answer in cover
    assert all(row[3] in cover for row in material.answers()[3].rows)


def test_it_needs_nothing_from_outside(page):
    assert not re.findall(r'(?:src|href)="(?!data:|#)', page)
    assert "@import" not in page and "<script" not in page


def test_there_is_no_code_no_prompt_and_no_command_in_it(page):
    text = re.sub(r"<[^>]+>", " ", re.sub(r"<style.*?</style>|src=\"[^\"]*\"", "", page, flags=re.DOTALL))
    for word in ("import ", "cycle.write", "views.table", "In [", "Out[", "sopbench approve", "Traceback"):
        assert word not in text


def test_every_figure_of_the_chosen_sections_is_a_picture_that_says_its_message(page):
    pictures = re.findall(r'<img alt="([^"]*)"', page)
    assert len(pictures) >= 10
    assert not [said for said in pictures if said in ("", "chart")]


def test_names_are_written_as_people_say_them(page):
    assert "home machines" in page and "home_machines" not in page


@pytest.mark.long
@pytest.mark.skipif(not browser(), reason="no Chromium is installed: nothing can be printed")
def test_it_prints_on_ten_to_fifteen_pages_of_a4_each_with_its_number(packed):
    pages = pypdf.PdfReader(packed.folder / "pre-read.pdf").pages
    assert 10 <= len(pages) <= 15
    assert f"{len(pages)} pages" in packed.said
    for number, sheet in enumerate(pages, start=1):
        assert (round(sheet.mediabox.width), round(sheet.mediabox.height)) in {(595, 842), (596, 842), (594, 842)}
        text = sheet.extract_text()
        assert f"{number} / {len(pages)}" in text
        assert len(text) > 150, f"page {number} is nearly empty"


@pytest.mark.long
@pytest.mark.skipif(not browser(), reason="no Chromium is installed: nothing can be printed")
def test_where_it_gets_too_long_sections_that_say_least_are_left_out(packed, tmp_path, monkeypatch):
    before = len(pypdf.PdfReader(packed.folder / "pre-read.pdf").pages)
    monkeypatch.setattr(pack, "MOST_PAGES", before - 1)
    pack._preread(packed.material, tmp_path)
    assert len(pypdf.PdfReader(tmp_path / "pre-read.pdf").pages) < before
    assert f">{SPARED[0][1]}<" not in (tmp_path / "pre-read.html").read_text(encoding="utf-8")


def test_without_every_section_it_can_spare_no_chapter_is_empty(packed):
    text = preread(packed.material, len(SPARED))
    assert not [section for _, section in SPARED if f">{section}<" in text]
    assert "<section class=chapter></section>" not in text


def rows(count: int) -> str:
    return "<table><thead><tr><th>a</th></tr></thead><tbody>" + "<tr><td>1</td></tr>" * count + "</tbody></table>"


def test_a_table_longer_than_a_page_part_is_cut_and_says_so():
    assert cut(rows(MOST)).count("<td") == MOST and "more" not in cut(rows(MOST))
    assert cut(rows(MOST + 2)).count("<td") == MOST and "and 2 more" in cut(rows(MOST + 2))
    assert "<td" not in cut(rows(3 * MOST)) and f"{3 * MOST} rows" in cut(rows(3 * MOST))


def test_ids_and_dates_are_never_broken_over_two_lines():
    assert 'class=" whole"' in cut("<table><tbody><tr><td>HM-122</td></tr></tbody></table>")


def test_a_companys_name_cannot_leave_its_place_in_the_style_sheet():
    assert "<" not in _css_text('A "B" </style>') and '"' not in _css_text('A "B"')[1:-1]
