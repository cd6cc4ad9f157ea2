"""Promotes a method to a params file: the smallest change of the text, shown before it is written, comments kept.

The text is edited, not written anew from what was read: a params file carries a comment on every line. What the edit
makes is read back and must say just what was there and the change; otherwise nothing is done.
"""

from __future__ import annotations

import difflib
import html
import json
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

import yaml

from sopbench.contract import PlanningError, Problem
from sopbench.params import load

SECTION = "demand"

COLOURS = {"+": "background:#dff3e7;color:#14532d", "-": "background:#fbe4e0;color:#7a1f12", "@": "color:#59636e"}
"""How a line of a diff looks, by its first character."""


class Diff(str):
    """What to do next and, after an empty line, a unified diff, which a notebook shows in colour."""

    __slots__ = ()

    def _repr_html_(self) -> str:
        head, _, body = self.partition("\n\n")
        lines = [f'<span style="{_look(line)}">{html.escape(line)}</span>' for line in body.splitlines()]
        look = "white-space:pre;overflow-x:auto;padding:8px;border:1px solid #c5ccd3"
        return f'<p>{html.escape(head)}</p><pre style="{look}">' + "\n".join(lines) + "</pre>"


def _look(line: str) -> str:
    """The style of a line of a diff; the names of the two files look like the places, not like lines of them."""
    return COLOURS.get("@" if line.startswith(("--- ", "+++ ")) else line[:1], "")


def with_entry(text: str, where: str, name: str, value: str, why: str = "") -> str:
    """The params file's text with `demand.WHERE.NAME: value` in it, and `why` as a comment behind it.

    An entry that is there gets the new value; a mapping or a section that is missing is added. Raises PlanningError
    where the file is written in a way this cannot change safely (anchors, merges, several documents).
    """
    before = yaml.safe_load(text)
    wanted = _put(before, where, name, value)
    try:
        made = _edited(text, where, name, value, why)
        said = yaml.safe_load(made)
    except (yaml.YAMLError, ValueError):
        said = None
    if said != wanted:
        mend = f"write it by hand, under demand.{where}: {name}: {_scalar(value, block=False)}"
        raise PlanningError(Problem("params", f"demand.{where}", name, "the file cannot be changed safely here", mend))
    return made


def with_module(text: str, module: str) -> str:
    """The params file's text with a module of own forecasters in demand.modules; unchanged where it is there."""
    known = (yaml.safe_load(text).get(SECTION) or {}).get("modules") or []
    if module in known:
        return text
    return with_list(text, "modules", [*known, module], "own forecasters, in Python files beside this one")


def with_list(text: str, where: str, names: list[str], why: str) -> str:
    """The params file's text with the list of names `demand.WHERE`; `why` is the comment of a line that is new.

    Raises PlanningError where the file cannot be changed safely.
    """
    section = yaml.safe_load(text).get(SECTION) or {}
    wanted = {**yaml.safe_load(text), SECTION: {**section, where: names}}
    line = f"{where}: [{', '.join(names)}]"
    made = text
    root = yaml.compose(text)
    found = _value(_value(root, SECTION), where)
    if found is None:
        made = _insert(text, root, f"{line}   # {why}")
    else:
        end = _last_leaf(found).end_mark.index if not getattr(found, "flow_style", True) else found.end_mark.index
        made = text[: found.start_mark.index] + line.partition(": ")[2] + text[end:]
    if yaml.safe_load(made) != wanted:
        message = "the file cannot be changed safely here"
        raise PlanningError(Problem("params", f"demand.{where}", "", message, f"write it by hand: {line}"))
    return made


def diff(before: str, after: str, name: str) -> str:
    """What a change does to a file, as a unified diff."""
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), name, f"{name}, promoted", lineterm="", n=2)
    return "\n".join(lines)


def checked_text(text: str, path: Path) -> None:
    """Raise PlanningError where `text`, written to `path`, would not be a params file that can be read."""
    with tempfile.TemporaryDirectory() as folder:
        trial = Path(folder) / path.name
        trial.write_text(text, encoding="utf-8")
        load(trial)


def read_text(path: Path) -> str:
    """The file's text with its line ends as they are."""
    with path.open(encoding="utf-8", newline="") as file:
        return file.read()


def write_text(text: str, path: Path, before: str) -> None:
    """Replace the file whole or not at all. Raises PlanningError where it no longer says `before`."""
    if read_text(path) != before:
        mend = "promote again: the diff is then made from what the file says now"
        raise PlanningError(Problem(path.name, "", "", "somebody changed the file meanwhile", mend))
    ready = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with ready.open("w", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        shutil.copymode(path, ready)
        os.replace(ready, path)
    finally:
        ready.unlink(missing_ok=True)


def _put(said: dict[str, Any], where: str, name: str, value: str) -> dict[str, Any]:
    section = said.get(SECTION) or {}
    return {**said, SECTION: {**section, where: {**(section.get(where) or {}), name: value}}}


def _edited(text: str, where: str, name: str, value: str, why: str) -> str:
    root = yaml.compose(text)
    comment = f"   # {' '.join(why.split())}" if why else ""
    mapping = _value(_value(root, SECTION), where)
    if mapping is None:
        lines = f"{where}:\n  {name}: {_scalar(value)}{comment}"
        return _insert(text, root, lines)
    if not isinstance(mapping, yaml.MappingNode):  # methods: with nothing behind it
        indent = " " * (_key(_value(root, SECTION), where).start_mark.column + 2)
        return _after_line(text, mapping.start_mark.index, f"{indent}{name}: {_scalar(value)}{comment}")
    old = _value(mapping, name)
    if old is not None:
        return text[: old.start_mark.index] + _scalar(value, not mapping.flow_style) + text[_end(text, old) :]
    if mapping.flow_style:
        entry = f"{name}: {_scalar(value, block=False)}"
        at = mapping.value[-1][1].end_mark.index if mapping.value else mapping.start_mark.index + 1
        return text[:at] + (", " if mapping.value else "") + entry + text[at:]
    indent = " " * mapping.value[0][0].start_mark.column
    return _after_line(text, _end(text, _last_leaf(mapping)), f"{indent}{name}: {_scalar(value)}{comment}")


def _insert(text: str, root: yaml.Node, lines: str) -> str:
    """The text with lines at the end of section demand, which is made where it is missing."""
    section = _value(root, SECTION)
    if isinstance(section, yaml.MappingNode) and section.value and not section.flow_style:
        indent = " " * section.value[0][0].start_mark.column
        return _after_line(text, _end(text, _last_leaf(section)), _indented(lines, indent))
    if section is None:
        before = _value(root, "gather") or root
        return _after_line(text, _end(text, _last_leaf(before)), f"\n{SECTION}:\n{_indented(lines, '  ')}")
    if isinstance(section, yaml.ScalarNode):
        return _after_line(text, section.start_mark.index, _indented(lines, "  "))
    raise ValueError("section demand is written on one line")


def _after_line(text: str, at: int, lines: str) -> str:
    """The text with lines put in after the line that holds place `at`."""
    newline = "\r\n" if "\r\n" in text else "\n"
    end = text.find("\n", at)
    head, rest = (text + newline, "") if end < 0 else (text[: end + 1], text[end + 1 :])
    return head + lines.replace("\n", newline) + newline + rest


def _indented(lines: str, indent: str) -> str:
    return "\n".join(indent + line for line in lines.split("\n"))


def _end(text: str, leaf: yaml.Node) -> int:
    """The place of the last character of a node's text; that of a block scalar is its last line's end."""
    end = leaf.end_mark.index
    if isinstance(leaf, yaml.ScalarNode) and leaf.style in ("|", ">"):
        return len(text[:end].rstrip())
    return end


def _last_leaf(node: yaml.Node) -> yaml.Node:
    """The last scalar or flow collection in a node's text."""
    while isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
        last = node.value[-1]
        node = last[1] if isinstance(last, tuple) else last
    return node


def _value(node: yaml.Node | None, key: str) -> yaml.Node | None:
    pairs = node.value if isinstance(node, yaml.MappingNode) else []
    return next((value for name, value in pairs if name.value == key), None)


def _key(node: yaml.Node, key: str) -> yaml.Node:
    return next(name for name, _ in node.value if name.value == key)


def _scalar(value: str, block: bool = True) -> str:
    """The value as YAML writes it, bare where it may be."""
    try:
        bare = block and yaml.safe_load(f"x: {value}") == {"x": value}
    except yaml.YAMLError:
        bare = False
    return value if bare else json.dumps(value, ensure_ascii=False)
