"""What an analyst may add to the lab: a spec string, an estimator, or a class of their own; and how it is promoted."""

from __future__ import annotations

import ast
import importlib
import inspect
import sys
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

from sopbench.contract import PlanningError, Problem
from sopbench.cycle.fingerprint import own_modules
from sopbench.lab.trial import make_methods

_number = count(1)


@dataclass(frozen=True)
class Method:
    """A method of the lab: its unfitted forecaster, its spec string where it came as one, and what tells it apart.

    `key` is the same for the same method on another day where the method is known by its text; `kept` says whether
    that is so, and its trials may be kept on disk.
    """

    name: str
    forecaster: Any
    spec: str
    key: str
    kept: bool


def one_line(spec: str) -> str:
    """The spec as it stands in a params file: on one line, written as Python writes it."""
    try:
        return ast.unparse(ast.parse(spec.strip(), mode="eval"))
    except SyntaxError:
        return " ".join(spec.split())


def from_specs(specs: dict[str, str], season: int, modules: list[str]) -> dict[str, Method]:
    """Methods from spec strings, the naive ones first. Raises PlanningError for each that makes no forecaster."""
    made = make_methods(specs, season, modules)
    own = own_modules(modules)
    return {
        name: Method(name, forecaster, specs.get(name, ""), f"{forecaster!r}{own}", kept=True)
        for name, forecaster in made.items()
    }


def from_object(name: str, said: Any) -> Method:
    """A method from an estimator, or from a class that is made with its defaults.

    Raises PlanningError where it is no sktime forecaster.
    """
    from sktime.forecasting.base import BaseForecaster

    try:
        made = said() if inspect.isclass(said) else said
    except Exception as error:  # noqa: BLE001 - whatever the class raises is its owner's to mend
        message = f"the class cannot be made without arguments: {error}"
        raise PlanningError(Problem("forecast lab", name, "", message, "hand in Name(argument=value)")) from error
    if not isinstance(made, BaseForecaster):
        mend = "hand in an sktime spec string, or a subclass of sktime's BaseForecaster with _fit and _predict"
        raise PlanningError(Problem("forecast lab", name, type(made).__name__, "it does not forecast", mend))
    return Method(name, made, "", f"{made!r} number {next(_number)}", kept=False)


def reloaded(modules: list[str]) -> None:
    """Read a company's own modules again, so that what was edited meanwhile counts."""
    importlib.invalidate_caches()
    for name in modules:
        if name in sys.modules:
            importlib.reload(sys.modules[name])


def promotable(method: Method, season: int, modules: list[str], folder: Path) -> tuple[str, str]:
    """The spec string that makes the method in a params file of `folder`, and the module it needs; empty: none more.

    Raises PlanningError, with the mend, where no params file can name the method.
    """
    if method.spec:
        return method.spec, ""
    spec = " ".join(repr(method.forecaster).split())
    home = type(method.forecaster).__module__
    known = home.startswith(("sktime.", "sopbench.")) or home in modules
    module = "" if known else home
    if module:
        _refuse_unreachable(method, module, folder)
    try:
        again = make_methods({method.name: spec}, season, [*modules, *([module] if module else [])])[method.name]
    except PlanningError:
        again = None
    if again is None or repr(again) != repr(method.forecaster):
        mend = "add it by a spec string, Name(argument=value), whose values are numbers, texts or other forecasters"
        raise PlanningError(Problem("forecast lab", method.name, spec, "no spec string makes this forecaster", mend))
    return spec, module


def _refuse_unreachable(method: Method, module: str, folder: Path) -> None:
    """Raise PlanningError where a cycle could not import the module of a method's class."""
    kind = type(method.forecaster).__name__
    origin = Path(getattr(sys.modules.get(module), "__file__", None) or "nowhere")
    beside, installed = origin.parent == folder, "site-packages" in origin.parts
    if module != "__main__" and (beside or installed):
        return
    where = "in this notebook" if module == "__main__" else f"in {origin.name}"
    name = "my_methods" if module == "__main__" else module
    mend = (
        f"put the class into {folder.name}/{name}.py beside the params file, import it from there "
        f"(from {name} import {kind}) and add it again"
    )
    message = f"the class {kind} is {where}, where a cycle does not find it"
    raise PlanningError(Problem("forecast lab", method.name, "", message, mend))
