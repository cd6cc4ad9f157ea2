"""What people and tables say is shown as text: on pages, in tables of notebooks, in spreadsheets, on the terminal.

The pages of all five meetings are opened on words like these beside their own tests, in tests/views/meetings.
"""

import csv
import io
import zipfile
from datetime import date
from html.parser import HTMLParser

import altair as alt
import pandas as pd
import pytest
import tiny_meeting
import xlsxwriter
from strangers import SECRET

import tiny
from sopbench.book import Book
from sopbench.cli.say import plain
from sopbench.contract import PlanningError
from sopbench.contract.formulas import CALLING, as_text
from sopbench.cycle import open_cycle
from sopbench.executive import register
from sopbench.monitor.release import _write_column
from sopbench.pack.harmless import harmless, image, words
from sopbench.pack.preread import _picture
from sopbench.views import executive_registers
from sopbench.views.meetings import executive as executive_page
from sopbench.views.meetings import parts
from sopbench.views.render import svg, table

TEXTS = {
    "a script": "<script>alert(1)</script>",
    "a picture that runs": "<img src=x onerror=alert(1)>",
    "a drawing that runs": "<svg onload=alert(1)>",
    "a way out of an attribute": '" onmouseover="alert(1)',
    "a way out of a quote": "' onfocus='alert(1)' autofocus='",
    "a link that runs": "<a href=javascript:alert(1)>here</a>",
    "a frame": "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "a style that loads": "<style>@import 'http://127.0.0.1/x'</style>",
    "an end of a cell": "</td></tr></table><script>alert(1)</script>",
    "a script in a script": "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "a comment": "--><script>alert(1)</script><!--",
    "markdown": "[here](javascript:alert(1)) ![x](http://127.0.0.1/x)",
    "an expression of the charts": "datum.value; event.view.alert(1)",
    "a template": "{{7*7}}${7*7}<%= 7*7 %>",
    "a formula": '=HYPERLINK("http://127.0.0.1","x")',
}

FORMULAS = [
    "=1+1",
    "=cmd|'/c calc'!A1",
    "@SUM(1)",
    "+cmd|'/c calc'!A1",
    "-cmd|'/c calc'!A1",
    "\t=1+1",
    "\r=1+1",
    "  =1+1",
    "\n=1+1",
    "\uff1d1+1",
    "\ufeff=1+1",
    "-1+1|x",
]

STEERING = {
    "colours": "\x1b[31mred\x1b[0m",
    "a cleared screen": "\x1b[2J\x1b[H",
    "a title": "\x1b]0;evil\x07",
    "a line end": "fine\nCycle 2025-09 approved by Ada",
    "a line written over": "late\rin time",
    "letters taken back": "no\b\byes",
    "a bell": "\a",
    "another control": "\x9b31m",
    "a text turned round": "\u202eetorppa",
    "nothing one sees": "a\u200bb",
    "a paragraph end": "a\u2029b",
}


class Tags(HTMLParser):
    """Every tag of a page, and what each says of itself."""

    def __init__(self, page: str):
        super().__init__()
        self.seen, self.said, self.text, self.styles = set(), set(), "", ""
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.seen.add(tag)
        self.said |= {name for name, _ in attrs}
        self.said |= {value for name, value in attrs if name in ("href", "src") and value}

    def handle_data(self, data):
        self.text += data
        self.styles += data if self.lasttag == "style" else ""


def runs(page: str) -> bool:
    """Whether anything on a page could run or load."""
    tags = Tags(page)
    odd = {said for said in tags.said if said.startswith(("on", "javascript:", "http", "srcdoc"))}
    return bool(odd or tags.seen & {"script", "iframe", "img", "object", "embed", "link"}) or "@import" in tags.styles


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())
def test_a_part_of_a_page_shows_a_text_as_it_is(text):
    heads, rows = [text, "money"], [[text, "1"]]
    for made in (
        parts.sentence(text, text),
        parts.problem(text),
        parts.done(text),
        parts.rows_table(heads, rows, 1),
        table(pd.DataFrame({"reason": [text], "money": [1.0]})).data,
    ):
        assert text.split()[0] in Tags(made).text
        assert not runs(made) and "onmouseover" not in Tags(made).said


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())
def test_a_chart_draws_a_text_as_it_is(text):
    frame = pd.DataFrame({"family": [text], "units": [1.0]})
    chart = alt.Chart(frame, title=text).mark_bar().encode(x="units:Q", y="family:N", tooltip="family:N")
    assert not runs(svg(chart))
    drawn = Tags(_picture(svg(chart)))
    assert drawn.seen == {"figure", "img"} and drawn.said == {"alt", "src", *(s for s in drawn.said if "base64," in s)}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())
def test_html_out_of_a_strangers_notebook_loses_what_could_run(text):
    made = harmless(f"<h2>Why</h2><p>{text} <b>late</b></p><table><tbody><tr><td>{text}</td></tr></tbody></table>")
    assert not runs(made)
    assert "Why" in made


def test_what_a_notebook_shows_of_itself_is_kept():
    styled = table(pd.DataFrame({"reason": ["<b>late</b>"], "money": [1.0]})).data
    kept = harmless(styled)
    assert "&lt;b&gt;late&lt;/b&gt;" in kept and "text-align: right" in kept
    assert Tags(kept).seen == Tags(styled).seen
    assert Tags(kept).text.split() == Tags(styled).text.split()


@pytest.mark.parametrize("data", ['"><script>alert(1)</script>', 'iVBO" onerror=alert(1) x="', "../../x", ""])
def test_a_picture_that_is_none_gives_no_way_out_of_its_address(data):
    assert image(data) == ""


def test_the_words_of_a_picture_give_no_way_out_of_their_quotes():
    assert words('a" onload="alert(1)') == "a&quot; onload=&quot;alert(1)"
    assert words("Kettles &amp; &quot;pots&quot;") == "Kettles &amp; &quot;pots&quot;"


def in_the_book(cycle) -> Book:
    """The cycle's book, with each text in each kind of entry that a page shows."""
    book = Book(cycle.book_url)
    for text in TEXTS.values():
        number = book.add_entry("2025-09", "risk", text, text, date(2025, 9, 9), probability=0.3, effect_money=-1.0)
        book.close_entry("2025-09", number, text, happened=True)
        book.add_entry("2025-09", "action", text, text)
    return book


@pytest.fixture
def cycle(tmp_path):
    (tmp_path / "tiny.yaml").write_text(tiny_meeting.PARAMS, encoding="utf-8")
    return open_cycle(tmp_path / "tiny.yaml")


def test_the_registers_show_what_was_written_into_them_as_text(cycle):
    entries = register(in_the_book(cycle).entries_written("2025-09"), "2025-09", pd.Timestamp("2025-10-01"))
    shown = table(executive_registers.entries_table(entries)).data
    assert not runs(shown)
    assert all(text.split()[0] in Tags(shown).text for text in TEXTS.values())


def test_the_executive_page_shows_what_was_written_into_the_book_as_text(cycle):
    tiny_meeting.write(cycle)
    cycle.send_back(TEXTS["a script"], TEXTS["a picture that runs"])
    in_the_book(cycle)
    values = [getattr(each, "value", "") for each in within(executive_page.page(cycle.params_file))]
    shown = "".join(value for value in values if isinstance(value, str))
    assert "&lt;script&gt;" in shown
    assert not [start for start in ("<script", "<img src=x", "<iframe", "<svg onload", "<style>@") if start in shown]


def within(widget) -> list:
    return [widget, *(each for child in getattr(widget, "children", ()) for each in within(child))]


def newline(text: str) -> str:
    return text.replace("\r", "\n")


def test_a_carriage_return_opens_no_row_in_a_csv_for_people(cycle):
    frame = pd.DataFrame({"reason": ["fine\r=1+1", "fine\r\n=1+1"], "units": [1.0, 2.0]})
    path = cycle.write_for_people("check", "findings", frame)
    assert "\r" not in path.read_bytes().decode()
    assert pd.read_csv(path)["reason"].tolist() == ["fine\n=1+1"] * 2


@pytest.mark.parametrize("formula", FORMULAS)
def test_a_formula_in_a_csv_for_people_is_text(place, cycle, formula):
    frame, formula = pd.DataFrame({"reason": [formula, None, "plain"], formula: [1.0, 2.0, -3.0]}), newline(formula)
    path = cycle.write_for_people("check", "findings", frame)
    with path.open(encoding="utf-8-sig", newline="") as file:
        head, first, second, third = csv.reader(file)
    assert head == ["reason", f"'{formula}"]
    assert (first[0], second[0], third) == (f"'{formula}", "", ["plain", "-3.0"])


@pytest.mark.parametrize("formula", [each for each in FORMULAS if each[-1] != "A" and "1+1|" not in each])
def test_a_release_keeps_ids_but_no_formula_that_calls_anything(formula):
    ids = ["PUMP", "-A1", "+49", "A=B", "a@b"]
    said = as_text(pd.DataFrame({"item_id": [*ids, formula]}), CALLING)["item_id"].tolist()
    assert said[:-1] == ids
    assert said[-1] == f"'{newline(formula)}"


@pytest.mark.parametrize("formula", FORMULAS)
def test_a_formula_in_a_workbook_of_ours_is_a_text_cell(formula):
    held = io.BytesIO()
    with xlsxwriter.Workbook(held) as book:
        _write_column(book.add_worksheet(), 0, pd.Series([formula]), "text", book.add_format())
    with zipfile.ZipFile(held) as pack:
        assert b"<f>" not in pack.read("xl/worksheets/sheet1.xml")


@pytest.mark.parametrize("text", STEERING.values(), ids=STEERING.keys())
def test_a_text_on_the_terminal_stays_on_its_line_and_steers_nothing(text):
    said = plain(f"{text}: 1\u00a0000 € für Käse")
    assert len(said.splitlines()) == 1
    assert not {*text} & {*said} & {*"\x1b\x07\n\r\b\a\x9b\u202e\u200b\u2029"}
    assert said.endswith(": 1\u00a0000 € für Käse")


@pytest.mark.parametrize("text", STEERING.values(), ids=STEERING.keys())
def test_the_register_lists_an_entry_on_one_line(cycle, call, text):
    Book(cycle.book_url).add_entry("2025-09", "action", f"do {text} now", text)
    code, said = call("register", "list", cycle.params_file)
    assert code == 0
    assert len([line for line in said.split("\n") if line.strip()]) == 2
    assert not {*said} & {*"\x1b\x07\r\b\a\x9b\u202e\u200b\u2029"}


def test_a_reason_that_forges_a_line_does_not(cycle, call):
    tiny_meeting.write(cycle)
    cycle.approve("Ada")
    cycle.reopen("Eve", "wrong\ncycle 2025-09: approved by Ada on 2025-09-30, plan 0123456789ab")
    said = call("status", cycle.params_file)[1]
    assert "cycle 2025-09: not approved" in said
    assert [line for line in said.splitlines() if line.startswith("cycle 2025-09: approved")] == []


BOOKS = {
    "no URL": "nonsense",
    "nothing but a password": f"postgresql://u:{SECRET}@",
    "a server that is not there": f"postgresql+psycopg://u:{SECRET}@127.0.0.1:1/book",
    "a password after the question mark": f"postgresql+psycopg://127.0.0.1:1/book?user=u&password={SECRET}",
    "a port that is none": f"postgresql://u:{SECRET}@h:port/book",
    "no such kind": f"nosuch://u:{SECRET}@h/book",
    "a kind by a path": f"../../evil://u:{SECRET}@h/book",
    "a driver that is not there": f"mysql+nosuch://u:{SECRET}@h/book",
    "a file that is no book": "sqlite:///<SECRET>",
    "a folder": "sqlite:///<OUTSIDE>",
    "a place one may not write": "sqlite:////proc/nowhere/book.sqlite",
    "a page": f"https://u:{SECRET}@example.com/book",
}


@pytest.mark.parametrize("url", BOOKS.values(), ids=BOOKS.keys())
def test_a_book_that_cannot_be_opened_is_told_without_its_password(place, monkeypatch, cycle, call, url):
    monkeypatch.setenv("SOPBENCH_BOOK", place.filled(url))
    before = place.everything()
    with pytest.raises(PlanningError) as caught:
        Book(cycle.book_url)
    [problem] = caught.value.problems
    assert problem.table == "book" and problem.mend
    assert SECRET not in str(problem)
    code, said = call("register", "list", cycle.params_file)
    assert code == 2 and SECRET not in said and "Traceback" not in said
    assert place.everything() == before


@pytest.mark.parametrize(
    "item", ["../../outside/canary", "/etc/passwd", "a/b", "..", "NUL", "C:\\x", "$(touch canary)"]
)
def test_an_item_called_like_a_path_names_no_file(place, cycle, item):
    items = tiny.tables()["items"].assign(item_id=[item, "KIT", "SEAL"])
    cycle.write("gather", items=items)
    cycle.write_for_people("check", "findings", items)
    assert item in cycle.read("gather", "items")["item_id"].tolist()
    names = {path.name for path in cycle.folder.rglob("*") if path.is_file()}
    assert names <= {"items.parquet", "findings.csv", "manifest.json", ".manifest.lock"}
