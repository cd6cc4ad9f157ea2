"""The S&OP grid on the supply review: a family, units or money, as a picture and as the classic spreadsheet."""

from __future__ import annotations

from typing import Any

import ipywidgets
import pandas as pd

from sopbench.views.meetings.frame import Sitting
from sopbench.views.meetings.parts import figure, rows_table
from sopbench.views.supply_grid import families, family_grid, grid_table

FORMS = {"MTS": "made to stock", "MTO": "made to order"}
"""The forms of a grid in words."""

MEASURES = {"units": "Units", "money": "Money"}
"""The measures of a grid in words."""


def grid(shown: Any, sitting: Sitting) -> ipywidgets.Widget:
    """Family (with its form) and measure to choose, the picture and the table; units only where they add up."""
    every = families(shown.sop_grid)
    if not every:
        return ipywidgets.HTML("<p>The S&amp;OP grid is empty.</p>")
    options = [(f"{family.replace('_', ' ')}, {FORMS[form]}", (family, form)) for family, form, _ in every]
    counted = {(family, form) for family, form, measure in every if measure == "units"}
    family = ipywidgets.Dropdown(options=options, description="Family")
    measure = ipywidgets.ToggleButtons(
        options=[(said, name) for name, said in MEASURES.items()], description="In", tooltips=list(MEASURES.values())
    )
    note, chart, sheet = ipywidgets.HTML(), ipywidgets.HTML().add_class("picture"), ipywidgets.HTML().add_class("sheet")

    def draw(_: object = None) -> None:
        asked = measure.value if family.value in counted else "money"
        said = "" if asked == measure.value else "Its items have different units of measure: shown in money."
        note.value = f"<p class=hint>{said}</p>"
        chosen = (*family.value, asked, sitting.cycle.start)
        table = grid_table(shown.sop_grid, *chosen)
        chart.value = figure(family_grid(shown.sop_grid, *chosen, sitting.currency), table, "sop_grid")
        sheet.value = _sheet(table)

    family.observe(draw, "value")
    measure.observe(draw, "value")
    draw()
    asked = ipywidgets.HBox([family, measure, note]).add_class("meeting-asked")
    return ipywidgets.VBox([asked, chart, sheet])


def _sheet(table: pd.DataFrame) -> str:
    """The grid as a spreadsheet: a row a line and version, its unit, a column a bucket."""
    figures = table.columns[3:]
    rows = [
        (f"{line}, {version}", unit, *("" if pd.isna(value) else f"{value:,.0f}" for value in values))
        for line, version, unit, *values in table.itertuples(index=False)
    ]
    return rows_table(("", "", *figures), rows, text_columns=2)
