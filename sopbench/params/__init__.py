"""The parameters of a company: one file, a section for each step and for the meetings, read once and never changed."""

from sopbench.params.monitor import Monitor
from sopbench.params.params import (
    LIMITS,
    STEPS,
    Change,
    Csv,
    Executive,
    Gather,
    Params,
    Presop,
    Scenario,
    SetApart,
    Supply,
    expand,
    first_day,
    load,
    load_scenarios,
    locate,
    source,
)

__all__ = [
    "LIMITS",
    "STEPS",
    "Change",
    "Csv",
    "Executive",
    "Gather",
    "Monitor",
    "Params",
    "Presop",
    "Scenario",
    "SetApart",
    "Supply",
    "expand",
    "first_day",
    "load",
    "load_scenarios",
    "locate",
    "source",
]
