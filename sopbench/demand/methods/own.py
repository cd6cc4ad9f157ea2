"""Forecasters that specs may name beside sktime's: this package's, and a company's own modules' by its params file."""

from __future__ import annotations

import importlib
import inspect
import re
import sys
from collections.abc import Iterable

from sopbench.contract import PlanningError, Problem

MEND = "put NAME.py beside the params file, or install it, and see that it imports by itself"

MODULE = re.compile(r"[A-Za-z][A-Za-z0-9_]*(\.[A-Za-z][A-Za-z0-9_]*)*")
"""How a module is named; what begins with _ is nobody's to name, __main__ least of all."""


def our_forecasters() -> dict[str, type]:
    """The forecasters of this package that a spec may name, beside all of sktime's."""
    from sopbench.demand.methods.boosting import GradientBoostingPanel
    from sopbench.demand.methods.compiled import StatsForecastPanel
    from sopbench.demand.methods.family import FamilySeason, FamilyShare
    from sopbench.demand.methods.smoothing_panel import SmoothingPanel

    ours = (StatsForecastPanel, SmoothingPanel, FamilySeason, FamilyShare, GradientBoostingPanel)
    return {each.__name__: each for each in ours}


def own_forecasters(modules: Iterable[str]) -> dict[str, type]:
    """Every forecaster (subclass of sktime's BaseForecaster) that these modules define, by the name of its class.

    Importing a module runs it: a params file names only modules its owner trusts. Raises PlanningError for each module
    that is no company's own (a path, a part of Python: not imported at all), cannot be imported, has no forecaster, or
    has one that is called like a forecaster of sktime or of ours.
    """
    from sktime.forecasting.base import BaseForecaster
    from sktime.registry import all_estimators

    taken = {*dict(all_estimators("forecaster")), *our_forecasters()}
    found: dict[str, type] = {}
    problems = []
    for name in modules:
        if not MODULE.fullmatch(name) or name.split(".")[0] in sys.stdlib_module_names:
            message = "it is not imported: this is no module of the company's own"
            problems.append(Problem("params", "demand.modules", name, message, MEND.replace("NAME", "my_methods")))
            continue
        try:
            module = importlib.import_module(name)
        except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever the module raises is its owner's to mend
            why = f"it cannot be imported: {type(error).__name__}: {error}"
            problems.append(Problem("params", "demand.modules", name, why, MEND.replace("NAME", name)))
            continue
        classes = {
            key: each
            for key, each in vars(module).items()
            if inspect.isclass(each) and issubclass(each, BaseForecaster) and each.__module__ == name
        }
        if not classes:
            mend = "write a subclass of sktime's BaseForecaster with _fit and _predict"
            problems.append(Problem("params", "demand.modules", name, "it defines no forecaster", mend))
        for key in sorted({*classes} & {*taken, *found}):
            message = f"{key} is the name of another forecaster"
            problems.append(Problem("params", "demand.modules", name, message, "call the class something else"))
        found |= classes
    if problems:
        raise PlanningError(problems)
    return found
