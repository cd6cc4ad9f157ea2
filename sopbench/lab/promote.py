"""Promotes a method to a params file: what it changes of the section demand, comments kept."""

from __future__ import annotations

import yaml

from sopbench.params.text import COLOURS, Diff, checked_text, diff, read_text, with_setting, write_text

__all__ = [
    "COLOURS", "Diff", "checked_text", "diff", "read_text", "with_entry", "with_list", "with_module", "write_text",
]  # fmt: skip

SECTION = "demand"


def with_entry(text: str, where: str, name: str, value: str, why: str = "") -> str:
    """The params file's text with `demand.WHERE.NAME: value` in it, and `why` as a comment behind it.

    An entry that is there gets the new value; a mapping or a section that is missing is added. Raises PlanningError
    where the file cannot be changed safely.
    """
    return with_setting(text, (SECTION, where, name), value, why)


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
    return with_setting(text, (SECTION, where), names, why)
