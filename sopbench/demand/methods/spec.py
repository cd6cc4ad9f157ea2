"""What a method's spec string may say: forecasters made from plain values, and no code that would be run.

sktime's craft, in its safe mode, bars names it does not know, attributes and comprehensions. It lets through arithmetic
without end, and forecasters that run the texts they are given: these are refused here, before anything is made.
"""

from __future__ import annotations

import ast
import re

LONGEST = 2_000
"""Letters of a spec."""

LARGEST = 10**9
"""The largest whole number in a spec; seeds are below it as well."""

TEXT = re.compile(r"[\w .,:+%-]{0,80}")
"""What a text in a spec may look like: a word, a frequency; neither a path nor an expression."""

BARRED = {
    "FhPlexForecaster": "it runs the text in fh_params",
    "PandasTransformAdaptor": "it calls any method of a table by name, those that write files too",
}
"""Estimators of sktime that do what their arguments say, beyond forecasting."""


def refuse_unless_plain(spec: str) -> None:
    """Raise ValueError where a spec says more than which forecasters to make from which values."""
    if len(spec) > LONGEST:
        raise ValueError(f"it has more than {LONGEST:,} letters")
    try:
        tree = ast.parse(spec.strip(), mode="eval")
    except (SyntaxError, ValueError, MemoryError, RecursionError) as error:
        raise ValueError("it is no expression") from error
    for part in ast.walk(tree):
        if isinstance(part, ast.Name) and part.id in BARRED:
            raise ValueError(f"{part.id} may not be used: {BARRED[part.id]}")
        if isinstance(part, ast.Constant):
            _refuse_unless_value(part.value)
        if isinstance(part, ast.BinOp) and not (_makes(part.left) and _makes(part.right)):
            raise ValueError("only forecasters and transformers may be joined: write numbers out")
        if isinstance(part, ast.UnaryOp) and not (_makes(part.operand) or _signed(part)):
            raise ValueError("only a number may have a sign")


def _refuse_unless_value(value: object) -> None:
    if not isinstance(value, str | int | float | None):
        raise ValueError(f"{value!r} is neither text nor number")
    if isinstance(value, str) and not TEXT.fullmatch(value):
        raise ValueError("a text in it is more than a word")
    if isinstance(value, int | float) and not abs(value) <= LARGEST:
        raise ValueError("a number in it is too large")


def _makes(part: ast.expr) -> bool:
    """Whether an expression makes an estimator."""
    return isinstance(part, ast.Call | ast.Name | ast.BinOp | ast.UnaryOp) and not _signed(part)


def _signed(part: ast.expr) -> bool:
    """Whether it is a number with a sign."""
    signs = (ast.USub, ast.UAdd)
    value = part.operand if isinstance(part, ast.UnaryOp) and isinstance(part.op, signs) else None
    return isinstance(value, ast.Constant) and isinstance(value.value, int | float)
