"""Changes one setting of a params file: the smallest change of the text, shown before it is written, comments kept.

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
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from sopbench.contract import PlanningError, Problem
from sopbench.params import load

Setting = str | float | list[str] | dict[str, float]
"""What a setting may be changed to: a text, a number, a list of names, or a number for each of some names."""

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


def with_setting(text: str, path: Sequence[str], value: Setting, why: str = "") -> str:
    """The params file's text with the setting at `path` (section, name; or section, name, entry) at `value`.

    A setting that is there gets the new value; one that is missing is added, with what holds it, and with `why` as a
    comment behind it. Numbers by name are put into those that are there, each by itself. Raises PlanningError where
    the file is written in a way this cannot change safely (anchors, merges, several documents).
    """
    if isinstance(value, dict) and isinstance(_node(yaml.compose(text), path), yaml.MappingNode):
        for name, number in value.items():
            text = with_setting(text, [*path, name], number, why)
        return text
    wanted = _put(yaml.safe_load(text), path, value)
    try:
        made = _edited(text, path, value, why)
        said = yaml.safe_load(made)
    except (yaml.YAMLError, ValueError):
        said = None
    if said != wanted:
        *under, name = path
        mend = f"write it by hand, under {'.'.join(under)}: {name}: {_written(value, block=False)}"
        raise PlanningError(Problem("params", ".".join(under), name, "the file cannot be changed safely here", mend))
    return made


def diff(before: str, after: str, name: str, how: str = "promoted") -> str:
    """What a change does to a file, as a unified diff."""
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), name, f"{name}, {how}", lineterm="", n=2)
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
        mend = "give the same again: the diff is then made from what the file says now"
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


def _put(said: dict[str, Any] | None, path: Sequence[str], value: Setting) -> dict[str, Any]:
    """What was read with the value at its path."""
    said = said or {}
    name, *rest = path
    return {**said, name: _put(said.get(name), rest, value) if rest else value}


def _edited(text: str, path: Sequence[str], value: Setting, why: str) -> str:
    root = yaml.compose(text)
    *under, name = path
    holder, old = _node(root, under), _node(root, path)
    comment = f"   # {' '.join(why.split())}" if why else ""
    if holder is None:
        return _insert(text, root, under, f"{name}: {_written(value)}{comment}")
    if not isinstance(holder, yaml.MappingNode):  # a name with nothing behind it
        return _insert(text, root, under, f"{name}: {_written(value)}{comment}")
    if old is not None:
        return (
            text[: old.start_mark.index] + _written(value, not holder.flow_style) + text[_end(text, _last_leaf(old)) :]
        )
    if holder.flow_style:
        entry = f"{_scalar(name, block=False)}: {_written(value, block=False)}"
        at = holder.value[-1][1].end_mark.index if holder.value else holder.start_mark.index + 1
        return text[:at] + (", " if holder.value else "") + entry + text[at:]
    return _insert(text, root, under, f"{_scalar(name)}: {_written(value)}{comment}")


def _insert(text: str, root: yaml.Node, under: Sequence[str], lines: str) -> str:
    """The text with lines at the end of what `under` names, which is made where it is missing."""
    if not under:  # a section of its own stands behind the company's data
        before = _node(root, ["gather"]) or root
        return _after_line(text, _end(text, _last_leaf(before)), f"\n{lines}")
    holder = _node(root, under)
    if holder is None:
        return _insert(text, root, under[:-1], f"{under[-1]}:\n{_indented(lines, '  ')}")
    if isinstance(holder, yaml.MappingNode) and holder.value and not holder.flow_style:
        indent = " " * holder.value[0][0].start_mark.column
        return _after_line(text, _end(text, _last_leaf(holder)), _indented(lines, indent))
    if isinstance(holder, yaml.ScalarNode):
        indent = " " * (_key(_node(root, under[:-1]), under[-1]).start_mark.column + 2)
        return _after_line(text, holder.start_mark.index, _indented(lines, indent))
    raise ValueError(f"{under[-1]} is written on one line")


def _node(root: yaml.Node | None, path: Sequence[str]) -> yaml.Node | None:
    """What stands at a path, if anything does."""
    for name in path:
        root = _value(root, name)
    return root


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


def _written(value: Setting, block: bool = True) -> str:
    """The value as YAML writes it on one line."""
    if isinstance(value, str):
        return _scalar(value, block)
    if isinstance(value, list):
        return f"[{', '.join(value)}]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_scalar(name, block=False)}: {number!r}" for name, number in value.items()) + "}"
    return repr(value)


def _scalar(value: str, block: bool = True) -> str:
    """A text as YAML writes it, bare where it may be."""
    try:
        bare = block and yaml.safe_load(f"x: {value}") == {"x": value}
    except yaml.YAMLError:
        bare = False
    return value if bare else json.dumps(value, ensure_ascii=False)
