"""Reads what was typed on a returned sheet, cell by cell: the rows it says, and every cell that cannot be right."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from sopbench.contract import Problem
from sopbench.gather.workbook.cells import FORMULA
from sopbench.gather.workbook.layout import EVENT, FAMILY, KEYS, LINE, LINES, MARK, STREAMS

HEADERS = {
    **dict.fromkeys(STREAMS, list(KEYS.values())),
    "events": [EVENT["scope"], *(header for name, header in EVENT.items() if name != "scope")],
    "budget": [FAMILY, LINE],
}
"""Headers a sheet must have, by what it holds; by the first its row of headers is found."""

SHOWN = 20
"""Cells named for one fault of one sheet; the rest is counted."""

LARGEST = 1e15
"""A figure beyond this is a slip; the contract refuses it too."""

MOST_UPLIFT = 20.0
"""An uplift beyond this (+2000 %) is a percentage typed without its sign."""

HEADER_WITHIN = 50
"""Rows at the top in which the headers must stand."""

EXCELS_DAY_0 = pd.Timestamp("1899-12-30")

MONEY = r"[$€£¥]|\[\$[^\]-]+"
"""A number format that shows a currency."""


@dataclass
class Page:
    """One sheet of one workbook as it is read: where it is, its cells below the headers, and what is wrong with it."""

    table: str
    book: str
    sheet: str
    cells: pd.DataFrame
    heads: dict[str, int] = field(default_factory=dict)
    buckets: dict[pd.Timestamp, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def where(self, row: int, column: int) -> str:
        """How a cell is called in a message."""
        return f"{self.book}, sheet {self.sheet}, cell {letters(int(column))}{row}"

    def tell(self, bad: pd.DataFrame, message: str, mend: str, grade: str = "error") -> None:
        """A problem for each of the first cells in `bad` (row, column, value), and one that counts the others."""
        bad = bad.sort_values(["row", "column"])
        for row, column, value in bad[["row", "column", "value"]].head(SHOWN).itertuples(index=False, name=None):
            found = "" if value is None or value is pd.NaT or value != value else str(value)[:60]
            self.problems.append(Problem(self.table, self.where(row, column), found, message, mend, grade))
        if len(bad) > SHOWN:
            rest = f"{self.book}, sheet {self.sheet}, {len(bad) - SHOWN:,} more cells"
            self.problems.append(Problem(self.table, rest, "", message, mend, grade))

    def column(self, header: str) -> pd.DataFrame:
        """The cells under a header, by row: column, value, type, format."""
        under = self.cells[self.cells["column"] == self.heads.get(header, -1)]
        return under.set_index("row", drop=False).rename_axis(None)


def page(
    table: str, book: str, sheet: str, cells: pd.DataFrame, headers: list[str], buckets: list[pd.Timestamp]
) -> Page:
    """Find the columns of a sheet by their headers, wherever they stand; what is missing or unknown is told.

    `headers` are the first, which every sheet must have, and the others; `buckets` those asked for. The cells kept are
    those below the headers that are not blank.
    """
    made = Page(table, book, sheet, cells)
    text = cells["value"].map(lambda value: " ".join(str(value).split()).lower())
    at = cells.loc[(text == headers[0].lower()) & (cells["row"] <= HEADER_WITHIN), "row"]
    if at.empty:
        message = f"the headers are gone: no cell of the first {HEADER_WITHIN} rows says {headers[0]}"
        where = f"{book}, sheet {sheet}"
        made.problems.append(Problem(table, where, "", message, "put the row of headers back, as it was sent"))
        made.cells = cells.iloc[:0]
        return made
    row = int(at.min())
    top = cells[cells["row"] == row].assign(text=text)
    named = {header.lower(): header for header in [*headers, MARK]}
    dated = {word: bucket for bucket in buckets for word in _words(bucket)}
    unknown = []
    for column, value, said in top[["column", "value", "text"]].itertuples(index=False, name=None):
        bucket = dated.get(_as_text(value, said))
        known = made.buckets if bucket is not None else made.heads
        name = bucket if bucket is not None else named.get(said)
        if name is None:
            unknown.append((row, column, value))
        elif name in known:
            cell = pd.DataFrame([(row, column, value)], columns=["row", "column", "value"])
            made.tell(cell, "this header stands there twice", "remove one of the two columns")
        else:
            known[name] = column
    _tell_missing(made, headers, buckets)
    below = cells[cells["row"] > row]
    blank = below["value"].map(lambda value: isinstance(value, str) and not value.strip()).astype(bool)
    made.cells = below[~blank]
    _tell_unknown(made, unknown)
    if all(header in made.heads for header in headers):
        stray = made.cells[~made.cells["column"].isin(top["column"])]
        message = "the cell stands in a column without a header; it is left out"
        made.tell(stray, message, "use the columns that were sent", "warning")
    return made


def _words(bucket: pd.Timestamp) -> list[str]:
    words = [f"{bucket:%Y-%m-%d}", f"{bucket:%d %b %Y}".lower()]
    return (
        [*words, f"{bucket:%Y-%m}", f"{bucket:%b %Y}".lower(), f"{bucket:%B %Y}".lower()] if bucket.day == 1 else words
    )


def _as_text(value: object, text: str) -> str:
    if isinstance(value, datetime.date):
        return f"{value:%Y-%m-%d}"
    if isinstance(value, int | float) and not isinstance(value, bool) and 20_000 < value < 80_000:
        return f"{EXCELS_DAY_0 + pd.Timedelta(days=int(value)):%Y-%m-%d}"
    return text


def _tell_missing(made: Page, headers: list[str], buckets: list[pd.Timestamp]) -> None:
    where = f"{made.book}, sheet {made.sheet}"
    for header in headers:
        if header not in made.heads:
            message, mend = f"the column {header} is missing", "put it back, as it was sent"
            made.problems.append(Problem(made.table, where, "", message, mend))
    gone = [bucket for bucket in buckets if bucket not in made.buckets]
    if gone:
        found = ", ".join(f"{bucket:%Y-%m-%d}" for bucket in gone[:3]) + (", ..." if len(gone) > 3 else "")
        message = f"{len(gone)} of {len(buckets)} columns of figures are missing: no opinion is taken for them"
        mend = "put them back where that is wrong"
        made.problems.append(Problem(made.table, where, found, message, mend, "warning"))


def _tell_unknown(made: Page, unknown: list[tuple]) -> None:
    """Columns nobody sent, where they hold figures; the locked ones that help a person hold some too."""
    helps = ("Description", "Family", "Price")
    strange = [each for each in unknown if str(each[2]) not in helps and not str(each[2]).startswith("Sold")]
    used = set(made.cells["column"])
    bad = pd.DataFrame([each for each in strange if each[1] in used], columns=["row", "column", "value"])
    made.tell(bad, "no such column was sent; it is left out", "use the columns that were sent", "warning")


def texts(made: Page, headers: list[str]) -> pd.DataFrame:
    """The text under each header, by row; blank where there is none. Whole numbers are read as they look."""
    columns = {}
    for header in headers:
        values = made.column(header)["value"]
        columns[header] = values.map(plain)
    return pd.DataFrame(columns, columns=headers).fillna("")


def letters(column: int) -> str:
    """What Excel calls a column: 1 is A, 27 is AA."""
    rest, last = divmod(column - 1, 26)
    return (letters(rest) if rest else "") + chr(ord("A") + last)


def plain(value: object) -> str:
    """A name as it looks: a whole number read as 12.0 is 12, and blanks around it go."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def figures(made: Page, cells: pd.DataFrame, unit: str, least: float | None = 0.0, share: bool = False) -> pd.Series:
    """The numbers in `cells`; what is no number, or cannot be meant, is told and comes back as NaN.

    `unit` is what the cells should hold, in words; `share` says that percentages are right here.
    """
    value, kind = cells["value"], cells["type"]
    number = value.map(lambda each: isinstance(each, int | float) and not isinstance(each, bool)).astype(bool)
    dated = value.map(lambda each: isinstance(each, datetime.date | datetime.time | datetime.timedelta)).astype(bool)
    error, formula = kind == "e", kind == FORMULA
    numbers = pd.to_numeric(value.where(number), errors="coerce").astype("float64")
    shown = cells["format"].astype(str)
    percent = number & shown.str.contains("%", regex=False) & (not share)
    money = number & shown.str.contains(MONEY) & (unit == "units")
    huge = number & ((numbers.abs() > LARGEST) | ~np.isfinite(numbers))
    low = number & ~huge & (numbers < least) if least is not None else pd.Series(False, index=cells.index)
    give = f"type a number of {unit}, or leave it blank"
    made.tell(cells[error], "the cell holds an error of a formula", f"mend the formula, or {give}")
    made.tell(cells[formula], "the formula has no stored value", f"open and save it in Excel, or {give}")
    made.tell(cells[dated & ~error], f"a date where {unit} are wanted", give + "; set the cell's format to number")
    text = ~number & ~dated & ~error & ~formula
    made.tell(cells[text], f"text where {unit} are wanted", give + ", without words or signs")
    made.tell(cells[huge], "the figure is absurdly large", give)
    made.tell(cells[low], f"the figure is below {least or 0:g}", give)
    made.tell(cells[percent & ~huge & ~low], f"a percentage where {unit} are wanted", give)
    message = "the cell shows money where units are wanted; its number is taken as units"
    made.tell(cells[money], message, "set the cell's format to number, or type units", "warning")
    return numbers.where(~(huge | low | percent))


def unknown(made: Page, said: pd.Series, known: set[str], header: str, what: str) -> pd.Series:
    """Which texts are not among the known ones, true by row; each is told with its cell."""
    wrong = (said != "") & ~said.isin(known)
    made.tell(_at(made, said[wrong], header), f"no such {what}", "choose one of the list in the cell")
    return wrong


def _at(made: Page, said: pd.Series, header: str) -> pd.DataFrame:
    """Cells by row under a header, for a message."""
    return pd.DataFrame({"row": said.index, "column": made.heads.get(header, 1), "value": said.to_numpy()})


def moved(made: Page, said: pd.DataFrame) -> None:
    """Tell rows whose locked key is no longer the one that was sent."""
    sent = made.column(MARK)["value"].map(plain).reindex(said.index)
    now = said.iloc[:, 0].str.cat([said[name] for name in said.columns[1:]], sep=" | ").str.strip()
    changed = sent.notna() & (now != sent.fillna(""))
    mend = "put it back; another one goes into the blank rows at the end"
    message = "the locked key of this row was changed"
    told = now[changed] + " (sent: " + sent[changed] + ")"
    made.tell(_at(made, told, said.columns[0]), message, mend)


def twice(made: Page, said: pd.DataFrame, header: str) -> None:
    """Tell rows that have the key of another one."""
    again = said[said.duplicated(keep="first")]
    words = (
        again.iloc[:, 0].str.cat([again[name] for name in again.columns[1:]], sep=" | ")
        if len(again)
        else again.iloc[:, 0]
    )
    made.tell(_at(made, words, header), "this key stands in a row above already", "keep one of the two rows")


def forecasts(made: Page, known: dict[str, set[str]]) -> pd.DataFrame:
    """The forecasts on a stream's sheet: item_id, location_id, customer_id, bucket, qty, and the cell of each.

    `known` holds the items, locations and customers there are, by key; customers may be empty where there are none.
    """
    cells = _under_buckets(made)
    rows = sorted(cells["row"].unique())
    said = texts(made, list(KEYS.values())).reindex(rows).fillna("")
    nameless = said[KEYS["item_id"]] == ""
    message = "figures in a row without an item"
    made.tell(_at(made, said.loc[nameless, KEYS["item_id"]], KEYS["item_id"]), message, "choose the item of the list")
    wrong = nameless.copy()
    for name, header in KEYS.items():
        if known[name]:
            wrong |= unknown(made, said[header], known[name], header, header.lower())
    moved(made, said[~wrong])
    twice(made, said[~nameless], KEYS["item_id"])
    qty = figures(made, cells, "units")
    long = cells[["row", "column", "bucket"]].assign(qty=qty).join(said.rename(columns=_names(KEYS)), on="row")
    long = long.dropna(subset="qty")[[*KEYS, "bucket", "qty", "row", "column"]].reset_index(drop=True)
    _tell_mixed(made, long)
    return long


def _tell_mixed(made: Page, long: pd.DataFrame) -> None:
    """Warn where an item is forecast both as a whole and in parts: the figures add up, which few people mean."""
    level = (long["location_id"] == "") * 2 + (long["customer_id"] == "")
    mixed = level.groupby([long["item_id"], long["bucket"]]).transform("nunique") > 1
    whole = long[mixed & (level > 0)].drop_duplicates("row").set_index("row")["item_id"]
    message = "the item is forecast here for several locations or customers together, and one by one too: it adds up"
    made.tell(_at(made, whole, KEYS["item_id"]), message, "blank one of the two where that is not meant", "warning")


def budget(made: Page, known: dict[str, set[str]]) -> pd.DataFrame:
    """The budget on its sheet: family, bucket, units, revenue, margin, and the first cell of each."""
    cells = _under_buckets(made)
    rows = sorted(cells["row"].unique())
    said = texts(made, [FAMILY, LINE]).reindex(rows).fillna("")
    strange = unknown(made, said[FAMILY], known["family"], FAMILY, "family")
    nameless = said[FAMILY] == ""
    made.tell(_at(made, said.loc[nameless, FAMILY], FAMILY), "figures in a row without a family", "name the family")
    lines = {word.lower(): name for name, word in LINES.items()}
    line = said[LINE].str.lower().map(lines)
    message = "none of " + ", ".join(LINES.values())
    made.tell(_at(made, said.loc[line.isna(), LINE], LINE), message, "put it back, as it was sent")
    moved(made, said[~(strange | nameless | line.isna())])
    twice(made, said, FAMILY)
    of_line = cells["row"].map(line)
    margin = of_line == "margin"
    value = pd.concat([figures(made, cells[margin], "money", None), figures(made, cells[~margin], "units or money")])
    long = cells.assign(value=value, line=of_line, family=cells["row"].map(said[FAMILY])).dropna(
        subset=["value", "line"]
    )
    long = long.drop_duplicates(["family", "bucket", "line"])
    wide = long.set_index(["family", "bucket", "line"])["value"].unstack("line").reindex(columns=list(LINES))  # noqa: PD010
    places = long.groupby(["family", "bucket"])[["row", "column"]].min()
    wide = wide.fillna({"units": 0.0, "revenue": 0.0}).join(places).reset_index()
    return wide.rename_axis(columns=None).astype(dict.fromkeys(LINES, "float64"))


def events(made: Page, known: dict[str, set[str]]) -> pd.DataFrame:
    """The events on their sheet: the columns of the contract, and the row of each; one without a name gets one."""
    kept = made.cells[made.cells["column"].isin([made.heads.get(header, -1) for header in EVENT.values()])]
    rows = sorted(kept["row"].unique())
    said = texts(made, [EVENT["event_id"], EVENT["scope"]]).reindex(rows).fillna("")
    name, scope = said[EVENT["event_id"]], said[EVENT["scope"]]
    unknown(made, scope, known["scope"], EVENT["scope"], "item or family")
    mend = "fill it in; to call an event off, type 0% as its uplift"
    made.tell(_at(made, scope[scope == ""], EVENT["scope"]), "the event moves nothing", mend)
    found = {key: _dates(made, key, rows) for key in ("start", "end")}
    for key in ("start", "end"):
        seen = made.column(EVENT[key])["value"].reindex(rows)
        made.tell(_at(made, seen[seen.isna()].astype(object), EVENT[key]), f"{EVENT[key].lower()} is missing", mend)
    before = found["end"] < found["start"]
    made.tell(
        _at(made, found["end"][before].dt.strftime("%Y-%m-%d"), EVENT["end"]), "ends before it starts", "mend one"
    )
    uplift = figures(made, made.column(EVENT["uplift"]), "per cent", -1.0, share=True).reindex(rows)
    high = uplift > MOST_UPLIFT
    made.tell(_at(made, uplift[high], EVENT["uplift"]), "the uplift is beyond +2000 %", "type it as 30%, or 0.3")
    price = figures(made, made.column(EVENT["price"]), "money").reindex(rows)
    moved(made, name.to_frame())
    twice(made, name[name != ""].to_frame(), EVENT["event_id"])
    stem = made.book.rsplit(".", 1)[0]
    given = pd.Series([f"{stem}-{row}" for row in rows], index=rows, dtype=object)
    table = pd.DataFrame({"event_id": name.where(name != "", given), "scope": scope, **found})
    table = table.assign(uplift=uplift.fillna(0.0), price=price, row=rows, column=made.heads.get(EVENT["event_id"], 1))
    return table.dropna(subset=["start", "end"]).reset_index(drop=True)


def _dates(made: Page, key: str, rows: list[int]) -> pd.Series:
    """The days under a header: dates, ISO text, or Excel's count of days; anything else is told."""
    cells = made.column(EVENT[key])
    value, kind = cells["value"], cells["type"]
    number = value.map(lambda each: isinstance(each, int | float) and not isinstance(each, bool)).astype(bool)
    count = pd.to_numeric(value.where(number), errors="coerce")
    count = count.where(count.between(20_000, 80_000))
    days = EXCELS_DAY_0 + pd.to_timedelta(count, unit="D")
    words = value.where(~number & (kind != FORMULA)).astype(str)
    read = pd.to_datetime(words, errors="coerce", format="ISO8601")
    days = days.fillna(read).dt.normalize().astype("datetime64[ns]")
    made.tell(cells[days.isna()], "not a date", "type a date, such as 2025-11-01")
    return days.reindex(rows)


def _under_buckets(made: Page) -> pd.DataFrame:
    """The cells of figures, each with its bucket."""
    columns = pd.Series({column: bucket for bucket, column in made.buckets.items()}, dtype="datetime64[ns]")
    cells = made.cells[made.cells["column"].isin(columns.index)]
    return cells.assign(bucket=cells["column"].map(columns)).reset_index(drop=True)


def _names(headers: dict[str, str]) -> dict[str, str]:
    return {header: name for name, header in headers.items()}
