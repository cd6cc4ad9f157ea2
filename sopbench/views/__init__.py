"""Charts, tables and widgets: what people see. A module for each step, named like it."""

from sopbench import lean  # noqa: F401 - before altair
from sopbench.views.numbers import in_money, in_share, in_units
from sopbench.views.render import start, svg, table

__all__ = ["in_money", "in_share", "in_units", "start", "svg", "table"]
