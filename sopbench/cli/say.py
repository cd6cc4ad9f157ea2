"""Prints a line in which others' words stand: what they wrote is one line, and steers no terminal."""

from __future__ import annotations

import unicodedata

STEERING = {"Cc", "Cf", "Cs", "Zl", "Zp"}
"""Kinds of characters that move the cursor, colour, hide, turn or break a line."""


def plain(said: str) -> str:
    """The text with what would steer a terminal spelt out: a line end as \\n, an escape as \\x1b."""
    if said.isprintable():
        return said
    return "".join(_spelt(each) if unicodedata.category(each) in STEERING else each for each in said)


def say(line: str) -> None:
    """Print one line."""
    print(plain(line), flush=True)


def _spelt(character: str) -> str:
    return character.encode("unicode_escape").decode()
