"""Takes in the workbooks that came back from sales, marketing and finance: which of them count, and what they say.

A workbook speaks as of the start of the cycle it was written for, so a past cycle sees only what was handed in by then.
Of forecasts, the workbooks of the latest cycle that have the stream's sheet count, whole: what is blank there is no
opinion. Of events and budget, each workbook adds to the earlier ones, and the later one wins.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from sopbench.contract import Problem
from sopbench.contract.conform import numbered
from sopbench.contract.values import dates
from sopbench.contract.words import counted
from sopbench.gather.workbook import typed
from sopbench.gather.workbook.cells import Unreadable, facts, sheets, workbooks
from sopbench.gather.workbook.layout import EVENT, KEYS, LAYOUT, LINES, LONG, READ_ME, SHEETS, STREAMS, digest

Tables = dict[str, pd.DataFrame]

READERS = {**dict.fromkeys(STREAMS, typed.forecasts), "events": typed.events, "budget": typed.budget}
TABLES = {**dict.fromkeys(STREAMS, "forecasts"), "events": "events", "budget": "budget"}
"""The table a sheet's rows belong to."""

KEY = {**dict.fromkeys(STREAMS, [*KEYS, "bucket"]), "events": ["event_id"], "budget": ["family", "bucket"]}
SAYS = {**dict.fromkeys(STREAMS, ["qty"]), "events": list(EVENT)[1:], "budget": list(LINES)}
"""Within a sheet's kind: what names a row, and what it says."""


@dataclass(frozen=True)
class Book:
    """A workbook that came back: its file, the start of its cycle, and what it says of itself."""

    path: Path
    start: pd.Timestamp
    facts: dict[str, str]

    @property
    def kinds(self) -> list[str]:
        """The sheets it was sent with, by name: sales, marketing, finance, events, budget."""
        return [name for name in self.facts.get("sheets", "").split() if name in SHEETS]


@dataclass(frozen=True)
class Said:
    """What one sheet of one workbook says: rows with the cell each stands in, and whether anybody changed it."""

    kind: str
    book: Book
    rows: pd.DataFrame
    changed: bool


def handed_in(place: Path, raw: Tables, start: pd.Timestamp, company: str) -> tuple[Tables, list[Problem]]:
    """The company's tables with what the workbooks in `place` say put in, and what is wrong or worth a note.

    `raw` holds the company's tables as read; items, locations and customers say what may be named. A workbook of a
    later cycle than `start` is left out with a note. Where source and workbook both speak (the rule is told in
    docs/1_gather.md), the workbook wins unless the source's row was written after its cycle began.
    Where there is a problem of grade "error" the tables are those of the source alone.
    """
    books, problems = _books(place, start, company)
    known = known_names(raw)
    said: list[Said] = []
    for book in books:
        kinds = [kind for kind in book.kinds if kind not in STREAMS or _is_latest(kind, book, books)]
        found, wrong = _read(book, kinds, known)
        said += found
        problems += wrong
    kept = [each for kind in SHEETS for each in _which_count(kind, said)]
    problems += [problem for kind in SHEETS for problem in _contradictions(kind, kept)]
    if any(each.grade == "error" for each in problems):
        return raw, problems
    tables = dict(raw)
    for kind in SHEETS:
        own = [each for each in kept if each.kind == kind]
        if any(len(each.rows) or each.changed for each in own):
            tables[TABLES[kind]] = _put_in(kind, tables.get(TABLES[kind]), own, start)
    return tables, problems + [_counted(each, each not in kept) for each in said if each.changed or len(each.rows)]


def known_names(raw: Tables) -> dict[str, set[str]]:
    """The items, locations, customers, families and scopes that may be named; a set is empty where none are known."""

    def names(table: str, column: str) -> set[str]:
        frame = raw.get(table)
        if frame is None or column not in frame:
            return set()
        return set(frame[column].dropna().map(typed.plain)) - {""}

    items, families = names("items", "item_id"), names("items", "family")
    customers = names("customers", "customer_id") or names("sales", "customer_id")
    scopes = {"all", *(f"item:{name}" for name in items), *(f"family:{name}" for name in families)}
    return {
        "item_id": items,
        "location_id": names("locations", "location_id"),
        "customer_id": customers,
        "family": families,
        "scope": scopes if items else set(),
    }


def _books(place: Path, start: pd.Timestamp, company: str) -> tuple[list[Book], list[Problem]]:
    """The workbooks that are this company's and not of a later cycle, the earliest cycle first."""
    paths, problems = workbooks(place)
    books = []
    for path in paths:
        try:
            found = facts(path)
        except Unreadable as fault:
            problems.append(Problem("handed_in", path.name, "", str(fault), fault.mend))
            continue
        cycle = pd.to_datetime(found.get("cycle"), errors="coerce", format="%Y-%m-%d")
        mend = "hand in the workbook that sopbench template wrote, or take this one out of the folder"
        if not found or pd.isna(cycle):
            message = "not a workbook that sopbench template wrote"
            problems.append(Problem("handed_in", path.name, "", message, mend))
        elif found.get("layout") != LAYOUT:
            message = f"written in layout {found.get('layout')}; this version reads {LAYOUT}"
            problems.append(Problem("handed_in", path.name, "", message, "write it anew with sopbench template"))
        elif found.get("company") != company:
            message = f"this is the workbook of another company, not of {company}"
            problems.append(Problem("handed_in", path.name, found.get("company", ""), message, mend))
        elif cycle > start:
            message = f"written for the later cycle {cycle:%Y-%m-%d}; left out"
            problems.append(Problem("handed_in", path.name, "", message, "nothing to do", "note"))
        else:
            books.append(Book(path, cycle, found))
    return sorted(books, key=lambda book: (book.start, book.path.name)), problems


def _is_latest(kind: str, book: Book, books: list[Book]) -> bool:
    return book.start == max(each.start for each in books if kind in each.kinds)


def _read(book: Book, kinds: list[str], known: dict[str, set[str]]) -> tuple[list[Said], list[Problem]]:
    """What the sheets of a workbook say, and what is wrong in them."""
    name = book.path.name
    try:
        cells, others = sheets(book.path, {kind: SHEETS[kind] for kind in kinds})
    except Unreadable as fault:
        return [], [Problem("handed_in", name, "", str(fault), fault.mend)]
    others = [title for title in others if title not in (READ_ME, *(SHEETS[kind] for kind in book.kinds))]
    gone = [SHEETS[kind] for kind in kinds if kind not in cells]
    problems = []
    for title in gone:
        message = f"the sheet {title} is missing"
        mend = f"if it was renamed, name it {title} again; if it was deleted, put it back as it was sent"
        mend += "" if others else ", or leave it: it says nothing"
        grade, found = ("error", "there is: " + ", ".join(others)) if others else ("warning", "")
        problems.append(Problem("handed_in", name, found, message, mend, grade))
    if others and not gone:
        message = "this sheet was not sent; it is left out"
        problems.append(Problem("handed_in", name, ", ".join(others), message, "nothing to do", "note"))
    words = book.facts.get("buckets", "").split()
    buckets = list(pd.to_datetime(pd.Series(words, dtype=object), errors="coerce", format="%Y-%m-%d").dropna())
    said = []
    for kind in cells:
        asked = [] if kind == "events" else buckets
        made = typed.page(TABLES[kind], name, SHEETS[kind], cells[kind], typed.HEADERS[kind], asked)
        rows = READERS[kind](made, known) if all(head in made.heads for head in typed.HEADERS[kind]) else None
        problems += made.problems
        if rows is not None:
            said.append(Said(kind, book, rows, digest(LONG[kind](rows)) != book.facts.get(f"as sent: {kind}")))
    return said, problems


def _which_count(kind: str, said: list[Said]) -> list[Said]:
    """Of several workbooks of one cycle with the same sheet, those somebody changed; all of them where nobody did."""
    own = [each for each in said if each.kind == kind]
    changed = {each.book.start for each in own if each.changed}
    return [each for each in own if each.changed or each.book.start not in changed]


def _contradictions(kind: str, said: list[Said]) -> list[Problem]:
    """An error for each row of which two workbooks of the same cycle say different things."""
    own = [each for each in said if each.kind == kind]
    if len(own) < 2:
        return []
    every = pd.concat([_with_place(each) for each in own], ignore_index=True)
    group = ["cycle", *KEY[kind]]
    first = every.groupby(group, dropna=False)[[*SAYS[kind], "place"]].transform("first")
    same = (every[SAYS[kind]] == first[SAYS[kind]]) | (every[SAYS[kind]].isna() & first[SAYS[kind]].isna())
    wrong = every[~same.all(axis=1)]
    value = wrong[SAYS[kind]].astype(str).agg(", ".join, axis=1) if len(wrong) else wrong["place"]
    mend = "let one of the two workbooks say it, and blank it in the other"
    problems = [
        Problem(TABLES[kind], place, found, f"{other} says otherwise, for the same cycle", mend)
        for place, found, other in zip(
            wrong["place"].head(typed.SHOWN), value.head(typed.SHOWN), first.loc[wrong.index, "place"], strict=False
        )
    ]
    if len(wrong) > typed.SHOWN:
        rest = f"{len(wrong) - typed.SHOWN:,} more cells"
        problems.append(Problem(TABLES[kind], rest, "", "two workbooks of one cycle contradict each other", mend))
    return problems


def _with_place(each: Said) -> pd.DataFrame:
    name, sheet = each.book.path.name, SHEETS[each.kind]
    cells = zip(each.rows["row"], each.rows["column"], strict=True)
    places = [f"{name}, sheet {sheet}, cell {typed.letters(int(at))}{int(row)}" for row, at in cells]
    return each.rows.assign(cycle=each.book.start, place=pd.Series(places, index=each.rows.index, dtype=object))


def _put_in(kind: str, source: pd.DataFrame | None, said: list[Said], start: pd.Timestamp) -> pd.DataFrame:
    """The source's table with the rows of the workbooks put in, and those taken out that they replace."""
    rows = pd.concat([each.rows.assign(as_of=each.book.start) for each in said], ignore_index=True)
    rows = rows.sort_values("as_of", kind="stable").drop(columns=["row", "column"])
    if kind == "events":
        rows = rows.drop_duplicates("event_id", keep="last")
    rows = rows.drop_duplicates(["as_of", *KEY[kind]], ignore_index=True)
    if kind in STREAMS:
        rows = rows.assign(stream=kind)
    if kind == "budget":
        rows = rows.assign(version="workbook " + rows["as_of"].dt.strftime("%Y-%m-%d"))
    if source is None or source.empty:
        return numbered(rows)
    frame = numbered(source.rename(columns=str).rename(columns=str.strip))
    written = dates(frame["as_of"])[0] if "as_of" in frame else pd.Series(pd.NaT, index=frame.index)
    if kind == "events":
        rows = rows[~_told_since(frame, written, rows, start)]
    frame = frame[~_replaced(kind, frame, written, rows, max(each.book.start for each in said))]
    if "as_of" in frame and not pd.api.types.is_datetime64_any_dtype(frame["as_of"]):
        rows = rows.assign(as_of=rows["as_of"].dt.strftime("%Y-%m-%d"))
    last = int(frame.index.max()) if len(frame) else 0
    rows = rows.set_axis(pd.RangeIndex(last + 1, last + 1 + len(rows), name=frame.index.name), axis="index")
    return pd.concat([frame, rows]) if len(frame) else rows


def _replaced(kind: str, frame: pd.DataFrame, written: pd.Series, rows: pd.DataFrame, cycle: pd.Timestamp) -> pd.Series:
    """Which rows of the source the workbooks speak for, of those not written after their cycle began."""
    before = written.isna() | (written <= cycle)
    if kind in STREAMS:
        return before & (frame["stream"] == kind) if "stream" in frame else ~before & before
    if not set(KEY[kind]) <= set(frame):
        return ~before & before
    if kind == "events":
        cycles = rows.set_index("event_id")["as_of"]
        own = frame["event_id"].map(typed.plain).map(cycles)
        return own.notna() & (written.isna() | (written <= own))
    keys = pd.MultiIndex.from_arrays([rows["family"], rows["bucket"], rows["as_of"]])
    place = pd.MultiIndex.from_arrays([frame["family"].astype(str).str.strip(), dates(frame["bucket"])[0], written])
    undated = pd.MultiIndex.from_arrays([place.get_level_values(0), place.get_level_values(1)])
    return pd.Series(place.isin(keys) | (written.isna() & undated.isin(keys.droplevel(2))), index=frame.index)


def _told_since(frame: pd.DataFrame, written: pd.Series, rows: pd.DataFrame, start: pd.Timestamp) -> pd.Series:
    """Which events of the workbooks the source has written anew since, and by the start of the cycle."""
    if "event_id" not in frame:
        return pd.Series(False, index=rows.index)
    since = written[written <= start].groupby(frame["event_id"].map(typed.plain)).max()
    return rows["event_id"].map(since) > rows["as_of"]


def _counted(each: Said, left_out: bool) -> Problem:
    """A note of how much a sheet says."""
    kind = each.kind
    noun, of = (
        ("forecast", f" of {kind}")
        if kind in STREAMS
        else {"events": ("event", ""), "budget": ("row", " of budget")}[kind]
    )
    message = f"{counted(len(each.rows), noun)}{of} from {each.book.path.name}"
    if left_out:
        message += " left out: the sheet is as it was sent, and another workbook of its cycle has it changed"
    return Problem("handed_in", each.book.path.name, SHEETS[kind], message, "nothing to do", "note")
