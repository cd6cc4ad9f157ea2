"""What a mapping's SQL says, told without running it: its code parted from strings and comments.

A mapping is run by DuckDB or by a database; both take its text from here, so that `:as_of` and quoted data files mean
the same on both, and mean nothing inside a string or a comment.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from sopbench.contract import Problem

PARAMETER = "as_of"
"""The one name a mapping may bind: the first day of the cycle."""

Change = tuple[int, int, str]
"""Where a part of a text starts and ends, and what is put in its place."""

_PIECE = re.compile(
    r"""
    (?P<comment>--[^\n]*|/\*)                                             # a block's end is sought by hand: they nest
    |(?P<string>(?<!\w)[eE]'(?:[^'\\]|\\.|'')*'|'(?:[^']|'')*')
    |(?P<name>"(?:[^"]|"")*")
    |(?P<dollar>(?<![\w$])\$(?P<tag>[^\W\d]\w*|)\$.*?\$(?P=tag)\$)
    |(?P<parameter>(?<![:\w'"\])]):[^\W\d]\w*)                            # neither a cast, nor a slice, nor a struct
    |(?P<end>;)
    |(?P<unended>['"])
    """,
    re.VERBOSE | re.DOTALL,
)
_BLOCK = re.compile(r"/\*|\*/")
_WORD = re.compile(r"\w+|\S")
_READER = re.compile(r"read_\w+|\w+_scan\w*")
_DATA = re.compile(r".+\.(?:(?:csv|tsv|txt|json|parquet)(?:\.gz)?|xlsx|xlsm)", re.IGNORECASE)
"""What a data file's name looks like where a table may stand; * and ? in it stand for several files."""

_ENDS_FROM = re.compile(r"select|where|group|order|having|limit|qualify|window|union|except|intersect|values")
"""Words after which no table stands, until the next FROM."""


class SqlFault(Exception):
    """What is wrong with an .sql file's text, with its mend."""

    def __init__(self, message: str, mend: str, value: str = ""):
        super().__init__(message)
        self.mend, self.value = mend, value

    def problem(self, table: str, file: str) -> Problem:
        """The fault as a problem of that file."""
        return Problem(table, file, self.value, str(self), self.mend)


@dataclass(frozen=True)
class Piece:
    """A part of an SQL text. Kinds: code, comment, string (dollar quotes too), name (quoted), parameter, end (;)."""

    kind: str
    text: str
    start: int

    @property
    def end(self) -> int:
        """Where the next piece starts."""
        return self.start + len(self.text)


@dataclass(frozen=True)
class DataFile:
    """A data file that SQL names where a table stands: 'orders.csv', or read_csv('orders.csv', ...).

    `start` and `end` part off the quoted name; `whole` the call around it, where there is one.
    """

    name: str
    start: int
    end: int
    reader: str = ""
    whole: tuple[int, int] = (0, 0)


def pieces(sql: str) -> list[Piece]:
    """The text in its parts, in order; put together again they are the text. SqlFault where a quote does not end."""
    found: list[Piece] = []
    at = 0
    while match := _PIECE.search(sql, at):
        start, end = match.span()
        if match.lastgroup == "unended":
            raise _unended("quote", sql, start)
        if match[0] == "/*":
            end = _block_end(sql, start)
        if start > at:
            found.append(Piece("code", sql[at:start], at))
        kind = next(kind for kind in ("comment", "string", "name", "dollar", "parameter", "end") if match[kind])
        found.append(Piece("string" if kind == "dollar" else kind, sql[start:end], start))
        at = end
    if at < len(sql):
        found.append(Piece("code", sql[at:], at))
    return found


def select(sql: str) -> str:
    """The one SELECT a file holds, without the semicolons after it.

    Raises SqlFault where there is none or more than one, where it binds anything but :as_of, or a quote does not end.
    """
    parts = pieces(sql)
    said = [part for part in parts if part.kind != "comment" and part.text.strip()]
    while said and said[-1].kind == "end":
        sql, said = replaced(sql, [(said[-1].start, said[-1].end, "")]), said[:-1]
    first = re.match(r"[\s(]*(\w*)", said[0].text)[1].lower() if said else ""
    if first not in ("select", "with") or any(part.kind == "end" for part in said):
        raise SqlFault("the file is not one SELECT", "write one SELECT, or WITH ... SELECT")
    unknown = sorted({part.text for part in said if part.kind == "parameter"} - {f":{PARAMETER}"})
    if unknown:
        raise SqlFault(f"only :{PARAMETER} is known", f"use :{PARAMETER} alone", ", ".join(unknown))
    return sql


def replaced(sql: str, changes: Iterable[Change]) -> str:
    """The text with some parts changed; the changes must not overlap."""
    for start, end, text in sorted(changes, reverse=True):
        sql = sql[:start] + text + sql[end:]
    return sql


def parameters(sql: str, becomes: str) -> list[Change]:
    """The change of every :as_of that is code."""
    return [(part.start, part.end, becomes) for part in pieces(sql) if part.kind == "parameter"]


def with_shared(sql: str, shared: Iterable[tuple[str, str]]) -> str:
    """The SELECT with others put before it as common table expressions, each under its name, in this order."""
    put = ", ".join(f"{name} AS (\n{body}\n)" for name, body in shared)
    if not put:
        return sql
    first = next(part for part in pieces(sql) if part.kind == "code" and part.text.strip())
    own = re.match(r"\s*(WITH(?:\s+RECURSIVE)?\b)?", first.text, re.IGNORECASE)
    if own[1]:
        return replaced(sql, [(first.start + own.end(), first.start + own.end(), f" {put},")])
    return replaced(sql, [(first.start + own.end(), first.start + own.end(), f"WITH {put}\n")])


def names(sql: str) -> set[str]:
    """Every word and quoted name in the code, in lower case: the tables it uses are among them."""
    parts = pieces(sql)
    words = {word.lower() for part in parts if part.kind == "code" for word in re.findall(r"\w+", part.text)}
    return words | {part.text[1:-1].lower() for part in parts if part.kind == "name"}


def data_files(sql: str) -> list[DataFile]:
    """The quoted files that stand where a table does, after FROM, JOIN or a comma between tables, or that a call reads.

    A string that only looks like a file's name, as in WHERE name = 'a.csv', is none.
    """
    found: list[DataFile] = []
    open_brackets = [_Bracket("top")]
    before = ""
    for part in pieces(sql):
        if part.kind == "comment":
            continue
        if part.kind != "code":
            if part.kind == "string" and (file := _file(part, open_brackets[-1], before)):
                open_brackets[-1].files.append(file)
            before = part.kind
            continue
        for match in _WORD.finditer(part.text):
            word, start = match[0].lower(), part.start + match.start()
            if word in "([":
                open_brackets.append(_Bracket.opened(open_brackets[-1], word, before, start))
            elif word in ")]" and len(open_brackets) > 1:
                closed = open_brackets.pop()
                open_brackets[-1].files += closed.closed(start + 1)
            elif word == "join" or (word == "from" and before != "distinct"):
                open_brackets[-1].in_from = True
            elif _ENDS_FROM.fullmatch(word):
                open_brackets[-1].in_from = False
            before = word
    for bracket in open_brackets:
        found += bracket.files
    return sorted(found, key=lambda file: file.start)


class _Bracket:
    """What is known inside a bracket: whether tables stand there, and the call it belongs to."""

    def __init__(self, kind: str, in_from: bool = False, reader: str = "", start: int = 0):
        self.kind, self.in_from, self.reader, self.start = kind, in_from, reader, start
        self.files: list[DataFile] = []

    @classmethod
    def opened(cls, outer: _Bracket, word: str, before: str, start: int) -> _Bracket:
        if word == "[":
            return cls("list", reader=outer.reader if before == "(" else "")
        if _READER.fullmatch(before):
            return cls("call", reader=before, start=start - len(before))
        return cls("group", in_from=outer.in_from and before in ("from", "join", ",", "("))

    def closed(self, end: int) -> list[DataFile]:
        if self.kind != "call":
            return self.files
        return [DataFile(file.name, file.start, file.end, self.reader, (self.start, end)) for file in self.files]


def _file(part: Piece, bracket: _Bracket, before: str) -> DataFile | None:
    """The file a string names; None where it is a value."""
    name = part.text[1:-1].replace("''", "'")
    if bracket.reader:
        first = before in ("(", "[") or (before == "," and bracket.kind == "list")
    else:
        first = bracket.in_from and before in ("from", "join", ",", "(") and _DATA.fullmatch(name)
    return DataFile(name, part.start, part.end, bracket.reader, (part.start, part.end)) if first else None


def _block_end(sql: str, start: int) -> int:
    depth, at = 1, start + 2
    while depth:
        mark = _BLOCK.search(sql, at)
        if mark is None:
            raise _unended("comment", sql, start)
        depth, at = depth + (1 if mark[0] == "/*" else -1), mark.end()
    return at


def _unended(what: str, sql: str, start: int) -> SqlFault:
    line = sql.count("\n", 0, start) + 1
    return SqlFault(f"a {what} that begins in line {line} does not end", f"end the {what}")
