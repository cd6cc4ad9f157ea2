"""Text that a spreadsheet would take for a formula, and how it stays text."""

from __future__ import annotations

import re

import pandas as pd

FORMULA = r"[\s\ufeff]*[=@+\uff1d\uff20\uff0b]|[\t\r]|[\s\ufeff]*[-\uff0d](?![\d.]+$)"
"""What a spreadsheet may work out; a number below 0 is none."""

CALLING = r"[\s\ufeff]*[=@\uff1d\uff20]|[\t\r]|[\s\ufeff]*[-+\uff0d\uff0b].*[(!|]"
"""What could call a function, another file or a program: no item, place or order is called so."""

RETURN = r"\r\n?"


def as_text(frame: pd.DataFrame, looks_like: str = FORMULA) -> pd.DataFrame:
    """The table, heads too, with an apostrophe before each text that looks like a formula: Excel then shows it.

    A carriage return inside a text becomes a line end: CSV does not quote it, and what follows would open a new row.
    """
    changed = {}
    for name in frame.select_dtypes(["object", "string", "category"]):
        texts = frame[name].astype(str)
        returns, formula = texts.str.contains("\r", regex=False), texts.str.match(looks_like)
        if returns.any() or formula.any():
            safe = texts.str.replace(RETURN, "\n", regex=True)
            safe = safe.mask(formula, "'" + safe)
            changed[name] = frame[name].astype(object).mask(returns | formula, safe)
    heads = [re.sub(RETURN, "\n", head) if isinstance(head, str) else head for head in frame.columns]
    heads = [f"'{head}" if re.match(looks_like, str(head)) else head for head in heads]
    return frame.assign(**changed).set_axis(heads, axis="columns")
